"""The remark that a finished training would go on improving, and its cure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diagnosis_cases import codes, evidence, falling, history

from explorer.data.dataset import Dataset
from explorer.jobs.diagnosis import overfitting, train_further
from explorer.jobs.diagnosis.diagnose_run import CHECKS, diagnose
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, resumed_run, run_training
from explorer.latent.information.discrete import BITS
from explorer.models import catalog
from explorer.runs.history import History
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.training.early_stopping import STOPPED_EARLY


def slow(epochs: int = 40, noise: float = 0.0, seed: int = 0, start: float = 44.0) -> History:
    """Return curves that fall with the logarithm of the epochs, by 1.04 nats with each doubling."""
    dice = np.random.default_rng(seed)
    losses = start - 12 - 1.5 * np.log(np.arange(1, epochs + 1)) + noise * dice.normal(size=epochs)
    return history([start, *losses], list(losses))


def test_a_loss_that_still_falls_is_reported_with_the_fall_and_what_to_do() -> None:
    notice = train_further.check(evidence("ae", slow(), train_epochs=40), None)
    assert notice is not None and (notice.kind, notice.severity, notice.since) == ("train further", "remark", 20)
    assert notice.sentence == (
        "Still improving: the validation loss fell by 1.1 nats in the second half of the training, from 27.58 at epoch "
        "20 to 26.5."
    )
    assert notice.since_words == ""
    assert notice.cures[0].words == "80 epochs, twice as many, which lower the loss by at least about 0.2 nats"
    assert dict(notice.cures[0].settings) == {"train.epochs": "80"}


def test_the_fall_is_written_in_the_chosen_unit() -> None:
    notice = train_further.check(replace(evidence("ae", slow()), unit=BITS), None)
    assert notice is not None and "from 39.8 at epoch 20 to 38.24" in notice.sentence


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_not_taken_for_a_fall(seed: int) -> None:
    assert train_further.check(evidence("ae", falling(60, noise=0.3, seed=seed)), None) is None
    assert train_further.check(evidence("ae", slow(noise=0.1, seed=seed)), None) is not None


def test_a_share_that_does_not_matter_is_not_reported() -> None:
    assert train_further.check(evidence("ae", slow(start=144)), None) is not None
    small = slow()
    whole = replace(small.metrics[0], terms={"total": 144.0})  # the fall of the second half is 1 % of this one
    assert train_further.check(evidence("ae", History((whole, *small.metrics[1:]))), None) is None


@pytest.mark.parametrize("status", ["new", "training", "stopped", "failed"])
def test_only_a_finished_training_is_judged(status: str) -> None:
    assert train_further.check(replace(evidence("ae", slow()), status=status), None) is None


def test_short_trainings_and_other_curves_are_not_judged() -> None:
    assert train_further.check(evidence("ae", slow(15)), None) is None
    assert train_further.check(evidence("ae", History()), None) is None
    assert train_further.check(evidence("gan", slow()), None) is None
    # The cosine itself lowers the loss at the end.
    assert train_further.check(evidence("linear-ae", slow()), None) is None
    no_split = History(tuple(metric for metric in slow().metrics if metric.split == "train"))
    assert train_further.check(evidence("ae", no_split), None) is None


def test_a_run_that_stopped_early_is_not_judged() -> None:
    early = replace(evidence("ae", slow()), reason=f"{STOPPED_EARLY} at epoch 40: no lower validation loss")
    assert train_further.check(early, None) is None
    damaged_replay = replace(early, reason="the replay ends early: the disk is full")
    assert train_further.check(damaged_replay, None) is not None


def test_a_loss_above_its_initial_value_only_recovers() -> None:
    losses = [44.0, *(90 - 5 * np.log(np.arange(1, 41)))]
    assert train_further.check(evidence("ae", history(losses, losses[1:])), None) is None


@pytest.mark.parametrize("kind", ["learning rate", "outliers"])
def test_a_cause_of_its_own_explains_it(kind: str) -> None:
    assert "train further" in next(check for check in CHECKS if check.kind == kind).explains


def test_a_learning_rate_that_is_too_high_is_the_only_notice() -> None:
    jumps = slow()
    peak = [replace(one, terms={"total": 900.0}) if one.step == 15 else one for one in jumps.metrics]
    found = diagnose(evidence("ae", History(tuple(peak))))
    assert [notice.kind for notice in found] == ["learning rate"]


def test_it_stands_behind_warnings() -> None:
    unused = codes(latent_dim=64, sigma=None)
    unused.mean[:, 32:] = 0
    found = diagnose(replace(evidence("sparse-ae", slow(), model_latent_dim=64), codes=unused))
    assert [notice.kind for notice in found] == ["dead units", "train further"]


def test_the_cure_continues_the_run() -> None:
    notice = train_further.check(evidence("ae", slow(), train_epochs=40), None)
    assert notice is not None and [cure.continues for cure in notice.cures] == [True]


def test_what_falls_during_a_schedule_does_not_count() -> None:
    assert train_further.check(evidence(history=slow(), model_kl_warm_up=38), None) is None
    assert train_further.check(evidence(history=slow(), model_kl_warm_up=5), None) is not None


def test_a_run_that_overfits_is_not_to_be_trained_further() -> None:
    epochs = np.arange(61)
    losses = 24 + 20 * np.exp(-epochs / 4) + 0.05 * np.maximum(0, epochs - 20)
    overfitted = evidence("ae", history(list(losses), list(24 - 0.01 * epochs[1:])))
    assert overfitting.check(overfitted, None) is not None and train_further.check(overfitted, None) is None


def test_the_cure_lowers_the_loss_by_what_was_promised(tmp_path: Path, digits: Dataset) -> None:
    settings = {"model.hidden_widths": "32", "train.epochs": "20", "train.threads": "1", "train.replay": "0"}
    config = build_config("ae", settings)
    path = tmp_path / "run"
    list(run_training(new_run(config, path, dataset=digits, device="cpu")))
    before = _judged(open_run(path))
    first = train_further.check(before, None)
    assert first is not None
    list(run_training(resumed_run(path, epochs=40, dataset=digits, device="cpu")))
    after = _judged(open_run(path))
    promised = train_further.NEXT * _fall(before)
    assert _last(before) - _last(after) > promised > 0.1
    again = train_further.check(after, None)
    assert again is None or _fall(after) < _fall(before)


def _judged(run: RunDirectory) -> Evidence:
    family = catalog.family(run.config.model.family)
    return Evidence(run.config, family, family.model_type.capabilities, run.history)


def _fall(judged: Evidence) -> float:
    fall = train_further.find_fall(judged.losses, float(judged.losses.validation[0]))
    return 0.0 if fall is None else fall.before - fall.now


def _last(judged: Evidence) -> float:
    return float(judged.losses.validation[-3:].mean())
