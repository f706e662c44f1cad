"""The state of a window: opening, data, training, renaming, closing; every wait is for a signal or a condition."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig, replace
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.queries.decode_questions import DecodePoints
from explorer.jobs.queries.follow_sample import FollowSample
from explorer.jobs.runs.train_run import new_run, resumed_run, run_training
from explorer.jobs.workers.background import Done
from explorer.latent.plane.projection import fit_projection
from explorer.runs.run_directory import open_run
from explorer.session import Pane, Probe, View
from explorer.ui.services import run_opener
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.services.trainings import Trainings
from explorer.ui.state.garbage import GarbageCollecting
from explorer.ui.state.live_question import LiveQuestion, LiveQuestions

if TYPE_CHECKING:
    from explorer.jobs.runs.open_run import OpenRun
    from explorer.jobs.workers.inference import Answer
    from explorer.training.events import Progress, Snapshot

WAIT = 20_000  # milliseconds until something counts as stuck
SMALL = {"hidden_widths": (8,)}


def config_of(family: str = "vae", *, latent_dim: int = 2, source: str = "digits", **train: Any) -> RunConfig:
    settings = {"epochs": 1, "batch_size": 256, "threads": 1} | train
    model = MODEL_CONFIGS[family](latent_dim=latent_dim, **SMALL)
    return RunConfig(data=DataConfig(source=source), model=model, train=TrainConfig(**settings))


def train_headless(path: Path, config: RunConfig, dataset: Dataset | None = None) -> Path:
    for _ in run_training(new_run(config, path, dataset=dataset, device="cpu")):
        pass
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    for family in ("ae", "vae"):
        train_headless(folder / family, config_of(family))
    return folder


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs"


class SignalRecorder:
    """Records notices and signals of the store."""

    def __init__(self, app_state: AppState) -> None:
        self.notified: list[str] = []
        self.happened: list[tuple[str, str]] = []
        app_state.messages.notified.connect(self.notified.append)
        for name in ("opened", "closed", "details_changed", "plane_changed", "weights_changed"):
            getattr(app_state.store, name).connect(self._note(name))

    def _note(self, name: str) -> Callable[[str], None]:
        return lambda key: self.happened.append((name, Path(key).name))

    def names(self, signal: str) -> list[str]:
        return [run for name, run in self.happened if name == signal]


@pytest.fixture
def app_state(runs: Path, qtbot: QtBot) -> Iterator[AppState]:
    app_state = start_state(runs)
    yield app_state
    assert app_state.lifetime.close()


@pytest.fixture
def signals(app_state: AppState) -> SignalRecorder:
    return SignalRecorder(app_state)


def open_both(app_state: AppState, runs: Path, qtbot: QtBot) -> tuple[str, str]:
    keys = (str(runs / "ae"), str(runs / "vae"))
    for key in keys:
        app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: has_data(app_state, *keys), timeout=WAIT)
    return keys


def has_data(app_state: AppState, *keys: str) -> bool:
    return all(key in app_state.store.runs and app_state.store.runs[key].dataset is not None for key in keys)


def settle(app_state: AppState, qtbot: QtBot) -> None:
    """Wait until every background task that waits now is over."""
    ended: list[bool] = []
    app_state.tasks.do("settle", lambda _: True, ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    checkpoint = open_run(path).newest_checkpoint()
    assert checkpoint is not None
    return dict(checkpoint.weights)


def assert_equal_weights(one: Path, other: Path) -> None:
    ours, theirs = weights_of(one), weights_of(other)
    assert sorted(ours) == sorted(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


# Opening


def test_two_runs_open_beside_each_other_and_their_data_arrives(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    assert app_state.session.view.panes == (Pane(ae), Pane(vae))
    assert signals.names("opened") == ["ae", "vae"]
    assert signals.notified == []
    for key in (ae, vae):
        run = app_state.store.runs[key]
        assert run.plane is not None
        assert len(run.plane.mean) == 1797
        assert run.missing_data == ""
    assert app_state.store.runs[ae].dataset is app_state.store.runs[vae].dataset, "one data set is loaded once"


def test_a_run_requested_twice_opens_once(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    for _ in range(3):
        app_state.opener.open(runs / "ae")
    app_state.opener.open(runs / "vae" / ".." / "ae")
    settle(app_state, qtbot)
    app_state.opener.open(runs / "ae")
    settle(app_state, qtbot)
    assert signals.names("opened") == ["ae"]
    assert app_state.session.view.panes == (Pane(str(runs / "ae")),)


def test_missing_data_is_said_beside_the_run_and_is_no_error(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "numbers.npy"
    np.save(table, np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32))
    path = train_headless(runs / "numbers", config_of(source=str(table), batch_size=8))
    table.unlink()
    app_state.opener.open(path)
    qtbot.waitUntil(
        lambda: str(path) in app_state.store.runs and bool(app_state.store.runs[str(path)].missing_data), timeout=WAIT
    )
    run = app_state.store.runs[str(path)]
    assert "numbers.npy" in run.missing_data
    assert run.dataset is None
    assert run.plane is not None
    assert signals.notified == []
    answered: list[Answer] = []
    question = LiveQuestion(app_state.asker, answered.append)
    question.ask(DecodePoints(str(path), ((0.0, 0.0),)))
    qtbot.waitUntil(lambda: bool(answered), timeout=WAIT)
    assert answered[0].value.pictures.shape == (1, 4)


def test_data_that_changed_since_is_not_taken_for_the_run_s(
    app_state: AppState, runs: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "numbers.npy"
    np.save(table, np.zeros((30, 4), np.float32))
    path = train_headless(runs / "numbers", config_of(source=str(table), batch_size=8))
    np.save(table, np.ones((30, 4), np.float32))
    app_state.opener.open(path)
    qtbot.waitUntil(
        lambda: str(path) in app_state.store.runs and bool(app_state.store.runs[str(path)].missing_data), timeout=WAIT
    )
    assert "no longer contains the samples that this run was trained on" in app_state.store.runs[str(path)].missing_data


def test_data_that_would_have_to_be_downloaded_is_not(app_state: AppState, runs: Path, qtbot: QtBot) -> None:
    file = runs / "ae" / "run.json"
    file.write_text(file.read_text().replace('"source": "digits"', '"source": "mnist"'))
    key = str(runs / "ae")
    app_state.opener.open(runs / "ae")
    qtbot.waitUntil(lambda: key in app_state.store.runs and bool(app_state.store.runs[key].missing_data), timeout=WAIT)
    assert app_state.store.runs[key].missing_data == "mnist must be downloaded first"


def test_a_run_that_cannot_be_opened_is_reported_and_its_pane_removed(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    (runs / "ae" / "run.json").write_text("{")
    ae, vae = str(runs / "ae"), str(runs / "vae")
    app_state.opener.open_view(View(panes=(Pane(ae), Pane(vae)), active=1, probe=Probe(ae, (0.0, 0.0))))
    qtbot.waitUntil(lambda: has_data(app_state, vae), timeout=WAIT)
    assert len(signals.notified) == 1
    assert "run.json" in signals.notified[0]
    assert app_state.session.view.panes == (Pane(vae),)
    assert app_state.session.view.probe is None
    assert list(app_state.store.runs) == [vae]


def test_damaged_codes_are_reported_and_computed_again(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    key = str(runs / "vae")
    expected = np.load(runs / "vae" / "latents.npz")["mean"]
    (runs / "vae" / "latents.npz").write_bytes(b"PK")
    app_state.opener.open(runs / "vae")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].plane is not None, timeout=WAIT)
    assert len(signals.notified) == 1
    assert "latents.npz: damaged" in signals.notified[0]
    plane = app_state.store.runs[key].plane
    assert plane is not None
    np.testing.assert_allclose(plane.mean, expected, rtol=1e-4, atol=1e-5)


def test_a_probe_of_another_size_than_the_run_s_codes_is_dropped(app_state: AppState, runs: Path, qtbot: QtBot) -> None:
    key = str(runs / "vae")
    app_state.opener.open_view(View(panes=(Pane(key),), probe=Probe(key, (0.0, 0.0, 0.0))))
    qtbot.waitUntil(lambda: has_data(app_state, key), timeout=WAIT)
    assert app_state.session.view.probe is None


def test_opening_a_view_closes_what_it_does_not_show(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    app_state.opener.open_view(View(panes=(Pane(vae),), mode="pan"))
    assert list(app_state.store.runs) == [vae]
    assert signals.names("closed") == ["ae"]
    assert app_state.session.view == View(panes=(Pane(vae),), mode="pan")
    answered: list[Answer] = []
    questions = LiveQuestions(app_state.asker, answered.append)
    questions.ask(DecodePoints(ae, ((0.0, 0.0),)))
    questions.ask(DecodePoints(vae, ((0.0, 0.0),)))
    qtbot.waitUntil(lambda: bool(answered), timeout=WAIT)
    assert answered[0].question.run == vae


def test_a_run_that_opens_too_late_takes_no_pane(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = str(runs / "ae"), str(runs / "vae")
    app_state.opener.open(runs / "ae")
    app_state.opener.open_view(View(panes=(Pane(vae),)))
    settle(app_state, qtbot)
    qtbot.waitUntil(lambda: has_data(app_state, vae), timeout=WAIT)
    assert app_state.session.view.panes == (Pane(vae),)
    app_state.opener.open_view(View(panes=(Pane(vae), Pane(ae))))
    app_state.panes.close(1)
    settle(app_state, qtbot)
    assert app_state.session.view.panes == (Pane(vae),)
    assert list(app_state.store.runs) == [vae]


def test_a_run_in_place_of_another_closes_it(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    shutil.copytree(runs / "ae", runs / "third")
    app_state.opener.open(runs / "third", pane=0)
    qtbot.waitUntil(lambda: has_data(app_state, str(runs / "third")), timeout=WAIT)
    assert app_state.session.view.panes == (Pane(str(runs / "third")), Pane(vae))
    assert signals.names("closed") == ["ae"]
    assert sorted(app_state.store.runs) == sorted([vae, str(runs / "third")])
    assert ae not in app_state.store.runs


def test_a_selection_is_dropped_with_other_data(app_state: AppState, runs: Path, tmp_path: Path, qtbot: QtBot) -> None:
    samples = tmp_path / "other.npy"
    np.save(samples, np.random.default_rng(0).integers(0, 255, (60, 4, 4), np.uint8))
    train_headless(runs / "other", config_of("ae", source=str(samples)))
    first, second = open_both(app_state, runs, qtbot)
    app_state.session.set(selection=(3, 5))
    app_state.session.set_silent(active=0)
    assert app_state.session.view.selection == (3, 5), f"{first} and {second} are of the same data"
    app_state.opener.open(runs / "other")
    qtbot.waitUntil(lambda: app_state.session.view.active_run == str(runs / "other"), timeout=WAIT)
    assert app_state.session.view.selection == ()
    qtbot.waitUntil(lambda: app_state.store.runs[str(runs / "other")].dataset is not None, timeout=WAIT)


def test_undo_across_a_closed_run_does_no_harm(app_state: AppState, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    app_state.probing.probe_point(vae, (1.0, 1.0))
    app_state.probing.probe_sample(ae, 3)
    app_state.probing.probe_point(vae, (2.0, 2.0))
    app_state.panes.close(1)
    probes = []
    while app_state.session.can_undo:
        app_state.session.undo()
        probes.append(app_state.session.view.probe)
    while app_state.session.can_redo:
        app_state.session.redo()
        probes.append(app_state.session.view.probe)
    assert {probe.run for probe in probes if probe is not None} == {ae, vae}
    assert app_state.session.view.panes == (Pane(ae),) and app_state.session.view.probe is None
    app_state.panes.close(0)
    assert app_state.session.view.panes == () and app_state.store.runs == {}
    app_state.session.undo()
    assert app_state.session.view.panes == (Pane(ae),)
    qtbot.waitUntil(lambda: list(app_state.store.runs) == [ae], timeout=WAIT)


def test_a_drag_of_the_probe_is_one_step(app_state: AppState, runs: Path, qtbot: QtBot) -> None:
    ae, _ = open_both(app_state, runs, qtbot)
    for x in range(10):
        app_state.probing.probe_point(ae, (float(x), 0.0), drag=True)
    app_state.session.commit()
    assert app_state.session.view.probe == Probe(ae, (9.0, 0.0))
    app_state.session.undo()
    assert app_state.session.view.probe is None


def test_equal_samples_in_other_splits_are_other_data(
    app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    key = str(runs / "vae")
    other = DataConfig(source="digits", test_fraction=0.3)
    app_state.data.choose(other)
    qtbot.waitUntil(lambda: app_state.data.dataset is not None, timeout=WAIT)
    app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: has_data(app_state, key), timeout=WAIT)
    dataset = app_state.store.runs[key].dataset
    assert dataset is not None
    np.testing.assert_array_equal(dataset.splits.test, digits.splits.test)
    assert app_state.data.dataset is not None
    assert len(app_state.data.dataset.splits.test) > len(digits.splits.test)


def test_runs_get_their_data_when_it_is_loaded_later(
    app_state: AppState, runs: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    table, values = tmp_path / "numbers.npy", np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
    np.save(table, values)
    path = train_headless(runs / "numbers", config_of(source=str(table), batch_size=8))
    table.unlink()
    app_state.opener.open(path)
    qtbot.waitUntil(
        lambda: str(path) in app_state.store.runs and bool(app_state.store.runs[str(path)].missing_data), timeout=WAIT
    )
    np.save(table, values)
    app_state.data.choose(DataConfig(source=str(table)))
    qtbot.waitUntil(lambda: has_data(app_state, str(path)), timeout=WAIT)
    assert app_state.store.runs[str(path)].missing_data == ""
    assert app_state.store.runs[str(path)].dataset is app_state.data.dataset


def test_the_basis_is_fitted_again_on_request(app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    path = train_headless(runs / "wide", config_of(latent_dim=5), digits)
    app_state.opener.open(path)
    qtbot.waitUntil(lambda: has_data(app_state, str(path)), timeout=WAIT)
    before = app_state.store.runs[str(path)].plane
    assert before is not None
    app_state.planes.refit(str(path))
    store = app_state.store
    qtbot.waitUntil(lambda: store.runs[str(path)].plane.projection is not before.projection, timeout=WAIT)  # type: ignore[union-attr]
    after = store.runs[str(path)].plane
    assert after is not None
    assert after.mean is before.mean


def test_codes_asked_for_before_a_refit_do_not_bring_the_old_basis_back(
    app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    path = train_headless(runs / "wide", config_of(latent_dim=5), digits)
    key = str(path)
    app_state.opener.open(path)
    qtbot.waitUntil(lambda: has_data(app_state, key), timeout=WAIT)
    before = app_state.store.runs[key].plane
    assert before is not None
    app_state.planes.ask_whole(key)
    app_state.planes.refit(key)
    qtbot.waitUntil(lambda: app_state.store.runs[key].plane.mean is not before.mean, timeout=WAIT)  # type: ignore[union-attr]
    settle(app_state, qtbot)
    assert app_state.store.runs[key].plane.projection is not before.projection  # type: ignore[union-attr]


# Renaming and removing


def test_the_session_follows_a_renamed_run(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    app_state.probing.probe_sample(vae, 5)
    probe = app_state.session.view.probe
    assert probe is not None
    app_state.folders.rename(vae, "better")
    better = str(runs / "better")
    qtbot.waitUntil(lambda: better in app_state.store.runs, timeout=WAIT)
    assert app_state.session.view.panes == (Pane(ae), Pane(better))
    assert app_state.session.view.probe == Probe(better, probe.z, 5)
    assert (app_state.store.runs[better].name, app_state.store.runs[better].path) == ("better", runs / "better")
    answered: list[Answer] = []
    question = LiveQuestion(app_state.asker, answered.append)
    question.ask(FollowSample(better, 5))
    qtbot.waitUntil(lambda: bool(answered), timeout=WAIT)
    np.testing.assert_allclose(answered[0].value.mean, probe.z, rtol=1e-4, atol=1e-5)
    assert signals.notified == []


def test_a_taken_name_is_reported(app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    app_state.folders.rename(ae, "vae")
    settle(app_state, qtbot)
    assert len(signals.notified) == 1
    assert "already exists" in signals.notified[0]
    assert sorted(app_state.store.runs) == [ae, vae]


def test_a_removed_run_is_gone_from_the_session(
    app_state: AppState, signals: SignalRecorder, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = open_both(app_state, runs, qtbot)
    app_state.probing.probe_point(vae, (0.0, 0.0))
    app_state.folders.remove(vae)
    qtbot.waitUntil(lambda: vae not in app_state.store.runs, timeout=WAIT)
    assert not Path(vae).exists()
    assert app_state.session.view.panes == (Pane(ae),)
    assert app_state.session.view.probe is None
    qtbot.waitUntil(lambda: [run.path.name for run in app_state.folders.listed] == ["ae"], timeout=WAIT)


# Data


def test_data_that_cannot_be_loaded_leaves_the_data_in_use(
    app_state: AppState, signals: SignalRecorder, qtbot: QtBot
) -> None:
    app_state.data.choose(DataConfig(source="digits"))
    qtbot.waitUntil(lambda: app_state.data.dataset is not None, timeout=WAIT)
    in_use = app_state.data.dataset
    app_state.data.choose(DataConfig(source="/nowhere/at/all.csv"))
    qtbot.waitUntil(lambda: bool(signals.notified), timeout=WAIT)
    assert "/nowhere/at/all.csv" in signals.notified[0]
    assert app_state.data.dataset is in_use
    assert app_state.data.config == DataConfig(source="digits")


def test_of_data_chosen_in_haste_the_last_is_used(
    app_state: AppState, signals: SignalRecorder, digits: Dataset, qtbot: QtBot
) -> None:
    changes: list[str] = []
    app_state.data.changed.connect(lambda: changes.append(app_state.data.config.source))
    app_state.data.choose(DataConfig(source="/nowhere/at/all.csv"))
    app_state.data.choose(DataConfig(source="digits", test_fraction=0.3))
    app_state.data.use(DataConfig(source="digits"), digits)
    settle(app_state, qtbot)
    assert app_state.data.dataset is digits
    assert changes == ["digits"]


def test_a_task_is_cancelled_by_its_key(app_state: AppState, signals: SignalRecorder, qtbot: QtBot) -> None:
    ended: list[Done] = []
    app_state.tasks.changed.connect(lambda news: ended.append(news) if isinstance(news, Done) else None)

    def work(context: LoadContext) -> None:
        while True:
            context.report(0, 0, "for ever")

    app_state.tasks.do("long", work, lambda _: pytest.fail("it was cancelled"))
    app_state.tasks.cancel("long")
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)
    assert ended == [Done("long", cancelled=True)]
    assert signals.notified == []


# Training


def test_a_run_is_trained_and_all_its_codes_shown_at_the_end(
    app_state: AppState, signals: SignalRecorder, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    ae, _vae = open_both(app_state, runs, qtbot)
    steps: list[int] = []
    app_state.trainings.progress.connect(lambda key, event: steps.append(event.step))
    app_state.data.use(DataConfig(source="digits"), digits)
    config = config_of(epochs=30)
    app_state.trainings.train(config, "new")
    key = str(runs / "new")
    qtbot.waitUntil(lambda: key in app_state.trainings.running, timeout=WAIT)
    assert app_state.session.view.panes == (Pane(ae), Pane(key)), "in the pane of the run of its family"
    assert signals.names("closed") == ["vae"]
    qtbot.waitUntil(
        lambda: key in app_state.store.runs and app_state.store.runs[key].status == "finished", timeout=WAIT
    )
    settle(app_state, qtbot)
    run = app_state.store.runs[key]
    assert signals.notified == []
    assert "new" in signals.names("weights_changed")
    assert steps == sorted(steps)
    assert run.step == steps[-1] == 30 * 6
    assert run.history == open_run(run.path).history
    assert run.plane is not None
    assert run.plane_is_current
    assert len(run.plane.mean) == 1797
    assert run.plane.reconstruction is not None
    timers = (
        timer for timer in app_state.lifetime.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot()
    )
    assert {type(timer.parent()) for timer in timers} <= {GarbageCollecting}, "idle when nothing trains"
    assert_equal_weights(run.path, train_headless(runs.parent / "headless", config, digits))


def test_news_of_a_training_that_fails_in_the_window_loses_no_other_news(
    app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_state.data.use(DataConfig(source="digits"), digits)

    def fail(self: Trainings, run: "OpenRun", event: "Snapshot | Progress") -> None:
        raise RuntimeError("cannot draw this")

    for name in ("_on_progress", "_on_snapshot"):
        monkeypatch.setattr(Trainings, name, fail)
    with qtbot.captureExceptions() as raised:
        app_state.trainings.train(config_of(), "new")
        key = str(runs / "new")
        store = app_state.store
        qtbot.waitUntil(lambda: key in store.runs and store.runs[key].status == "finished", timeout=WAIT)
    assert raised and {str(error) for _, error, _ in raised} == {"cannot draw this"}


def test_weights_do_not_depend_on_mouse_moves(app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    app_state.data.use(DataConfig(source="digits"), digits)
    config, key = config_of(epochs=40), str(runs / "new")
    app_state.trainings.train(config, "new")
    qtbot.waitUntil(lambda: key in app_state.trainings.running, timeout=WAIT)
    answers: list[Any] = []
    decode = LiveQuestion(app_state.asker, answers.append)
    follow = LiveQuestion(app_state.asker, answers.append)
    moves = 0

    def moved_until_done() -> bool:
        nonlocal moves
        moves += 1
        app_state.probing.probe_point(key, (float(moves), 0.5), drag=True)
        question = DecodePoints(key, ((float(moves), 0.5),), drawn=True, noise_seed=moves)
        decode.ask(question, supersedes=False)
        follow.ask(FollowSample(key, moves % 1797, noise_seed=moves), supersedes=False)
        return app_state.store.runs[key].status == "finished"

    qtbot.waitUntil(moved_until_done, timeout=WAIT)
    app_state.session.commit()
    last = float(moves)
    qtbot.waitUntil(lambda: any(getattr(a.question, "z", ((0,),))[0][0] == last for a in answers), timeout=WAIT)
    assert not [answer.problem for answer in answers if answer.problem]
    settle(app_state, qtbot)
    assert_equal_weights(runs / "new", train_headless(runs.parent / "headless", config, digits))


def test_a_run_whose_name_is_taken_is_not_trained(
    app_state: AppState, signals: SignalRecorder, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    before = weights_of(runs / "ae")
    app_state.trainings.train(config_of(), "ae")
    settle(app_state, qtbot)
    assert len(signals.notified) == 1
    assert "already exists" in signals.notified[0]
    assert all(torch.equal(before[name], tensor) for name, tensor in weights_of(runs / "ae").items())


def train_paced(app_state: AppState, key: str, qtbot: QtBot, *, epochs: int = 1000) -> None:
    """Begin a training that continues until the test stops it."""
    app_state.trainings.pace = "step"
    app_state.trainings.train(config_of(epochs=epochs), Path(key).name)
    qtbot.waitUntil(lambda: app_state.trainings.control(key) is not None, timeout=WAIT)


def advance(app_state: AppState, key: str, steps: int, qtbot: QtBot) -> None:
    goal = app_state.store.runs[key].step + steps
    control = app_state.trainings.control(key)
    assert control is not None
    control.advance(steps)
    qtbot.waitUntil(lambda: app_state.store.runs[key].step == goal, timeout=WAIT)


def test_closing_in_mid_training_leaves_a_run_that_can_resume(runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    app_state, key = start_state(runs), str(runs / "cut")
    app_state.data.use(DataConfig(source="digits"), digits)
    train_paced(app_state, key, qtbot, epochs=3)
    advance(app_state, key, 7, qtbot)
    assert app_state.lifetime.close()
    assert app_state.lifetime.close(), "a second time there is nothing left to do"
    state = open_run(runs / "cut").state
    assert (state.status, state.step) == ("stopped", 7)
    for _ in run_training(resumed_run(runs / "cut", dataset=digits, device="cpu")):
        pass
    assert_equal_weights(runs / "cut", train_headless(runs.parent / "headless", config_of(epochs=3), digits))


def test_results_under_way_at_closing_are_not_delivered(runs: Path, qtbot: QtBot) -> None:
    app_state = start_state(runs)
    signals = SignalRecorder(app_state)
    app_state.opener.open(runs / "ae")
    app_state.trainings.train(config_of(), "late")
    LiveQuestion(app_state.asker, print).ask(DecodePoints("unknown", ((0.0, 0.0),)))
    assert app_state.lifetime.close()
    done: list[bool] = []
    later = start_state(runs)
    later.tasks.do("settle", lambda _: True, done.append)  # comes after whatever was queued before it
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)
    assert later.lifetime.close()
    assert signals.happened == []
    assert app_state.store.runs == {}
    assert app_state.trainings.running == ()


def test_a_run_whose_pane_is_closed_trains_on_and_is_closed_at_its_end(
    app_state: AppState, signals: SignalRecorder, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    app_state.data.use(DataConfig(source="digits"), digits)
    key = str(runs / "new")
    train_paced(app_state, key, qtbot, epochs=2)
    advance(app_state, key, 2, qtbot)
    app_state.panes.close(0)
    assert app_state.session.view.panes == ()
    assert key in app_state.store.runs
    control = app_state.trainings.control(key)
    assert control is not None
    control.set_pace("full")
    qtbot.waitUntil(lambda: key not in app_state.store.runs, timeout=WAIT)
    assert signals.names("closed") == ["new"]
    assert open_run(runs / "new").state.status == "finished"
    assert signals.notified == []


def test_a_pause_shows_every_sample(app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    app_state.data.use(DataConfig(source="digits"), digits)
    key = str(runs / "new")
    train_paced(app_state, key, qtbot)
    advance(app_state, key, 3, qtbot)
    qtbot.waitUntil(lambda: app_state.store.runs[key].plane is not None, timeout=WAIT)
    basis = app_state.store.runs[key].plane.projection  # type: ignore[union-attr]
    control = app_state.trainings.control(key)
    assert control is not None
    control.pause()
    app_state.planes.ask_whole(key)

    def is_whole() -> bool:
        # A fast machine has the whole plane of step 0, too.
        plane = app_state.store.runs[key].plane
        return plane is not None and plane.step == 3 and plane.reconstruction is not None

    qtbot.waitUntil(is_whole, timeout=WAIT)
    plane = app_state.store.runs[key].plane
    assert plane is not None
    assert (plane.step, len(plane.mean)) == (3, 1797)
    assert plane.projection is basis


def test_a_stopped_run_is_trained_further(app_state: AppState, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    app_state.data.use(DataConfig(source="digits"), digits)
    key = str(runs / "new")
    train_paced(app_state, key, qtbot, epochs=2)
    advance(app_state, key, 4, qtbot)
    control = app_state.trainings.control(key)
    assert control is not None
    control.stop()
    qtbot.waitUntil(lambda: app_state.store.runs[key].status == "stopped", timeout=WAIT)
    app_state.trainings.pace = "full"
    app_state.trainings.train_further(key, epochs=3)
    qtbot.waitUntil(lambda: app_state.store.runs[key].status == "finished", timeout=WAIT)
    settle(app_state, qtbot)
    assert app_state.store.runs[key].step == 18
    assert len(app_state.session.view.panes) == 1
    assert_equal_weights(runs / "new", train_headless(runs.parent / "headless", config_of(epochs=3), digits))


@pytest.mark.parametrize(("enough", "keeps"), [(0.0, True), (1.1, False)])
def test_more_dimensions_keep_a_basis_that_shows_enough_to_the_end(
    enough: float,
    keeps: bool,
    app_state: AppState,
    runs: Path,
    digits: Dataset,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_opener, "ENOUGH_SHOWN", enough)
    app_state.data.use(DataConfig(source="digits"), digits)
    key = str(runs / "wide")
    app_state.trainings.train(config_of(latent_dim=5, epochs=5), "wide")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].plane is not None, timeout=WAIT)
    basis = app_state.store.runs[key].plane.projection  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: app_state.store.runs[key].status == "finished", timeout=WAIT)
    settle(app_state, qtbot)
    assert app_state.store.runs[key].plane_is_current
    plane = app_state.store.runs[key].plane
    assert plane is not None
    assert (plane.projection is basis) == keeps
    if not keeps:
        assert plane.projection.share_shown(plane.mean) == pytest.approx(
            sum(fit_projection(plane.mean).explained_variance_ratio or ())
        )


def test_settings_that_do_not_fit_are_reported(
    app_state: AppState, signals: SignalRecorder, digits: Dataset, qtbot: QtBot
) -> None:
    app_state.data.use(DataConfig(source="digits"), digits)
    config = config_of()
    app_state.trainings.train(replace(config, train=replace(config.train, precision="bfloat16")), "half")
    settle(app_state, qtbot)
    assert signals.notified == ["Precision bfloat16 needs a GPU; use float32 on the CPU"]
    assert app_state.store.runs == {}
