"""Early stopping by the validation loss: when it ends a training, what it keeps, and how to train further."""

import random
from pathlib import Path

import pytest
from training_cases import (
    assert_equal_runs,
    best,
    config_of,
    dataset_of,
    final,
    finish,
    resume,
    start,
    train_steps,
    train_whole,
    vectors,
)

from explorer.config import ConfigError, RunConfig
from explorer.jobs.runs.train_run import run_training, with_epochs
from explorer.models import catalog
from explorer.runs.run_directory import open_run
from explorer.training.early_stopping import EarlyStopping
from explorer.training.events import Progress

PATIENT = config_of("ae", model={"hidden_widths": (32,)}, epochs=400, patience=4, learning_rate=0.03)
"""An autoencoder of 37 samples of noise: it overfits within a few epochs."""
STEPS = 5
"""Steps per epoch of `PATIENT`."""


def epochs_of(path: Path) -> tuple[int, int]:
    """Return the epochs of the last and of the best weights."""
    return final(path).step // STEPS, best(path).step // STEPS


def test_a_training_ends_after_its_patience_with_a_reason(tmp_path: Path) -> None:
    *events, last = run_training(start(tmp_path / "run", PATIENT))
    ended, lowest = epochs_of(tmp_path / "run")
    assert ended == lowest + 4 < 400
    reason = f"stopped early at epoch {ended}: no lower validation loss for 4 epochs; best at epoch {lowest}; "
    assert (last.status, last.step) == ("finished", ended * STEPS)  # type: ignore[union-attr]
    assert last.reason == f"{reason}the weights of both are kept"  # type: ignore[union-attr]
    run = open_run(tmp_path / "run")
    state, (_, losses) = run.state, run.history.curve("validation", "total")
    assert (state.status, state.reason) == ("finished", last.reason)  # type: ignore[union-attr]
    assert int(losses.argmin()) == lowest and len(losses) == ended + 1
    progress = [event for event in events if isinstance(event, Progress)]
    assert all(event.may_end_early for event in progress)
    assert (progress[0].steps, progress[-1].steps) == (400 * STEPS, ended * STEPS)
    assert progress[-1].seconds_left in (None, 0)


def test_without_patience_all_epochs_are_trained(tmp_path: Path) -> None:
    *events, last = run_training(start(tmp_path / "run", config_of("ae", learning_rate=0.03, epochs=8)))
    assert last.reason == "" and last.step == 8 * STEPS  # type: ignore[union-attr]
    assert not any(event.may_end_early for event in events if isinstance(event, Progress))


def test_interrupted_and_resumed_ends_at_the_same_epoch(tmp_path: Path) -> None:
    whole, cut, dice = train_whole(tmp_path / "whole", PATIENT), tmp_path / "cut", random.Random(0)
    last = train_steps(start(cut, PATIENT), 3)
    while last.status == "stopped":
        last = train_steps(resume(cut), dice.randint(1, 9))
    assert last.reason == open_run(whole).state.reason
    assert_equal_runs(cut, whole)


def test_a_training_killed_after_its_last_epoch_ends_there(tmp_path: Path) -> None:
    path = train_whole(tmp_path / "run", PATIENT)
    reason, step = open_run(path).state.reason, final(path).step
    open_run(path).set_status("training")  # as if the process had died before it wrote the status
    last = finish(run_training(resume(path)))
    assert (last.step, last.reason) == (step, reason)


def test_resumed_after_it_stopped_early_it_trains_all_epochs(tmp_path: Path) -> None:
    path = train_whole(tmp_path / "run", PATIENT)
    ended, job = final(path).step // STEPS, resume(path, epochs=40)
    assert job.note == (
        f"run stopped early, at epoch {ended}; it now trains to epoch 40 without early stopping (train.patience = 0)"
    )
    last = finish(run_training(job))
    assert (last.status, last.step, last.reason) == ("finished", 40 * STEPS, "")
    assert (open_run(path).config.train.patience, open_run(path).config.train.epochs) == (0, 40)
    # The same as a training that had no patience.
    assert_equal_runs(path, train_whole(tmp_path / "long", _with(epochs=40, patience=0)))


def test_a_run_trained_to_its_end_keeps_its_patience(tmp_path: Path) -> None:
    path = train_whole(tmp_path / "run", _with(epochs=2))
    assert finish(run_training(resume(path, epochs=400))).reason.startswith("stopped early")
    assert_equal_runs(path, train_whole(tmp_path / "whole", PATIENT))


