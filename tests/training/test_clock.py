"""The reported speed of a training, at each pace, by a clock that the test sets."""

import pytest

from explorer.training.control import Clock


class Watch:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_speed_and_time_left_at_full_speed(watch: Watch) -> None:
    clock = Clock(watch)
    assert clock.samples_per_second == 0
    assert clock.seconds_left(10) is None
    for step in range(100):
        clock.begin_step("full", first_of_epoch=step % 10 == 0)
        watch.now += 0.01
        clock.end_step(64)
        clock.note_progress()
    assert clock.samples_per_second == pytest.approx(6400)
    assert clock.seconds_left(500) == pytest.approx(5)


@pytest.mark.parametrize("first_steps_at_full_speed", [0, 7])
def test_one_epoch_a_second_leaves_as_many_seconds_as_epochs(watch: Watch, first_steps_at_full_speed: int) -> None:
    clock = Clock(watch)
    for step in range(first_steps_at_full_speed, 50):
        if step % 10 == 0:
            watch.now = 200.0 + step / 10  # the wait for the next epoch
        clock.begin_step("full" if step < first_steps_at_full_speed else "epoch", first_of_epoch=step % 10 == 0)
        watch.now += 0.004
        clock.end_step(44 if step % 10 == 9 else 64)  # the last batch of an epoch is smaller
        clock.note_progress()
    assert clock.samples_per_second == pytest.approx(9 * 64 + 44)
    assert clock.seconds_left(21 * 10) == pytest.approx(21)


def test_an_epoch_slower_than_its_pace_is_measured_as_it_is(watch: Watch) -> None:
    clock = Clock(watch)
    for step in range(31):
        clock.begin_step("epoch", first_of_epoch=step % 10 == 0)
        watch.now += 0.3
        clock.end_step(100)
        clock.note_progress()
    assert clock.samples_per_second == pytest.approx(1000 / 3)


@pytest.mark.parametrize("pace", ["full", "epoch"])
def test_a_pause_does_not_count(watch: Watch, pace: str) -> None:
    clock = Clock(watch)
    for step in range(100):
        if step == 35:
            watch.now += 1000
            clock.restart()
        clock.begin_step(pace, first_of_epoch=step % 10 == 0)  # type: ignore[arg-type]
        watch.now += 0.1
        clock.end_step(50)
        clock.note_progress()
        if step >= 30:
            assert clock.samples_per_second == pytest.approx(500)
