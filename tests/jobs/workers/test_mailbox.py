"""The mailbox: order, the newest of a kind, many writers."""

import threading

from explorer.jobs.workers.mailbox import Mailbox


def test_gives_what_came_in_its_order_once() -> None:
    box: Mailbox[int] = Mailbox()
    for item in (3, 1, 2, 1):
        box.post(item)
    assert box.take() == [3, 1, 2, 1]
    assert box.take() == []


def test_the_newest_of_a_kind_takes_the_place_at_the_end() -> None:
    box: Mailbox[str] = Mailbox()
    box.post("snapshot 1 of a", replaces=("a", "snapshot"))
    box.post("snapshot 1 of b", replaces=("b", "snapshot"))
    box.post("progress of a")
    box.post("snapshot 2 of a", replaces=("a", "snapshot"))
    assert box.take() == ["snapshot 1 of b", "progress of a", "snapshot 2 of a"]
    box.post("snapshot 3 of a", replaces=("a", "snapshot"))
    assert box.take() == ["snapshot 3 of a"]


def test_a_key_never_replaces_what_is_kept() -> None:
    box: Mailbox[str] = Mailbox()
    box.post("kept")
    box.post("newest", replaces=1)
    box.post("newest", replaces=("once", 1))
    assert box.take() == ["kept", "newest", "newest"]


def test_nothing_is_lost_between_threads() -> None:
    box: Mailbox[tuple[int, int]] = Mailbox()
    writers = [
        threading.Thread(target=lambda writer=writer: [box.post((writer, n)) for n in range(500)])
        for writer in range(4)
    ]
    taken = []
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        taken += box.take()
    taken += box.take()
    for writer in range(4):
        assert [n for who, n in taken if who == writer] == list(range(500))
