"""The training worker: turns, pause and pace, failures, closing; its weights equal those of a headless run."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from job_cases import WAIT, assert_equal_weights, config_of, job, pictures, trained

from explorer.jobs.runs.train_run import TrainJob, resumed_run
from explorer.jobs.workers.mailbox import Mailbox
from explorer.jobs.workers.training_worker import News, TrainingWorker
from explorer.models.autoencoders.autoencoder import PlainAutoencoder
from explorer.models.latent_model import Batch, Losses
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.training.control import Control, Pace
from explorer.training.events import Event, Finished, Progress, Snapshot

LONG = config_of(epochs=100_000)


class Trainer(TrainingWorker):
    """A worker that records its events as they are delivered."""

    def __init__(self) -> None:
        self.mailbox, self.news = Mailbox(), list[News]()
        super().__init__(self.mailbox)

    def train(self, job: TrainJob, *, pace: Pace = "full") -> Control:
        return self.start(job, self.news.append, pace=pace)


class Reader:
    """Empties a worker's mailbox, as the window's timer does."""

    def __init__(self, worker: Trainer) -> None:
        self.worker = worker
        self.news = worker.news
        self._pause = threading.Event()

    def events(self, path: Path, kind: type[Event] | None = None) -> list[Event]:
        found = [news.event for news in self.news if news.run == str(path)]
        return [event for event in found if kind is None or isinstance(event, kind)]

    def read_until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + WAIT
        while True:
            self.worker.mailbox.deliver_all()
            if done():
                return
            assert time.monotonic() < deadline, self.news[-5:]
            self._pause.wait(0.001)  # the training has the interpreter meanwhile

    def read_to_end(self, *paths: Path) -> list[Finished]:
        self.read_until(lambda: all(self.events(path, Finished) for path in paths))
        return [event for path in paths for event in self.events(path, Finished) if isinstance(event, Finished)]


@pytest.fixture
def worker() -> Iterator[Trainer]:
    worker = Trainer()
    yield worker
    assert worker.close()
    assert worker.training == ()


@pytest.fixture
def reader(worker: Trainer) -> Reader:
    return Reader(worker)


def resumed(path: Path, **options: int) -> TrainJob:
    return resumed_run(path, dataset=pictures(), device="cpu", **options)


def test_one_run_posts_all_its_events(worker: Trainer, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "run"
    worker.train(job(path))
    assert reader.read_to_end(path) == [Finished("finished", 24)]
    events = reader.events(path)
    assert isinstance(events[-1], Finished)
    assert [event.step for event in events if isinstance(event, Snapshot)][-1] == 24
    metrics = [metric for event in events if isinstance(event, Progress) for metric in event.metrics]
    assert tuple(metrics) == open_run(path).history.metrics
    assert worker.training == ()
    assert worker.control(str(path)) is None


def test_runs_take_turns_and_each_has_the_weights_that_it_has_alone(
    worker: Trainer, reader: Reader, tmp_path: Path
) -> None:
    configs = {"vae": config_of(epochs=40), "ae": config_of("ae", epochs=40), "other": config_of(seed=1, epochs=40)}
    for name, config in configs.items():
        worker.train(job(tmp_path / name, config), pace="step")
    controls = [worker.control(str(tmp_path / name)) for name in configs]
    reader.read_until(lambda: all(reader.events(tmp_path / name, Snapshot) for name in configs))
    for control in controls:
        assert control is not None
        control.advance(3)
        control.set_pace("full")
    reader.read_to_end(*(tmp_path / name for name in configs))
    for name, config in configs.items():
        assert_equal_weights(tmp_path / name, trained(tmp_path / f"{name} alone", config))


def test_pausing_and_pacing_change_no_weights(worker: Trainer, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "run"
    control = worker.train(job(path), pace="step")
    for step in range(1, 6):
        control.advance()
        reader.read_until(lambda step=step: snapshot_steps(reader, path)[-1:] == [step])
    control.pause()
    control.advance()
    assert control.paused
    assert worker.training == (str(path),)
    control.set_pace("full")
    control.resume()
    assert reader.read_to_end(path)[0].status == "finished"
    assert_equal_weights(path, trained(tmp_path / "alone"))


def snapshot_steps(reader: Reader, path: Path) -> list[int]:
    return [event.step for event in reader.events(path) if isinstance(event, Snapshot)]


def test_a_stopped_run_is_saved_and_resumes_at_its_step(worker: Trainer, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "run"
    control = worker.train(job(path), pace="step")
    control.advance(9)
    reader.read_until(lambda: snapshot_steps(reader, path)[-1:] == [9])
    control.stop()
    assert reader.read_to_end(path) == [Finished("stopped", 9)]
    assert open_run(path).state.status == "stopped"
    worker.train(resumed(path))
    reader.read_until(lambda: Finished("finished", 24) in reader.events(path))
    assert_equal_weights(path, trained(tmp_path / "alone"))


def test_a_run_that_trains_is_not_started_twice(worker: Trainer, reader: Reader, tmp_path: Path) -> None:
    first = job(tmp_path / "run", LONG)
    control = worker.train(first)
    with pytest.raises(RunError, match="run: is being trained already"):
        worker.train(first)
    control.stop()
    assert len(reader.read_to_end(tmp_path / "run")) == 1
    worker.train(first, pace="step").stop()
    reader.read_until(lambda: len(reader.events(tmp_path / "run", Finished)) == 2)


def test_the_lock_is_held_while_it_trains_and_free_when_its_end_is_announced(
    worker: Trainer, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    control = worker.train(job(path, LONG))
    reader.read_until(lambda: reader.events(path, Snapshot))
    with pytest.raises(RunError, match="is training this run"):
        open_run(path).acquire()
    control.stop()
    reader.read_to_end(path)
    open_run(path).acquire().release()


def test_a_run_that_another_program_trains_fails_with_a_sentence(
    worker: Trainer, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    waiting = job(path)
    with open_run(path).acquire():
        worker.train(waiting)
        ended = reader.read_to_end(path)[0]
    assert ended.status == "failed"
    assert ended.reason.startswith(f"{path}: process ")
    assert open_run(path).state.status == "new", "its files belong to the other program"


def test_a_nan_loss_ends_only_its_own_run(
    worker: Trainer, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = PlainAutoencoder.losses
    taken = 0

    def diverge(model: PlainAutoencoder, batch: Batch) -> Losses:
        nonlocal taken
        taken += model.training
        found = losses(model, batch)
        return found if taken < 12 else Losses(found.total * math.nan, {"total": found.total * math.nan})

    monkeypatch.setattr(PlainAutoencoder, "losses", diverge)
    worker.train(job(tmp_path / "ae", config_of("ae")))
    worker.train(job(tmp_path / "vae"))
    ae, vae = reader.read_to_end(tmp_path / "ae", tmp_path / "vae")
    assert (ae.status, vae.status) == ("failed", "finished")
    assert "the loss is no longer a number" in ae.reason
    assert_equal_weights(tmp_path / "vae", trained(tmp_path / "alone"))


def test_an_exception_ends_only_its_own_run(
    worker: Trainer,
    reader: Reader,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(model: PlainAutoencoder, batch: Batch) -> Losses:
        raise ZeroDivisionError("a plug-in's slip")

    monkeypatch.setattr(PlainAutoencoder, "losses", fail)
    worker.train(job(tmp_path / "ae", config_of("ae")))
    worker.train(job(tmp_path / "vae"))
    ae, vae = reader.read_to_end(tmp_path / "ae", tmp_path / "vae")
    assert ae == Finished("failed", 0, "ZeroDivisionError: a plug-in's slip")
    assert vae.status == "finished"
    assert [record.name for record in caplog.records] == ["explorer.jobs.workers.training_worker"]
    state = open_run(tmp_path / "ae").state
    assert (state.status, state.reason) == ("failed", ae.reason)
    open_run(tmp_path / "ae").acquire().release()


def test_closing_in_mid_training_saves_and_a_resume_is_as_if_uninterrupted(tmp_path: Path) -> None:
    worker, paths = Trainer(), [tmp_path / "one", tmp_path / "two"]
    reader = Reader(worker)
    for path, seed in zip(paths, (0, 1), strict=True):
        worker.train(job(path, config_of(seed=seed)), pace="step").advance(5 + 6 * seed)
    reader.read_until(lambda: [snapshot_steps(reader, path)[-1:] for path in paths] == [[5], [11]])
    assert worker.close()
    assert [(open_run(path).state.status, open_run(path).state.step) for path in paths] == [
        ("stopped", 5),
        ("stopped", 11),
    ]
    again = Trainer()
    for path in paths:
        again.train(resumed(path))
    Reader(again).read_to_end(*paths)
    assert again.close()
    for path, seed in zip(paths, (0, 1), strict=True):
        assert_equal_weights(path, trained(tmp_path / f"alone {seed}", config_of(seed=seed)))


def test_closing_takes_a_run_that_is_paused_or_has_not_begun(tmp_path: Path) -> None:
    worker = Trainer()
    worker.train(job(tmp_path / "paused", LONG)).pause()
    worker.train(job(tmp_path / "just queued", LONG))
    assert worker.close()
    assert open_run(tmp_path / "paused").state.status in {"stopped", "new"}
    with pytest.raises(RunError, match="late: is not trained, the program is closing"):
        worker.train(job(tmp_path / "late"))


def test_the_end_is_announced_only_after_the_run_is_over(worker: Trainer, reader: Reader, tmp_path: Path) -> None:
    for number in range(4):
        path = tmp_path / str(number)
        worker.train(job(path, config_of(epochs=1))).stop()
        reader.read_until(lambda path=path: reader.events(path, Finished))
        assert str(path) not in worker.training
        worker.train(resumed(path)).stop()
        reader.read_until(lambda: not worker.training)
        worker.mailbox.deliver_all()
        assert len(reader.events(path, Finished)) == 2, "a reader that sees no run train has its end at the next look"


def test_models_are_watched_in_mid_training_by_copies(worker: Trainer, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "run"
    control = worker.train(job(path), pace="step")
    reader.read_until(lambda: reader.events(path, Snapshot))
    for snapshot in reader.events(path, Snapshot):
        assert isinstance(snapshot, Snapshot)
        for tensor in snapshot.weights.values():
            tensor.fill_(math.nan)
    control.set_pace("full")
    assert reader.read_to_end(path)[0].status == "finished"
    assert_equal_weights(path, trained(tmp_path / "alone"))
