"""Failures that end a training, and the events that it yields."""

import errno
import math
import os
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from training_cases import (
    config_of,
    dataset_of,
    final,
    finish,
    pictures,
    resume,
    start,
    train_steps,
    train_whole,
    vectors,
)

from explorer.config import ConfigError
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs import train_run
from explorer.jobs.runs.train_run import new_run, resumed_run, run_training
from explorer.models.latent_model import Batch, Losses
from explorer.models.variational.vae import Vae
from explorer.runs import files, run_directory
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.training import loop
from explorer.training.control import Context, Control
from explorer.training.events import Finished, Held, Kept, Progress


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run"


def replace_losses(monkeypatch: pytest.MonkeyPatch, step: int, change: Any) -> None:
    """Let the losses of a training step, counted from 0, be replaced by ``change`` of them."""
    losses, steps = Vae.losses, count()

    def changed_losses(self: Vae, batch: Batch) -> Losses:
        good = losses(self, batch)
        return change(good) if torch.is_grad_enabled() and next(steps) == step else good

    monkeypatch.setattr(Vae, "losses", changed_losses)


def not_a_number(good: Losses) -> Losses:
    return Losses(good.total * math.nan, good.terms, good.kl_per_dimension)


@pytest.mark.parametrize("save_seconds", [0.0, 1e9])
def test_a_loss_that_turns_nan_keeps_the_last_good_checkpoint(
    path: Path, monkeypatch: pytest.MonkeyPatch, save_seconds: float
) -> None:
    replace_losses(monkeypatch, 12, not_a_number)
    last = finish(run_training(start(path), save_seconds=save_seconds))
    assert last.status == "failed"
    assert last.reason.startswith("the loss is no longer a number at step ")
    assert "smaller learning rate than 0.001" in last.reason
    run = open_run(path)
    assert (run.state.status, run.state.reason) == ("failed", last.reason)
    model, step = run.load_model()
    assert step == (12 if save_seconds == 0 else 10)
    assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())
    assert run.latents().step == step  # type: ignore[union-attr]
    assert all(math.isfinite(value) for metric in run.history.metrics for value in metric.terms.values())


def test_a_learning_rate_that_diverges_ends_in_one_sentence(path: Path) -> None:
    deep = {"hidden_widths": (64,) * 8}
    last = finish(run_training(start(path, config_of(model=deep, epochs=50, learning_rate=1.0))))
    assert last.status == "failed"
    assert "smaller learning rate than 1" in last.reason
    assert open_run(path).load_model()[1] == open_run(path).state.step


def test_data_beyond_all_numbers_fails_before_any_checkpoint(path: Path) -> None:
    data = dataset_of(np.full((45, 4), 1e30, np.float32))
    last = finish(run_training(start(path, dataset=data)))
    assert (last.status, open_run(path).newest_checkpoint()) == ("failed", None)


