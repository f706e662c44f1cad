"""Delivery in the window: in its thread, in bundles on request, with errors caught, and closed at the end."""

import threading

from pytestqt.qtbot import QtBot

from explorer.ui.state.asker import Inbox


def post_from_a_thread(inbox: Inbox, reply: object, *items: object) -> None:
    def post() -> None:
        for item in items:
            inbox.mailbox.post(reply, item)  # type: ignore[arg-type]

    thread = threading.Thread(target=post)
    thread.start()
    thread.join()


def test_replies_run_in_the_windows_thread(qtbot: QtBot) -> None:
    inbox, received = Inbox(), list[tuple[object, threading.Thread]]()
    post_from_a_thread(inbox, lambda item: received.append((item, threading.current_thread())), 1, 2, 3)
    qtbot.waitUntil(lambda: len(received) == 3)
    assert received == [(number, threading.main_thread()) for number in (1, 2, 3)]


def test_bundles_come_together(qtbot: QtBot) -> None:
    inbox, received = Inbox(20), list[object]()
    post_from_a_thread(inbox, received.append, 1, 2, 3)
    qtbot.waitUntil(lambda: bool(received))
    assert received == [1, 2, 3]
    post_from_a_thread(inbox, received.append, 4)
    qtbot.waitUntil(lambda: received[-1] == 4)
    inbox.stop()


def test_a_reply_that_raises_stops_no_other(qtbot: QtBot) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("cannot take this")

    inbox, received = Inbox(5), list[object]()
    with qtbot.captureExceptions() as raised:
        post_from_a_thread(inbox, fail, 1)
        post_from_a_thread(inbox, received.append, 2)
        qtbot.waitUntil(lambda: received == [2])
    assert [str(error) for _, error, _ in raised] == ["cannot take this"]


def test_after_the_end_nothing_is_delivered(qtbot: QtBot) -> None:
    inbox, received = Inbox(), list[object]()
    post_from_a_thread(inbox, received.append, 1)
    inbox.stop()
    post_from_a_thread(inbox, received.append, 2)
    qtbot.wait(1)
    assert not received
