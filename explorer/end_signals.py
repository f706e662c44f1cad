"""The signals that ask the program to end: SIGINT (Ctrl-C), SIGTERM, and SIGHUP, which follows if the terminal closes.

1. While the program starts, `explorer.__main__` lets Ctrl-C end it at once: nothing has been written yet.
2. A command runs within `end_signals`, which raises `KeyboardInterrupt`, so that no partial file is left.
3. A training replaces the handlers by its own, which stop and save it; the window by its own, which close it.
"""

import _thread
import contextlib
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
"""The signals; Windows has no SIGHUP."""
SECONDS = 0.01
"""Time after which an interruption that was lost is repeated."""


@contextlib.contextmanager
def end_signals(handle: Callable[[int], None]) -> Iterator[list[int]]:
    """Call ``handle(number)`` for each signal that asks the program to end; yield the list of the numbers received.

    The former handlers are restored at the end. SIGHUP stays ignored if it was, as under nohup. Nothing is changed
    outside of the main thread, in which alone Python handles signals.
    """
    received: list[int] = []

    def receive(number: int, frame: object) -> None:
        if number == getattr(signal, "SIGHUP", None):
            _leave_terminal()
        received.append(number)
        handle(number)

    kept: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        kept = {number: signal.getsignal(number) for number in numbers}
    for number, handler in kept.items():
        if handler is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, receive)
    try:
        yield received
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def interrupt(number: int) -> None:
    """Raise `KeyboardInterrupt`, as Python does at SIGINT."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def interruptions_repeated() -> Iterator[None]:
    """Repeat a `KeyboardInterrupt` that was raised where Python only prints exceptions, as in a destructor."""
    hook = sys.unraisablehook

    def repeat(ignored: Any) -> None:
        if not isinstance(ignored.exc_value, KeyboardInterrupt):
            hook(ignored)
            return
        timer = threading.Timer(SECONDS, _thread.interrupt_main)
        timer.daemon = True
        timer.start()

    sys.unraisablehook = repeat
    try:
        yield
    finally:
        sys.unraisablehook = hook


def _leave_terminal() -> None:
    """Discard what is written to the terminal, which is closed: to write there raises an error."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        with contextlib.suppress(OSError):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nothing, stream)
    os.close(nothing)