def test_broken_weights_are_never_saved_by_a_stop(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_losses(monkeypatch, 2, not_a_number)
    wide = dataset_of(np.random.default_rng(0).standard_normal((500, 4)).astype(np.float32))
    assert train_steps(start(path, dataset=wide), 3).status == "failed"
    assert open_run(path).load_model()[1] == 0


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_one_sentence_and_the_best_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def no_memory(good: Losses) -> Losses:
        raise error

    replace_losses(monkeypatch, 12, no_memory)
    last = finish(run_training(start(path)))
    assert (last.status, last.reason) == (
        "failed",
        "cpu is out of memory; its last checkpoint, of step 10, is kept. Train with a smaller batch or a smaller model",
    )  # fmt: skip
    assert (open_run(path).state.status, open_run(path).load_model()[1]) == ("failed", 10)
    monkeypatch.undo()
    assert finish(run_training(resume(path))).status == "finished"


def test_out_of_memory_on_a_gpu_offers_the_cpu(path: Path) -> None:
    context = Context(start(path).run, device=torch.device("cuda"))
    failure = loop._known_failure(torch.OutOfMemoryError("CUDA out of memory"), context)
    advice = "Train on the CPU (device cpu), with a smaller batch or a smaller model"
    assert failure == ("cuda is out of memory", advice)
    mps = loop._known_failure(RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"), context)
    assert mps == failure


def test_no_memory_for_the_data_itself_is_one_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*arguments: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loop, "Batches", no_memory)
    last = finish(run_training(start(path)))
    assert (last.status, last.step, open_run(path).state.status) == ("failed", 0, "failed")


def test_a_fault_of_the_program_is_not_hidden(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(good: Losses) -> Losses:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    replace_losses(monkeypatch, 3, fault)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        finish(run_training(start(path)))


def test_a_disk_that_fills_up_costs_no_more_than_the_last_steps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, writes = run_directory.write_checkpoint, count()

    def full(*arguments: Any) -> None:
        if next(writes) >= 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(run_directory, "write_checkpoint", full)
        last = finish(run_training(start(path), save_seconds=0.0))
    assert last.status == "failed"
    assert last.reason == (
        f"the run cannot be saved (No space left on device); its last checkpoint, of step {open_run(path).state.step}, "
        "is kept. Free some space, then resume the run"
    )
    assert (open_run(path).state.status, open_run(path).load_model()[1] > 0) == ("failed", True)
    assert finish(run_training(resume(path))).status == "finished"
    other = train_whole(path.with_name("other"))
    assert all(torch.equal(tensor, final(other).weights[name]) for name, tensor in final(path).weights.items())


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "Free some space"), (errno.EFBIG, "Raise the limit"), (errno.EROFS, "Make the folder writable")],
)
def test_a_first_save_that_fails_does_not_promise_weights(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(run_directory, "write_checkpoint", full)
        last = finish(run_training(start(path)))
    kept = "no weights were saved, so resuming starts from the beginning"
    assert last.reason.startswith(f"the run cannot be saved ({os.strerror(number)}); {kept}. {advice}")
    assert open_run(path).state.reason == last.reason
    assert finish(run_training(resume(path))).status == "finished"


def test_a_full_disk_is_reported_even_if_the_state_cannot_be_saved(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = start(path)
    replaced, replaces = os.replace, count()

    def full(*arguments: Any) -> None:
        if next(replaces) >= 9:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replaced(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", full)
        last = finish(run_training(job, save_seconds=0.0))
    assert last.status == "failed"
    assert "No space left" in last.reason
    assert "\n" not in last.reason
    assert not list(path.glob(".*.part"))
    assert open_run(path).load_model()[1] > 0


def test_a_plane_that_cannot_be_saved_does_not_cost_the_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(train_run, "save_plane", full)
    last = finish(run_training(start(path)))
    assert last.status == "finished"
    assert last.reason == f"the plane of {path} could not be saved (No space left on device)"


def test_checkpoints_that_are_all_damaged_are_an_error(path: Path) -> None:
    train_whole(path)
    for file in open_run(path).checkpoint_paths():
        file.write_bytes(b"")
    with pytest.raises(RunError, match="damaged"):
        finish(run_training(resume(path)))


def test_a_run_in_training_cannot_be_trained_twice(path: Path) -> None:
    first = run_training(start(path))
    next(first)
    with pytest.raises(RunError, match="is training this run"):
        next(run_training(resume(path)))
    first.close()
    assert finish(run_training(resume(path))).status == "finished"


def test_other_data_than_the_runs_is_refused(path: Path) -> None:
    train_whole(path)
    with pytest.raises(RunError, match="no longer contains the samples that"):
        resumed_run(path, dataset=vectors(46))


def test_settings_that_do_not_fit_are_refused_before_a_run_is_made(path: Path) -> None:
    with pytest.raises(ConfigError, match="bfloat16 needs a GPU"):
        new_run(config_of(precision="bfloat16"), path, dataset=vectors(), device="cpu")
    with pytest.raises(ConfigError, match="convolutional needs pictures"):
        new_run(config_of(model={"network": "convolutional"}), path, dataset=vectors(), device="cpu")
    with pytest.raises(ConfigError, match="device 'tpu' is not on this machine: choose from auto"):
        new_run(config_of(), path, dataset=vectors(), device="tpu")
    assert not path.exists()


ODD: dict[str, Dataset] = {
    "one training sample": dataset_of(vectors(9).samples),
    "one sample per split": dataset_of(vectors(3).samples, validation=1, test=1),
    "no validation split": dataset_of(vectors(20).samples, validation=0),
    "one pixel": pictures(size=(1, 1)),
    "16 bits": pictures(kind=np.uint16),
    "float pictures": pictures(kind=np.float32),
    "constant": dataset_of(np.ones((30, 3), np.float32)),
}


@pytest.mark.parametrize("data", ODD.values(), ids=list(ODD))
@pytest.mark.parametrize("family", ["ae", "vae"])
def test_odd_data_can_be_trained_on(path: Path, family: str, data: Dataset) -> None:
    train_whole(path, config_of(family, batch_size=1000), data)
    run = open_run(path)
    assert final(path).step == 4  # one batch an epoch, as it is larger than the set
    assert len(run.latents().mean) == len(data)  # type: ignore[union-attr]
    splits = {metric.split for metric in run.history.metrics}
    assert splits == ({"train", "validation"} if len(data.splits.validation) else {"train"})


def test_an_empty_training_split_is_reported(path: Path) -> None:
    with pytest.raises(DataError, match="training split is empty"):
        finish(run_training(start(path, dataset=dataset_of(vectors(8).samples))))


def test_progress_comes_at_most_twenty_times_a_second(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(
        "explorer.training.control.time", SimpleNamespace(monotonic=lambda: next(ticks) / 1000)
    )  # 1 ms a look
    job = start(path, config_of(epochs=200))
    reports = [event for event in run_training(job, snapshots=True) if isinstance(event, Progress)]
    seconds = next(ticks) / 1000
    assert seconds > 1
    assert 10 * seconds < len(reports) <= 20 * seconds + 2
    steps = [event.step for event in reports]
    assert steps == sorted(steps)
    assert (reports[-1].step, reports[-1].steps, reports[-1].epoch, reports[-1].epochs) == (1000, 1000, 200, 200)


def test_progress_has_every_metric_once(path: Path) -> None:
    metrics = [metric for event in run_training(start(path)) if isinstance(event, Progress) for metric in event.metrics]
    assert tuple(metrics) == open_run(path).history.metrics
    assert [m.step for m in metrics if m.split == "validation"] == [0, 5, 10, 15, 20]


def test_pausing_announces_itself_and_stopping_saves(path: Path) -> None:
    control = Control()
    control.pause()
    events = run_training(start(path), control)
    # Frames of the replay are announced when their thread has written them.
    others = (type(event) for event in events if not isinstance(event, Kept))
    assert [next(others) for _ in range(4)] == [Progress, Progress, Held, Held]
    assert open_run(path).state.status == "training"
    control.stop()
    assert finish(events) == Finished("stopped", 0)
    assert (open_run(path).state.status, open_run(path).load_model()[1]) == ("stopped", 0)


def test_the_digits_from_the_defaults_by_name(path: Path) -> None:
    """The whole job as the command line runs it: load by name, train, save the plane, open without the data."""
    job = new_run(config_of(epochs=2, batch_size=128), path, device="cpu")
    assert finish(run_training(job)).status == "finished"
    run = open_run(path)
    codes = run.latents()
    assert codes is not None
    assert codes.mean.shape == (1797, 2)
    assert run.config.model.likelihood == "bernoulli"  # type: ignore[attr-defined]
    epochs, losses = run.history.curve("validation", "total")
    assert list(epochs) == [0, 1, 2]
    assert losses[-1] < losses[0]
    inputs = torch.from_numpy(job.dataset.model_inputs(codes.index))
    np.testing.assert_allclose(run.load_model()[0].encode(inputs).mean, codes.mean, atol=1e-5)
