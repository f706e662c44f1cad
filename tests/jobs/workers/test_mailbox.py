"""The mailbox: order, the newest of a kind, many writers, closing."""

import threading

from explorer.jobs.workers.mailbox import Mailbox


def delivered_by(box: Mailbox, into: list[str]) -> list[str]:
    box.deliver_all()
    found, into[:] = into[:], []
    return found


def test_each_reply_gets_its_own_in_the_order_it_came() -> None:
    box, one, two = Mailbox(), list[int](), list[int]()
    for item in (3, 1, 2, 1):
        box.post(one.append, item)
        box.post(two.append, -item)
    assert box.deliver()
    assert one == [3] and two == []
    box.deliver_all()
    assert (one, two) == ([3, 1, 2, 1], [-3, -1, -2, -1])
    assert not box.deliver()


def test_the_newest_of_a_kind_moves_to_the_end() -> None:
    box, taken = Mailbox(), list[str]()
    box.post(taken.append, "snapshot 1 of a", replaces=("a", "snapshot"))
    box.post(taken.append, "snapshot 1 of b", replaces=("b", "snapshot"))
    box.post(taken.append, "progress of a")
    box.post(taken.append, "snapshot 2 of a", replaces=("a", "snapshot"))
    assert delivered_by(box, taken) == ["snapshot 1 of b", "progress of a", "snapshot 2 of a"]
    box.post(taken.append, "snapshot 3 of a", replaces=("a", "snapshot"))
    assert delivered_by(box, taken) == ["snapshot 3 of a"]


def test_a_key_never_replaces_a_post_that_must_be_delivered() -> None:
    box, taken = Mailbox(), list[str]()
    box.post(taken.append, "kept")
    box.post(taken.append, "newest", replaces=1)
    box.post(taken.append, "newest", replaces=("once", 1))
    assert delivered_by(box, taken) == ["kept", "newest", "newest"]


def test_every_post_wakes_the_owner_and_a_closed_box_takes_nothing() -> None:
    wakes, taken = list[int](), list[int]()
    box = Mailbox(lambda: wakes.append(1))
    box.post(taken.append, 1)
    box.post(taken.append, 2)
    assert len(wakes) == 2
    box.close()
    box.post(taken.append, 3)
    box.deliver_all()
    assert (len(wakes), taken) == (2, [])


def test_a_reply_may_deliver_those_after_it() -> None:
    """A reply may open a dialog, whose own event loop continues to deliver."""
    box, taken = Mailbox(), list[int]()
    box.post(lambda item: (box.deliver_all(), taken.append(item)), 1)
    box.post(taken.append, 2)
    box.deliver_all()
    assert taken == [2, 1]


def test_nothing_is_lost_between_threads() -> None:
    box, taken = Mailbox(), list[tuple[int, int]]()
    writers = [
        threading.Thread(target=lambda writer=writer: [box.post(taken.append, (writer, n)) for n in range(500)])
        for writer in range(4)
    ]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        box.deliver_all()
    box.deliver_all()
    for writer in range(4):
        assert [n for who, n in taken if who == writer] == list(range(500))