@pytest.mark.parametrize(
    ("family", "schedule"),
    [
        ("vae", {"kl_warm_up": 10.0}),
        ("vae", {"kl_objective": "capacity", "capacity_epochs": 10.0}),
        ("mixture-vae", {"kl_warm_up": 10.0}),
        ("sparse-ae", {"sparsity": "top-k", "active_units_after": 10.0}),
    ],
)
def test_the_patience_begins_at_the_end_of_the_schedules(family: str, schedule: dict[str, object]) -> None:
    model = {"hidden_widths": (8,)} | schedule
    stopping = EarlyStopping(config_of(family, model=model, patience=3), steps_per_epoch=2)
    due = [step for step in range(40) if stopping.is_due(step, best_step=8)]
    assert due[0] == 2 * (10 + 3)  # not at epoch 4 + 3
    assert "no lower validation loss for 9 epochs; best at epoch 4" in stopping.reason(26, best_step=8)
    assert not stopping.is_due(27, best_step=8)  # within an epoch


def test_a_schedule_without_effect_delays_nothing() -> None:
    model = {"kl_warm_up": 10.0, "kl_objective": "capacity", "capacity_epochs": 0.0, "hidden_widths": (8,)}
    stopping = EarlyStopping(config_of(model=model, patience=3), steps_per_epoch=2)
    assert stopping.is_due(14, best_step=8) and not stopping.is_due(12, best_step=8)


def test_a_training_does_not_end_during_its_warm_up(tmp_path: Path) -> None:
    warm = {"hidden_widths": (32,), "kl_warm_up": 12.0}
    # The validation loss has the whole KL, so it rises at first while the training minimizes less of it.
    config = config_of("vae", model=warm, epochs=40, patience=2, learning_rate=0.03)
    path = train_whole(tmp_path / "run", config)
    _, losses = open_run(path).history.curve("validation", "total")
    assert any(epoch - losses[: epoch + 1].argmin() >= 2 for epoch in range(12))
    assert 14 <= epochs_of(path)[0] < 40


def test_families_and_data_without_a_validation_loss_refuse_patience(tmp_path: Path) -> None:
    gan = config_of("gan", model={"generator_widths": (8,), "discriminator_widths": (8,)}, patience=5)
    with pytest.raises(ConfigError, match=r"train.patience = 5: GAN has no validation loss .* train.patience = 0"):
        start(tmp_path / "gan", gan)
    assert any("Patience" in sentence for sentence in catalog.warnings(gan, vectors().description))
    with pytest.raises(ConfigError, match="made up has no validation samples"):
        start(tmp_path / "run", PATIENT, dataset_of(vectors().samples, validation=0))
    assert not list(tmp_path.iterdir())
    # Closed forms ignore all settings of a training.
    train_whole(tmp_path / "pca", config_of("pca", model={}, patience=5))


def _with(**train: int) -> RunConfig:
    settings = {"epochs": 400, "patience": 4} | train
    return config_of("ae", model={"hidden_widths": (32,)}, learning_rate=0.03, **settings)


def test_a_run_without_a_number_of_epochs_gets_that_of_its_family(tmp_path: Path) -> None:
    run = start(tmp_path / "run", config_of("ae", epochs=0)).run
    assert run.config.train.epochs == open_run(run.path).config.train.epochs == catalog.family("ae").epochs_for(37)
    with pytest.raises(ConfigError, match=r"train.epochs = 0: .* choose more"):
        resume(tmp_path / "run", epochs=0)


def test_a_share_of_the_samples_gets_the_epochs_for_so_many(tmp_path: Path) -> None:
    many, family = vectors(8 * catalog.REFERENCE_SAMPLES), catalog.family("ae")
    whole, part = (with_epochs(config_of("ae", epochs=0, fraction=share), many) for share in (1.0, 0.25))
    samples = len(many.splits.train)
    assert whole.train.epochs == family.epochs_for(samples) < part.train.epochs == family.epochs_for(samples // 4)
    # More steps per sample, but fewer in all: it is faster, and past the knee.
    assert part.train.epochs * samples / 4 < whole.train.epochs * samples


def test_a_closed_form_has_no_epochs(tmp_path: Path) -> None:
    run = start(tmp_path / "pca", config_of("pca", model={}, epochs=0)).run
    assert run.config.train.epochs == 0
