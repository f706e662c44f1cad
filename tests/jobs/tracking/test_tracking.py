"""Trainings that are logged: what TensorBoard reads back, what MLflow and W&B are called with, failing trackers."""

import sys
import threading
import types
from collections.abc import Iterator, Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import training_cases
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from explorer.config import ConfigError
from explorer.jobs.runs.train_run import TrainJob, new_run, resumed_run, run_training
from explorer.jobs.tracking import track_training as tracking
from explorer.jobs.tracking.track_training import track_training
from explorer.jobs.tracking.tracked_run import run_pictures
from explorer.jobs.tracking.tracker import TrackedRun, find_trackers
from explorer.training.events import Finished


def job_of(path: Path, family: str = "vae", **settings: Any) -> TrainJob:
    data = training_cases.pictures()
    config = training_cases.config_of(family, **settings)
    return new_run(config, path, dataset=data, device="cpu")


def tracked(job: TrainJob, *trackers: Any) -> list[str]:
    """Train to the end; return the warnings."""
    warned: list[str] = []
    *_, last = track_training(job, run_training(job), trackers, warned.append)
    assert isinstance(last, Finished) and last.status == "finished"
    assert not [thread for thread in threading.enumerate() if thread.name == "tracking"]
    return warned


def test_tensorboard_reads_back_what_was_logged(tmp_path: Path) -> None:
    job = job_of(tmp_path / "run")
    assert tracked(job, *find_trackers("tensorboard")) == []
    read = EventAccumulator(str(tmp_path / "run" / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
    read.Reload()
    tags = read.Tags()
    assert {
        *("total/train", "total/validation", "reconstruction/train", "kl/validation", "learning_rate", "epoch"),
        *("kl_per_dimension_validation/z1", "kl_per_dimension_validation/z2"),
    } <= {*tags["scalars"]}
    for term in ("total", "reconstruction", "kl"):
        for split in ("train", "validation"):
            expected = [(m.step, m.terms[term]) for m in job.run.history.metrics if m.split == split]
            found = [(event.step, event.value) for event in read.Scalars(f"{term}/{split}")]
            np.testing.assert_allclose(found, expected, rtol=1e-6)
    rates = {event.value for event in read.Scalars("learning_rate")}
    assert rates == {np.float32(job.run.config.train.learning_rate)}
    assert {*tags["images"]} == {"plane", "decodes"} and read.Images("plane")[0].width > 500
    (settings,) = read.Tensors("settings/text_summary")
    assert b"model.latent_dim | 2" in settings.tensor_proto.string_val[0]


def test_a_resumed_run_goes_on_in_the_same_log(tmp_path: Path) -> None:
    first = job_of(tmp_path / "run", epochs=1)
    tracked(first, *find_trackers("tensorboard"))
    data = training_cases.pictures()
    again = resumed_run(tmp_path / "run", epochs=2, dataset=data)
    tracked(again, *find_trackers("tensorboard"))
    read = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    read.Reload()
    steps = [event.step for event in read.Scalars("total/validation")]
    assert steps == sorted(set(steps)) == [m.step for m in again.run.history.metrics if m.split == "validation"]


class Recorded:
    """A tracker that remembers its calls, and may fail at one."""

    title = "Recorded"

    def __init__(self, fails: str = "") -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._fails = fails

    def begin(self, run: TrackedRun) -> None:
        self._call("begin", run)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._call("log", step, values)

    def picture(self, name: str, step: int, pixels: Any) -> None:
        self._call("picture", name, pixels.shape)

    def end(self, status: str, last: Mapping[str, float]) -> None:
        self._call("end", status, last)

    def _call(self, name: str, *values: Any) -> None:
        self.calls.append((name, values))
        if name == self._fails:
            raise OSError("the disk is full")


@pytest.mark.parametrize("fails", ["begin", "log", "end"])
def test_a_failing_tracker_stops_nothing_and_is_reported_once(fails: str, tmp_path: Path) -> None:
    bad, good = Recorded(fails), Recorded()
    warned = tracked(job_of(tmp_path / "run", epochs=2), bad, good)
    assert warned == ["Recorded no longer logs this training, which continues (OSError: the disk is full)"]
    assert [name for name, _ in bad.calls].count(fails) == 1
    names = [name for name, _ in good.calls]
    assert names[0] == "begin" and names[-3:] == ["picture", "picture", "end"] and names.count("log") >= 4
    status, last = good.calls[-1][1]
    assert status == "finished" and set(last) >= {"total", "reconstruction", "kl"}


def test_a_tracker_that_hangs_is_left_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "CLOSE_SECONDS", 0.05)
    gate = threading.Event()

    class Hanging(Recorded):
        def end(self, status: str, last: Mapping[str, float]) -> None:
            gate.wait()

    warned: list[str] = []
    job = job_of(tmp_path / "run", epochs=1)
    try:
        events = list(track_training(job, run_training(job), [Hanging()], warned.append))
    finally:
        gate.set()
    assert isinstance(events[-1], Finished) and "did not finish within" in warned[0]


def test_weights_are_the_same_with_and_without(tmp_path: Path) -> None:
    for name, trackers in (("a", []), ("b", [Recorded()])):
        tracked(job_of(tmp_path / name, epochs=1), *trackers)
    training_cases.assert_equal_runs(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("family", ["gan", "conditional-vae", "pca"])
def test_pictures_of_other_families(family: str, tmp_path: Path) -> None:
    from dataclasses import replace

    data = training_cases.pictures()
    labels = np.arange(len(data)) % 2
    data = replace(data, labels=labels, description=replace(data.description, class_names=("a", "b")))
    sizes = {"gan": {"generator_widths": (6,)}, "pca": {}}.get(family, {"hidden_widths": (6,)})
    job = new_run(training_cases.config_of(family, model=sizes, epochs=1), tmp_path / "run", dataset=data, device="cpu")
    recorded = Recorded()
    assert tracked(job, recorded) == []
    assert "decodes" in {name for name, _ in run_pictures(job)}
    logged = [values for name, values in recorded.calls if name == "log"]
    assert logged and all("total" not in key for _, values in logged for key in values if family == "gan")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Any]]]:
    """Replace mlflow and wandb by modules that record their calls."""
    made: list[tuple[str, Any]] = []

    def recorder(name: str) -> Any:
        return lambda *args, **options: made.append((name, args or options))

    mlflow = types.ModuleType("mlflow")
    for name in ("start_run", "set_tag", "log_params", "log_metrics", "log_image", "end_run"):
        setattr(mlflow, name, recorder(f"mlflow.{name}"))
    run = types.SimpleNamespace(log=recorder("run.log"), finish=recorder("run.finish"), summary={})
    wandb = types.ModuleType("wandb")
    wandb.Image = lambda pixels: ("image", pixels.shape)  # type: ignore[attr-defined]
    wandb.init = lambda **options: made.append(("wandb.init", options)) or run  # type: ignore[attr-defined]
    for module in (mlflow, wandb):
        module.__spec__ = ModuleSpec(module.__name__, None)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


