"""A signal may stop a training at any moment."""

import threading

from explorer.training.control import Control


def test_a_stop_while_the_control_decides_does_not_lock_it() -> None:
    control = Control(clock=lambda: control.stop() or 0.0)  # as a signal would interrupt it
    control.set_pace("epoch")
    thread = threading.Thread(target=control.next_action, args=(0,), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive() and control.stopping
