"""Short trainings whose notices were wrong, or whose advice did not cure, and the same as constructed evidence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diagnosis_cases import codes, evidence, falling, history, metric

from explorer.config import DataConfig, RunConfig
from explorer.data import catalog as datasets
from explorer.jobs.diagnosis import learning_rate, overfitting
from explorer.jobs.diagnosis.diagnose_run import diagnose, notices_of
from explorer.jobs.diagnosis.evidence import Codes, Evidence
from explorer.jobs.diagnosis.posterior_collapse import check_whole
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.runs.history import History
from explorer.runs.run_directory import RunDirectory, open_run

EMPTY = [0.001, 0.002]


def config(source: object, **settings: object) -> RunConfig:
    keys = {key.replace("_", ".", 1): str(value) for key, value in settings.items()}
    fixed = {"data.source": str(source), "train.threads": "1", "train.replay": "0", "train.log_likelihood": "0"}
    return build_config("vae", fixed | keys)


def trained(given: RunConfig, folder: Path) -> RunDirectory:
    for _ in run_training(new_run(given, folder, device="cpu")):
        pass
    return open_run(folder)


def epochs_with_notice(run: RunDirectory) -> list[float]:
    """Return the epochs after which the curves give a notice about the learning rate."""
    family, metrics = catalog.family(run.config.model.family), run.history.metrics
    known = Evidence(run.config, family, family.model_type.capabilities, History())
    found = []
    for count, one in enumerate(metrics, start=1):
        now = replace(known, history=History(metrics[:count]))
        if one.split == "validation" and learning_rate.check(now, None):
            found.append(one.epoch)
    return found


def iris(file: Path) -> Path:
    load_iris = pytest.importorskip("sklearn.datasets").load_iris
    load_iris(as_frame=True).data.to_csv(file, index=False)
    return file


def digits_table(file: Path) -> Path:
    load_digits = pytest.importorskip("sklearn.datasets").load_digits
    load_digits(as_frame=True).data.to_csv(file, index=False)
    return file


def heavy_tails(file: Path, seed: int) -> Path:
    rows = np.random.default_rng(seed).standard_t(2, size=(389, 4))
    np.savetxt(file, rows, fmt="%.3f", delimiter=",", header="a,b,c,d", comments="")
    return file


# The learning rate


@pytest.mark.parametrize(
    "settings",
    [{}, {"model_hidden_widths": 32}, {"model_hidden_widths": 32, "model_beta": 0}, {"model_beta": 4}],
)
def test_iris_in_small_batches_has_no_notice_about_its_learning_rate(settings, tmp_path):
    given = config(iris(tmp_path / "iris.csv"), train_batch_size=8, train_epochs=8, **settings)
    assert epochs_with_notice(trained(given, tmp_path / "run")) == []


@pytest.mark.parametrize(
    ("seed", "ablated"),
    [(0, {}), (1, {}), (1, {"model_beta": 0}), (1, {"model_reconstruction_weight": 0}), (2, {"model_beta": 0})],
)
def test_heavy_tails_of_a_table_are_not_blamed_on_the_learning_rate(seed, ablated, tmp_path):
    file = heavy_tails(tmp_path / "t.csv", seed)
    given = config(file, train_batch_size=32, train_epochs=6, model_hidden_widths=32, **ablated)
    assert epochs_with_notice(trained(given, tmp_path / "run")) == []


@pytest.mark.parametrize("seed", (0, 2))
def test_a_rare_pixel_in_a_batch_is_not_blamed_on_the_learning_rate(seed, tmp_path):
    file = digits_table(tmp_path / "digits.csv")
    given = config(
        file, train_epochs=5, train_seed=seed, data_sample_shape="vector", data_scaling="standardize"
    )  # one batch of epoch 4 is 31 nats above the first
    assert epochs_with_notice(trained(given, tmp_path / "run")) == []


@pytest.mark.parametrize(("source", "settings"), [("digits", {}), ("iris", {"train_batch_size": 16})])
def test_a_loss_that_explodes_is_found_after_the_second_epoch(source, settings, tmp_path):
    data = iris(tmp_path / "iris.csv") if source == "iris" else source
    run = trained(config(data, train_epochs=6, train_learning_rate=0.1, **settings), tmp_path / "run")
    assert epochs_with_notice(run) == [2, 3, 4, 5, 6]


def test_a_loss_that_stays_up_is_a_jump_even_if_no_epoch_is_calm():
    train = [900.0 + 100 * (epoch % 2) for epoch in range(20)]
    assert learning_rate.check(evidence("ae", history([44.0] + [950.0] * 20, train)), None) is not None


def test_a_batch_that_is_high_in_every_epoch_is_no_jump():
    totals = [24.0] * 21
    rows = [metric(0, 44.0)]
    for epoch in range(20):
        rows += [metric(epoch + part / 4, 500.0 if part == 2 else 24.0, "train") for part in (1, 2, 3, 4)]
        rows.append(metric(epoch + 1, totals[epoch]))
    assert learning_rate.check(evidence("ae", History(tuple(rows))), None) is None


# Overfitting


def test_a_training_loss_that_only_wavers_is_no_overfitting():
    dice = np.random.default_rng(0)
    rising = [30.0, *(20 + 0.03 * epoch for epoch in range(60))]
    train = 20 + 0.5 * dice.normal(size=60)
    assert overfitting.check(evidence("ae", history(rising, train.tolist())), None) is None


# The collapse: its cause, its decodes, its cures


def about(shape: tuple[int, ...] = (1, 28, 28), **settings: object) -> Evidence:
    """Return a collapsed run on pictures of a shape."""
    description = replace(datasets.load(DataConfig(source="digits")).description, shape=shape)
    return replace(evidence(history=falling(40, kl=EMPTY), **settings), description=description)


@pytest.mark.parametrize(
    ("shape", "settings", "words"),
    [
        ((1, 28, 28), {"model_reconstruction_weight": 0.001276}, "784 pixels"),
        ((1, 28, 28), {"model_reconstruction_weight": 0.0015}, "784 pixels"),
        ((1, 8, 8), {"model_reconstruction_weight": 1 / 64}, "64 pixels"),
        ((1, 8, 8), {"model_beta": 64}, "64 pixels"),
        ((1, 8, 8), {"model_beta": 8, "model_reconstruction_weight": 0.125}, "64 pixels"),
        ((3, 32, 32), {"model_reconstruction_weight": 1 / 3072}, "3072 values"),
        ((3, 32, 32), {"model_reconstruction_weight": 1 / 1024}, "1024 pixels"),
    ],
)
def test_a_mean_over_the_pixels_is_named_as_the_cause(shape, settings, words):
    (notice,) = diagnose(about(shape, **settings))
    assert f"averaged over the {words} instead of summed" in notice.meaning
    (cure,) = notice.cures
    cured = cure.applied(about(shape, **settings).config).model
    assert cured.beta == 1 and cured.reconstruction_weight == 1


def test_another_weight_is_named_without_a_mean():
    (notice,) = diagnose(about(model_reconstruction_weight=0.1))
    assert "With β = 1 and the weight 0.1 of the reconstruction, each nat of KL costs 10 nats" in notice.meaning
    assert "averaged" not in notice.meaning and dict(notice.cures[0].settings) == {"model.reconstruction_weight": "1"}


def test_a_large_beta_is_named_without_a_weight_of_1():
    (notice,) = diagnose(about(model_beta=4))
    assert "With β = 4, each nat of KL costs 4 nats of reconstruction" in notice.meaning


def test_advice_for_a_mean_over_the_pixels_cures(tmp_path):
    given = config("digits", model_reconstruction_weight=1 / 64, train_epochs=24, model_hidden_widths="128,64")
    run = trained(given, tmp_path / "run")
    (notice,) = [one for one in notices_of(run) if one.kind == "posterior collapse"]
    assert "averaged over the 64 pixels" in notice.meaning and "every z decodes to about the mean" in notice.meaning
    again = trained(notice.cures[0].applied(run.config), tmp_path / "again")
    assert "posterior collapse" not in {one.kind for one in notices_of(again)}
    losses = [one.history.curve("validation", "reconstruction")[1][-1] for one in (run, again)]
    assert losses[1] < losses[0] - 0.5


def test_a_kl_warm_up_is_not_advised():
    # it cured none of the collapses of benchmarks/notices.py
    for settings in ({"model_beta": 4}, {"model_likelihood": "gaussian"}, {"model_hidden_widths": "64,64,64"}, {}):
        for notice in diagnose(about(**settings)):
            assert not any("warm-up" in cure.words for cure in notice.cures)


@pytest.mark.parametrize(
    ("settings", "cause", "cure"),
    [
        ({"model_likelihood": "gaussian"}, "fixed σ of 1", ("model.likelihood", "gaussian with learned sigma")),
        ({"model_hidden_widths": "64,64,64"}, "3 hidden layers", ("model.normalization", "batch")),
        ({"train_learning_rate": 0.01}, "10 times the default", ("train.learning_rate", "0.001")),
        (
            {"model_kl_objective": "capacity", "model_capacity": 0.01, "model_gamma": 100, "model_capacity_epochs": 0},
            "γ = 100",
            ("model.gamma", "1"),
        ),
    ],
)
def test_each_cause_is_named_with_its_cure(settings, cause, cure):
    (notice,) = diagnose(about(**settings))
    assert notice.kind == "posterior collapse" and cause in notice.meaning and notice.cures[0].settings == (cure,)


def test_the_decodes_are_said_to_be_the_mean_only_if_the_loss_has_come_down():
    def collapsed(losses: list[float]) -> str:
        notice = check_whole(evidence(history=history(losses, losses[1:], [EMPTY] * len(losses))), None)
        assert notice is not None
        return notice.meaning

    assert "every z decodes to about the mean of the data" in collapsed([44.0] + [27.0] * 30)
    untrained = collapsed([44.0] * 31)
    assert "has hardly fallen, from 44 to 44 nats" in untrained and "mean of the data" not in untrained
    still = collapsed([44.0 - 0.5 * epoch for epoch in range(31)])
    assert "decoder still learns" in still and "every z" not in still


# Codes


def test_codes_in_one_point_are_reported():
    equal = Codes(480, codes(sigma=None).mean * np.float32(1e-6))
    (notice,) = diagnose(evidence("ae", codes=equal, train_learning_rate=0.03))
    assert notice.sentence.startswith("All codes are equal")
    assert notice.cures[0].settings == (("train.learning_rate", "0.001"),)