def test_what_mlflow_and_wandb_are_called_with(tmp_path: Path, calls: list[tuple[str, Any]]) -> None:
    job = job_of(tmp_path / "run", epochs=1)
    assert tracked(job, *find_trackers(["mlflow", "wandb"])) == []
    names = [name for name, _ in calls]
    assert names.count("mlflow.log_image") == 2 and names.count("mlflow.end_run") == 1
    assert ("mlflow.start_run", {"run_name": "run"}) in calls
    assert ("mlflow.end_run", {"status": "FINISHED"}) in calls and ("run.finish", {"exit_code": 0}) in calls
    (parameters,) = next(args for name, args in calls if name == "mlflow.log_params")
    assert parameters["model.latent_dim"] == "2" and parameters["model.family"] == "vae"
    begun = next(options for name, options in calls if name == "wandb.init")
    assert begun["name"] == "run" and begun["config"]["train.epochs"] == 1
    (values,) = next(args for name, args in calls if name == "run.log")
    assert "total/validation" in values


def test_unknown_and_missing_trackers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_trackers(None) == [] and find_trackers("") == []
    with pytest.raises(ConfigError, match=r"unknown tracker 'tensorbord': did you mean tensorboard\?"):
        find_trackers("tensorbord")
    monkeypatch.setattr("explorer.jobs.tracking.tracker.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'needs the package tensorboard; .*\[tensorboard\]"'):
        find_trackers("tensorboard")
    with pytest.raises(ConfigError, match="pip install mlflow"):
        find_trackers("mlflow")
