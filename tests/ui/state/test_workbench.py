"""The workbench: opening, data, training, renaming, closing; every wait is for a signal or a condition."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig, replace
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.queries.decode_questions import DecodePlaces
from explorer.jobs.queries.follow_sample import FollowSample
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.train_run import new_run, resumed_run, run_training
from explorer.jobs.workers.background import Done
from explorer.jobs.workers.inference import Answer
from explorer.latent.plane.projection import fit_projection
from explorer.runs.run_directory import open_run
from explorer.session import Pane, Probe, View
from explorer.training.events import Kept, Progress, Snapshot
from explorer.ui.state import plane_basis
from explorer.ui.state.garbage import GarbageCollecting
from explorer.ui.state.trainings import Trainings
from explorer.ui.state.workbench import Workbench

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


class Heard:
    """Writes down what a workbench signals."""

    def __init__(self, bench: Workbench) -> None:
        self.told: list[str] = []
        self.happened: list[tuple[str, str]] = []
        bench.told.connect(self.told.append)
        for name in ("run_opened", "run_closed", "run_changed", "plane_changed", "model_changed"):
            getattr(bench, name).connect(self._note(name))

    def _note(self, name: str) -> Callable[[str], None]:
        return lambda key: self.happened.append((name, Path(key).name))

    def names(self, signal: str) -> list[str]:
        return [run for name, run in self.happened if name == signal]


@pytest.fixture
def bench(runs: Path, qtbot: QtBot) -> Iterator[Workbench]:
    bench = Workbench(runs)
    yield bench
    assert bench.close()


@pytest.fixture
def heard(bench: Workbench) -> Heard:
    return Heard(bench)


def open_both(bench: Workbench, runs: Path, qtbot: QtBot) -> tuple[str, str]:
    keys = (str(runs / "ae"), str(runs / "vae"))
    for key in keys:
        bench.open_run(Path(key))
    qtbot.waitUntil(lambda: has_data(bench, *keys), timeout=WAIT)
    return keys


def has_data(bench: Workbench, *keys: str) -> bool:
    return all(key in bench.runs and bench.runs[key].dataset is not None for key in keys)


def settle(bench: Workbench, qtbot: QtBot) -> None:
    """Wait until every background task that waits now is over."""
    ended: list[bool] = []
    bench.run_task("settle", lambda _: True, ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)


def answer_to(question: Question, bench: Workbench, qtbot: QtBot) -> Answer:
    """Ask, and wait for the answer to this very question: the diagnoses and the figures ask, too."""
    answers: list[Answer] = []
    bench.answered.connect(answers.append)
    bench.ask(question)
    qtbot.waitUntil(lambda: any(answer.question is question for answer in answers), timeout=WAIT)
    return next(answer for answer in answers if answer.question is question)


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
    bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot
) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    assert bench.session.view.panes == (Pane(ae), Pane(vae))
    assert heard.names("run_opened") == ["ae", "vae"]
    assert heard.told == []
    for key in (ae, vae):
        run = bench.runs[key]
        assert run.plane is not None
        assert len(run.plane.mean) == 1797
        assert run.missing_data == ""
    assert bench.runs[ae].dataset is bench.runs[vae].dataset, "one data set is loaded once"


def test_a_run_asked_for_twice_opens_once(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    for _ in range(3):
        bench.open_run(runs / "ae")
    bench.open_run(runs / "vae" / ".." / "ae")
    settle(bench, qtbot)
    bench.open_run(runs / "ae")
    settle(bench, qtbot)
    assert heard.names("run_opened") == ["ae"]
    assert bench.session.view.panes == (Pane(str(runs / "ae")),)


def test_missing_data_is_said_beside_the_run_and_is_no_error(
    bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "numbers.npy"
    np.save(table, np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32))
    path = train_headless(runs / "numbers", config_of(source=str(table), batch_size=8))
    table.unlink()
    bench.open_run(path)
    qtbot.waitUntil(lambda: str(path) in bench.runs and bool(bench.runs[str(path)].missing_data), timeout=WAIT)
    run = bench.runs[str(path)]
    assert "numbers.npy" in run.missing_data
    assert run.dataset is None
    assert run.plane is not None
    assert heard.told == []
    answer = answer_to(DecodePlaces(str(path), "probe", ((0.0, 0.0),)), bench, qtbot)
    assert answer.value.pictures.shape == (1, 4)


def test_data_that_changed_since_is_not_taken_for_the_run_s(
    bench: Workbench, runs: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "numbers.npy"
    np.save(table, np.zeros((30, 4), np.float32))
    path = train_headless(runs / "numbers", config_of(source=str(table), batch_size=8))
    np.save(table, np.ones((30, 4), np.float32))
    bench.open_run(path)
    qtbot.waitUntil(lambda: str(path) in bench.runs and bool(bench.runs[str(path)].missing_data), timeout=WAIT)
    assert "holds other samples than this run was trained on" in bench.runs[str(path)].missing_data


def test_data_that_would_have_to_be_downloaded_is_not(bench: Workbench, runs: Path, qtbot: QtBot) -> None:
    file = runs / "ae" / "run.json"
    file.write_text(file.read_text().replace('"source": "digits"', '"source": "mnist"'))
    key = str(runs / "ae")
    bench.open_run(runs / "ae")
    qtbot.waitUntil(lambda: key in bench.runs and bool(bench.runs[key].missing_data), timeout=WAIT)
    assert bench.runs[key].missing_data == "mnist must be downloaded first"


def test_a_run_that_cannot_be_opened_is_told_and_its_pane_forgotten(
    bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot
) -> None:
    (runs / "ae" / "run.json").write_text("{")
    ae, vae = str(runs / "ae"), str(runs / "vae")
    bench.open_view(View(panes=(Pane(ae), Pane(vae)), active=1, probe=Probe(ae, (0.0, 0.0))))
    qtbot.waitUntil(lambda: has_data(bench, vae), timeout=WAIT)
    assert len(heard.told) == 1
    assert "run.json" in heard.told[0]
    assert bench.session.view.panes == (Pane(vae),)
    assert bench.session.view.probe is None
    assert list(bench.runs) == [vae]


def test_damaged_codes_are_told_and_made_anew(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    key = str(runs / "vae")
    expected = np.load(runs / "vae" / "latents.npz")["mean"]
    (runs / "vae" / "latents.npz").write_bytes(b"PK")
    bench.open_run(runs / "vae")
    qtbot.waitUntil(lambda: key in bench.runs and bench.runs[key].plane is not None, timeout=WAIT)
    assert len(heard.told) == 1
    assert "latents.npz: damaged" in heard.told[0]
    plane = bench.runs[key].plane
    assert plane is not None
    np.testing.assert_allclose(plane.mean, expected, rtol=1e-4, atol=1e-5)


def test_a_probe_of_another_size_than_the_run_s_codes_is_dropped(bench: Workbench, runs: Path, qtbot: QtBot) -> None:
    key = str(runs / "vae")
    bench.open_view(View(panes=(Pane(key),), probe=Probe(key, (0.0, 0.0, 0.0))))
    qtbot.waitUntil(lambda: has_data(bench, key), timeout=WAIT)
    assert bench.session.view.probe is None


def test_opening_a_view_closes_what_it_does_not_show(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    bench.open_view(View(panes=(Pane(vae),), mode="pan"))
    assert list(bench.runs) == [vae]
    assert heard.names("run_closed") == ["ae"]
    assert bench.session.view == View(panes=(Pane(vae),), mode="pan")
    answered: list[str] = []
    bench.answered.connect(lambda answer: answered.append(answer.question.run))
    bench.ask(DecodePlaces(ae, "probe", ((0.0, 0.0),)))
    answer_to(DecodePlaces(vae, "probe", ((0.0, 0.0),)), bench, qtbot)
    assert set(answered) == {vae}


def test_a_run_that_opens_too_late_takes_no_pane(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    ae, vae = str(runs / "ae"), str(runs / "vae")
    bench.open_run(runs / "ae")
    bench.open_view(View(panes=(Pane(vae),)))
    settle(bench, qtbot)
    qtbot.waitUntil(lambda: has_data(bench, vae), timeout=WAIT)
    assert bench.session.view.panes == (Pane(vae),)
    bench.open_view(View(panes=(Pane(vae), Pane(ae))))
    bench.close_pane(1)
    settle(bench, qtbot)
    assert bench.session.view.panes == (Pane(vae),)
    assert list(bench.runs) == [vae]


def test_a_run_in_place_of_another_closes_it(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    shutil.copytree(runs / "ae", runs / "third")
    bench.open_run(runs / "third", pane=0)
    qtbot.waitUntil(lambda: has_data(bench, str(runs / "third")), timeout=WAIT)
    assert bench.session.view.panes == (Pane(str(runs / "third")), Pane(vae))
    assert heard.names("run_closed") == ["ae"]
    assert sorted(bench.runs) == sorted([vae, str(runs / "third")])
    assert ae not in bench.runs


def test_a_selection_means_nothing_in_other_data(bench: Workbench, runs: Path, tmp_path: Path, qtbot: QtBot) -> None:
    samples = tmp_path / "other.npy"
    np.save(samples, np.random.default_rng(0).integers(0, 255, (60, 4, 4), np.uint8))
    train_headless(runs / "other", config_of("ae", source=str(samples)))
    first, second = open_both(bench, runs, qtbot)
    bench.session.set(selection=(3, 5))
    bench.session.set_silent(active=0)
    assert bench.session.view.selection == (3, 5), f"{first} and {second} are of the same data"
    bench.open_run(runs / "other")
    qtbot.waitUntil(lambda: bench.session.view.active_run == str(runs / "other"), timeout=WAIT)
    assert bench.session.view.selection == ()
    qtbot.waitUntil(lambda: bench.runs[str(runs / "other")].dataset is not None, timeout=WAIT)


def test_undo_across_a_closed_run_does_no_harm(bench: Workbench, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    bench.probe_place(vae, (1.0, 1.0))
    bench.probe_sample(ae, 3)
    bench.probe_place(vae, (2.0, 2.0))
    bench.close_pane(1)
    probes = []
    while bench.session.can_undo:
        bench.session.undo()
        probes.append(bench.session.view.probe)
    while bench.session.can_redo:
        bench.session.redo()
        probes.append(bench.session.view.probe)
    assert {probe.run for probe in probes if probe is not None} == {ae}
    assert bench.session.view.panes == (Pane(ae),)
    bench.close_pane(0)
    bench.session.undo()
    assert bench.session.view.panes == ()
    assert bench.runs == {}


def test_a_drag_of_the_probe_is_one_step(bench: Workbench, runs: Path, qtbot: QtBot) -> None:
    ae, _ = open_both(bench, runs, qtbot)
    for x in range(10):
        bench.probe_place(ae, (float(x), 0.0), drag=True)
    bench.session.commit()
    assert bench.session.view.probe == Probe(ae, (9.0, 0.0))
    bench.session.undo()
    assert bench.session.view.probe is None


def test_equal_samples_in_other_splits_are_other_data(
    bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    key = str(runs / "vae")
    other = DataConfig(source="digits", test_fraction=0.3)
    bench.choose_data(other)
    qtbot.waitUntil(lambda: bench.dataset is not None, timeout=WAIT)
    bench.open_run(Path(key))
    qtbot.waitUntil(lambda: has_data(bench, key), timeout=WAIT)
    dataset = bench.runs[key].dataset
    assert dataset is not None
    np.testing.assert_array_equal(dataset.splits.test, digits.splits.test)
    assert bench.dataset is not None
    assert len(bench.dataset.splits.test) > len(digits.splits.test)


def test_data_that_comes_later_is_given_to_the_runs_that_wait_for_it(
    bench: Workbench, runs: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    table, values = tmp_path / "numbers.npy", np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
    np.save(table, values)
    path = train_headless(runs / "numbers", config_of(source=str(table), batch_size=8))
    table.unlink()
    bench.open_run(path)
    qtbot.waitUntil(lambda: str(path) in bench.runs and bool(bench.runs[str(path)].missing_data), timeout=WAIT)
    np.save(table, values)
    bench.choose_data(DataConfig(source=str(table)))
    qtbot.waitUntil(lambda: has_data(bench, str(path)), timeout=WAIT)
    assert bench.runs[str(path)].missing_data == ""
    assert bench.runs[str(path)].dataset is bench.dataset


def test_the_basis_is_fitted_anew_on_request(bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    path = train_headless(runs / "wide", config_of(latent_dim=5), digits)
    bench.open_run(path)
    qtbot.waitUntil(lambda: has_data(bench, str(path)), timeout=WAIT)
    before = bench.runs[str(path)].plane
    assert before is not None
    bench.refit_plane(str(path))
    qtbot.waitUntil(lambda: bench.runs[str(path)].plane.projection is not before.projection, timeout=WAIT)  # type: ignore[union-attr]
    after = bench.runs[str(path)].plane
    assert after is not None
    assert after.mean is before.mean


def test_codes_asked_for_before_a_refit_do_not_bring_the_old_basis_back(
    bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    path = train_headless(runs / "wide", config_of(latent_dim=5), digits)
    key = str(path)
    bench.open_run(path)
    qtbot.waitUntil(lambda: has_data(bench, key), timeout=WAIT)
    before = bench.runs[key].plane
    assert before is not None
    bench.embed_whole(key)
    bench.refit_plane(key)
    qtbot.waitUntil(lambda: bench.runs[key].plane.mean is not before.mean, timeout=WAIT)  # type: ignore[union-attr]
    settle(bench, qtbot)
    assert bench.runs[key].plane.projection is not before.projection  # type: ignore[union-attr]


# Renaming and removing


def test_the_session_follows_a_renamed_run(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    bench.probe_sample(vae, 5)
    probe = bench.session.view.probe
    assert probe is not None
    bench.rename_run(vae, "better")
    better = str(runs / "better")
    qtbot.waitUntil(lambda: better in bench.runs, timeout=WAIT)
    assert bench.session.view.panes == (Pane(ae), Pane(better))
    assert bench.session.view.probe == Probe(better, probe.z, 5)
    assert (bench.runs[better].name, bench.runs[better].path) == ("better", runs / "better")
    answer = answer_to(FollowSample(better, "probe", 5), bench, qtbot)
    np.testing.assert_allclose(answer.value.mean, probe.z, rtol=1e-4, atol=1e-5)
    assert heard.told == []


def test_a_name_that_is_taken_is_told(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    bench.rename_run(ae, "vae")
    settle(bench, qtbot)
    assert len(heard.told) == 1
    assert "is there already" in heard.told[0]
    assert sorted(bench.runs) == [ae, vae]


def test_a_removed_run_is_gone_from_the_session(bench: Workbench, heard: Heard, runs: Path, qtbot: QtBot) -> None:
    ae, vae = open_both(bench, runs, qtbot)
    bench.probe_place(vae, (0.0, 0.0))
    bench.remove_run(vae)
    qtbot.waitUntil(lambda: vae not in bench.runs, timeout=WAIT)
    assert not Path(vae).exists()
    assert bench.session.view.panes == (Pane(ae),)
    assert bench.session.view.probe is None
    qtbot.waitUntil(lambda: [run.path.name for run in bench.listed] == ["ae"], timeout=WAIT)


# Data


def test_data_that_cannot_be_loaded_leaves_the_data_in_use(bench: Workbench, heard: Heard, qtbot: QtBot) -> None:
    bench.choose_data(DataConfig(source="digits"))
    qtbot.waitUntil(lambda: bench.dataset is not None, timeout=WAIT)
    in_use = bench.dataset
    bench.choose_data(DataConfig(source="/nowhere/at/all.csv"))
    qtbot.waitUntil(lambda: bool(heard.told), timeout=WAIT)
    assert "/nowhere/at/all.csv" in heard.told[0]
    assert bench.dataset is in_use
    assert bench.data_config == DataConfig(source="digits")


def test_of_data_chosen_in_haste_the_last_is_used(
    bench: Workbench, heard: Heard, digits: Dataset, qtbot: QtBot
) -> None:
    changes: list[str] = []
    bench.data_changed.connect(lambda: changes.append(bench.data_config.source))
    bench.choose_data(DataConfig(source="/nowhere/at/all.csv"))
    bench.choose_data(DataConfig(source="digits", test_fraction=0.3))
    bench.use_data(DataConfig(source="digits"), digits)
    settle(bench, qtbot)
    assert bench.dataset is digits
    assert changes == ["digits"]


def test_a_task_is_cancelled_by_its_key(bench: Workbench, heard: Heard, qtbot: QtBot) -> None:
    ended: list[Done] = []
    bench.task_changed.connect(lambda news: ended.append(news) if isinstance(news, Done) else None)

    def work(context: LoadContext) -> None:
        while True:
            context.report(0, 0, "for ever")

    bench.run_task("long", work, lambda _: pytest.fail("it was cancelled"))
    bench.cancel_task("long")
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)
    assert ended == [Done("long", cancelled=True)]
    assert heard.told == []


# Training


def test_a_run_is_trained_and_shown_whole_at_its_end(
    bench: Workbench, heard: Heard, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    ae, _vae = open_both(bench, runs, qtbot)
    steps: list[int] = []
    bench.progress.connect(lambda key, event: steps.append(event.step))
    bench.use_data(DataConfig(source="digits"), digits)
    config = config_of(epochs=30)
    bench.train(config, "new")
    key = str(runs / "new")
    qtbot.waitUntil(lambda: key in bench.training, timeout=WAIT)
    assert bench.session.view.panes == (Pane(ae), Pane(key)), "in the pane of the run of its family"
    assert heard.names("run_closed") == ["vae"]
    qtbot.waitUntil(lambda: key in bench.runs and bench.runs[key].status == "finished", timeout=WAIT)
    settle(bench, qtbot)
    run = bench.runs[key]
    assert heard.told == []
    assert "new" in heard.names("model_changed")
    assert steps == sorted(steps)
    assert run.step == steps[-1] == 30 * 6
    assert run.history == open_run(run.path).history
    assert run.plane is not None
    assert run.plane_is_current
    assert len(run.plane.mean) == 1797
    assert run.plane.reconstruction is not None
    timers = (timer for timer in bench.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot())
    assert {type(timer.parent()) for timer in timers} <= {GarbageCollecting}, "idle when nothing trains"
    assert_equal_weights(run.path, train_headless(runs.parent / "headless", config, digits))


def test_news_of_a_training_that_fails_in_the_window_loses_no_other_news(
    bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.use_data(DataConfig(source="digits"), digits)

    def fail(self: Trainings, run: OpenRun, event: Kept | Snapshot | Progress) -> None:
        raise RuntimeError("cannot draw this")

    for name in ("_on_progress", "_on_snapshot", "_on_kept"):
        monkeypatch.setattr(Trainings, name, fail)
    with qtbot.captureExceptions() as raised:
        bench.train(config_of(), "new")
        key = str(runs / "new")
        qtbot.waitUntil(lambda: key in bench.runs and bench.runs[key].status == "finished", timeout=WAIT)
    assert raised and {str(error) for _, error, _ in raised} == {"cannot draw this"}


def test_weights_do_not_depend_on_a_moving_hand(bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    bench.use_data(DataConfig(source="digits"), digits)
    config, key = config_of(epochs=40), str(runs / "new")
    bench.train(config, "new")
    qtbot.waitUntil(lambda: key in bench.training, timeout=WAIT)
    answers: list[Any] = []
    bench.answered.connect(answers.append)
    moves = 0

    def moved_until_done() -> bool:
        nonlocal moves
        moves += 1
        bench.probe_place(key, (float(moves), 0.5), drag=True)
        bench.ask(DecodePlaces(key, "probe", ((float(moves), 0.5),), drawn=True, noise_seed=moves))
        bench.ask(FollowSample(key, "sample", moves % 1797, noise_seed=moves))
        return bench.runs[key].status == "finished"

    qtbot.waitUntil(moved_until_done, timeout=WAIT)
    bench.session.commit()
    last = float(moves)
    qtbot.waitUntil(lambda: any(getattr(a.question, "z", ((0,),))[0][0] == last for a in answers), timeout=WAIT)
    assert not [answer.problem for answer in answers if answer.problem]
    settle(bench, qtbot)
    assert_equal_weights(runs / "new", train_headless(runs.parent / "headless", config, digits))


def test_a_run_whose_name_is_taken_is_not_trained(
    bench: Workbench, heard: Heard, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    before = weights_of(runs / "ae")
    bench.train(config_of(), "ae")
    settle(bench, qtbot)
    assert len(heard.told) == 1
    assert "already exists" in heard.told[0]
    assert all(torch.equal(before[name], tensor) for name, tensor in weights_of(runs / "ae").items())


def train_paced(bench: Workbench, key: str, qtbot: QtBot, *, epochs: int = 1000) -> None:
    """Begin a training that goes on for as long as the test wants."""
    bench.pace = "step"
    bench.train(config_of(epochs=epochs), Path(key).name)
    qtbot.waitUntil(lambda: bench.control(key) is not None, timeout=WAIT)


def advance(bench: Workbench, key: str, steps: int, qtbot: QtBot) -> None:
    goal = bench.runs[key].step + steps
    control = bench.control(key)
    assert control is not None
    control.advance(steps)
    qtbot.waitUntil(lambda: bench.runs[key].step == goal, timeout=WAIT)


def test_closing_in_mid_training_leaves_a_run_that_goes_on(runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    bench, key = Workbench(runs), str(runs / "cut")
    bench.use_data(DataConfig(source="digits"), digits)
    train_paced(bench, key, qtbot, epochs=3)
    advance(bench, key, 7, qtbot)
    assert bench.close()
    assert bench.close(), "a second time there is nothing left to do"
    state = open_run(runs / "cut").state
    assert (state.status, state.step) == ("stopped", 7)
    for _ in run_training(resumed_run(runs / "cut", dataset=digits, device="cpu")):
        pass
    assert_equal_weights(runs / "cut", train_headless(runs.parent / "headless", config_of(epochs=3), digits))


def test_what_was_under_way_at_closing_comes_no_more(runs: Path, qtbot: QtBot) -> None:
    bench = Workbench(runs)
    heard = Heard(bench)
    bench.open_run(runs / "ae")
    bench.train(config_of(), "late")
    bench.ask(DecodePlaces("nobody", "probe", ((0.0, 0.0),)))
    assert bench.close()
    done: list[bool] = []
    later = Workbench(runs)
    later.run_task("settle", lambda _: True, done.append)  # comes after whatever was queued before it
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)
    assert later.close()
    assert heard.happened == []
    assert bench.runs == {}
    assert bench.training == ()


def test_a_run_whose_pane_is_closed_trains_on_and_is_closed_at_its_end(
    bench: Workbench, heard: Heard, runs: Path, digits: Dataset, qtbot: QtBot
) -> None:
    bench.use_data(DataConfig(source="digits"), digits)
    key = str(runs / "new")
    train_paced(bench, key, qtbot, epochs=2)
    advance(bench, key, 2, qtbot)
    bench.close_pane(0)
    assert bench.session.view.panes == ()
    assert key in bench.runs
    control = bench.control(key)
    assert control is not None
    control.set_pace("full")
    qtbot.waitUntil(lambda: key not in bench.runs, timeout=WAIT)
    assert heard.names("run_closed") == ["new"]
    assert open_run(runs / "new").state.status == "finished"
    assert heard.told == []


def test_a_pause_shows_every_sample(bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    bench.use_data(DataConfig(source="digits"), digits)
    key = str(runs / "new")
    train_paced(bench, key, qtbot)
    advance(bench, key, 3, qtbot)
    qtbot.waitUntil(lambda: bench.runs[key].plane is not None, timeout=WAIT)
    basis = bench.runs[key].plane.projection  # type: ignore[union-attr]
    control = bench.control(key)
    assert control is not None
    control.pause()
    bench.embed_whole(key)
    qtbot.waitUntil(lambda: bench.runs[key].plane.reconstruction is not None, timeout=WAIT)  # type: ignore[union-attr]
    plane = bench.runs[key].plane
    assert plane is not None
    assert (plane.step, len(plane.mean)) == (3, 1797)
    assert plane.projection is basis


def test_a_stopped_run_is_trained_further(bench: Workbench, runs: Path, digits: Dataset, qtbot: QtBot) -> None:
    bench.use_data(DataConfig(source="digits"), digits)
    key = str(runs / "new")
    train_paced(bench, key, qtbot, epochs=2)
    advance(bench, key, 4, qtbot)
    control = bench.control(key)
    assert control is not None
    control.stop()
    qtbot.waitUntil(lambda: bench.runs[key].status == "stopped", timeout=WAIT)
    bench.pace = "full"
    bench.train_further(key, epochs=3)
    qtbot.waitUntil(lambda: bench.runs[key].status == "finished", timeout=WAIT)
    settle(bench, qtbot)
    assert bench.runs[key].step == 18
    assert len(bench.session.view.panes) == 1
    assert_equal_weights(runs / "new", train_headless(runs.parent / "headless", config_of(epochs=3), digits))


@pytest.mark.parametrize(("enough", "keeps"), [(0.0, True), (1.1, False)])
def test_more_dimensions_keep_a_basis_that_shows_enough_to_the_end(
    enough: float,
    keeps: bool,
    bench: Workbench,
    runs: Path,
    digits: Dataset,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plane_basis, "ENOUGH_SHOWN", enough)
    bench.use_data(DataConfig(source="digits"), digits)
    key = str(runs / "wide")
    bench.train(config_of(latent_dim=5, epochs=5), "wide")
    qtbot.waitUntil(lambda: key in bench.runs and bench.runs[key].plane is not None, timeout=WAIT)
    basis = bench.runs[key].plane.projection  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: bench.runs[key].status == "finished", timeout=WAIT)
    settle(bench, qtbot)
    assert bench.runs[key].plane_is_current
    plane = bench.runs[key].plane
    assert plane is not None
    assert (plane.projection is basis) == keeps
    if not keeps:
        assert plane.projection.share_shown(plane.mean) == pytest.approx(
            sum(fit_projection(plane.mean).explained_variance_ratio or ())
        )


def test_settings_that_do_not_fit_are_told(bench: Workbench, heard: Heard, digits: Dataset, qtbot: QtBot) -> None:
    bench.use_data(DataConfig(source="digits"), digits)
    config = config_of()
    bench.train(replace(config, train=replace(config.train, precision="bfloat16")), "half")
    settle(bench, qtbot)
    assert heard.told == ["train.precision = bfloat16 needs a GPU; use float32 on the CPU"]
    assert bench.runs == {}
