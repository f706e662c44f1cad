"""log p(x) of a split: accurate values for some samples correct the estimates of all."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import torch
from linear_gaussian import LinearGaussianCase, LinearGaussianVae
from model_cases import build, config_of

import explorer.models  # noqa: F401  (fills the families)
from explorer.data.dataset import Dataset
from explorer.latent.bound import split_likelihood as module
from explorer.latent.bound.split_likelihood import SplitLikelihood, accurate_samples, passes, split_likelihood
from explorer.latent.bound.true_posterior import true_posterior
from explorer.latent.density import shared_grid
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import at_once
from explorer.models import catalog
from explorer.models.latent_model import NotDefined

CASE = LinearGaussianCase.of(2, 5)


def computed(
    model: LinearGaussianVae, data: Dataset, draws: int = 16, seed: int = 1, reports: list[int] | None = None
) -> SplitLikelihood:
    work = split_likelihood(model, data, data.splits.test, draws, seed)
    while True:
        try:
            step = next(work)
        except StopIteration as stop:
            return stop.value
        if reports is not None:
            reports.append(step)


def few(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let accurate values be computed for a few samples only, each by a grid of its own."""
    monkeypatch.setattr(module, "can_share", lambda model, given: False)
    monkeypatch.setattr(module, "MIN_ACCURATE", count)
    monkeypatch.setattr(module, "WORK", 0.0)
    monkeypatch.setattr(module, "SHARE", 0.0)


@pytest.mark.parametrize(("shift", "width"), [(0, 1), (3, 0.3)])
def test_all_samples_on_the_grid_have_the_exact_mean_whatever_the_encoder(shift: float, width: float) -> None:
    data = CASE.samples(12, 0)
    exact = CASE.log_likelihood(data)
    found = computed(CASE.model(shift, width), data)
    assert found.accurate == 12
    assert found.values == pytest.approx(exact, abs=0.005)
    assert abs(found.mean - exact.mean()) < found.draws_error < 0.005


def test_a_few_accurate_samples_correct_the_bias_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 4 draws of a q that misses much, the estimates alone are several errors too low."""
    data, model = CASE.samples(200, 3), CASE.model(2, 0.5)
    exact = CASE.log_likelihood(data)
    few(monkeypatch, 40)
    found = computed(model, data, draws=4)
    estimates = at_once(module.estimate_log_likelihood(model, data, data.splits.test, 4, 1))
    assert estimates.mean() < exact.mean() - 3 * found.draws_error
    assert abs(found.mean - exact.mean()) < 2 * found.draws_error
    # The standard error over samples contains that of the correction.
    assert scipy.stats.sem(found.values) > found.draws_error / module.INFLATION


def test_it_is_within_two_errors_of_the_truth_in_95_percent_of_fresh_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh draws and a fresh choice of the accurate samples, whose values are the truth itself."""
    data, model = CASE.samples(120, 4), CASE.model(1, 0.6)
    exact = CASE.log_likelihood(data)
    few(monkeypatch, 60)

    def known(given_model: object, given: object, seed: tuple[int, ...]):
        yield from ()
        return exact[seed[1]], 0.0, 0.0, np.inf

    monkeypatch.setattr(module, "accurate_value", known)
    found = [computed(model, data, 8, seed) for seed in range(1, 51)]
    off = np.array([one.mean for one in found]) - exact.mean()
    errors = np.array([one.draws_error for one in found])
    assert np.mean(np.abs(off) <= 2 * errors) >= 0.9
    assert 0.75 < errors.mean() / off.std() < 1.35


@pytest.mark.slow
@pytest.mark.parametrize("latent", [2, 8])
@pytest.mark.parametrize(("shift", "width"), [(0, 1), (1, 0.5)], ids=["exact", "bad"])
def test_both_encoders_of_one_decoder_agree_with_the_truth(latent: int, shift: float, width: float) -> None:
    """Of 40 data sets and seeds, in at least 95 % the truth lies within two of the stated errors."""
    case = LinearGaussianCase.of(latent, latent * 3 // 2 + 2)
    model, inside = case.model(shift, width), 0
    for seed in range(40):
        data = case.samples(100, seed)
        found = computed(model, data, 16, 1 + 1000 * seed)
        inside += abs(found.mean - case.log_likelihood(data).mean()) <= 2 * found.draws_error
    assert inside >= 38


def test_the_passes_are_counted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    data, model = CASE.samples(70, 0), CASE.model()
    few(monkeypatch, 3)
    reports: list[int] = []
    computed(model, data, draws=600, reports=reports)
    assert sum(reports) == passes(model, data, data.splits.test, 600)
    assert set(reports) == {0, 1}


def test_shared_grids_report_some_of_their_passes_and_never_more() -> None:
    data, model, reports = CASE.samples(70, 0), CASE.model(), list[int]()
    computed(model, data, draws=600, reports=reports)
    total = passes(model, data, data.splits.test, 600)
    assert total / 8 < sum(reports) <= total and max(reports) <= total / 8


@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_samples_and_draws_have_a_value_and_an_error(latent: int, count: int) -> None:
    case = LinearGaussianCase.of(latent, 5)
    data, model = case.samples(count, 8), case.model(1, 0.5)
    for draws in (1, 2, 3):
        found = computed(model, data, draws)
        assert abs(found.mean - case.log_likelihood(data).mean()) < 3 * found.draws_error < 0.1


@pytest.mark.parametrize("latent", [2, 3])
def test_a_sample_with_a_code_that_is_not_finite_is_named(latent: int) -> None:
    case = LinearGaussianCase.of(latent, 5)
    data = case.samples(4, 0)
    data.samples[2] = np.nan
    with pytest.raises(NotDefined, match="the code of sample 2 is not finite"):
        computed(case.model(), data)


def test_the_stated_error_is_larger_than_the_standard_error_of_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The corrections, which may all be wrong in one direction, are not divided by √n, and have no factor."""

    def rough(given_model: object, given: object, seed: tuple[int, ...]):
        yield from ()
        return -3.0, 0.1, 0.01, 500.0

    few(monkeypatch, 25)
    monkeypatch.setattr(module, "accurate_value", rough)
    found = computed(CASE.model(), CASE.samples(25, 1))
    assert found.draws_error == pytest.approx(np.hypot(1.15 * 0.1 / 5, 0.01))


def test_too_few_effective_draws_make_the_error_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    data, model, case = CASE.samples(20, 1), CASE.model(), CASE

    def rough(given_model: object, given: object, seed: tuple[int, ...]):
        yield from ()
        return case.log_likelihood(data)[seed[1]], 0.1, 0.01, 2.0 if seed[1] < 3 else 500.0

    few(monkeypatch, 20)
    monkeypatch.setattr(module, "accurate_value", rough)
    found = computed(model, data)
    assert np.isposinf(found.draws_error) and "too few draws" in found.unknown
    figures = evaluate(model, data, importance_samples=4)
    for name in ("monte_carlo_error", "gap_monte_carlo_error"):
        assert figures[name] is None and figures.not_defined[name] == found.unknown
    assert figures.log_likelihood == pytest.approx(case.log_likelihood(data).mean())


def test_an_unfinished_grid_makes_the_error_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_grid, "MAX_TILES", 65)
    found = computed(CASE.model(0, 0.1), CASE.samples(3, 1))
    assert np.isposinf(found.draws_error) and found.unknown == module.UNFINISHED


def test_samples_of_different_classes_have_grids_of_their_own() -> None:
    data = CASE.samples(8, 2)
    about = replace(data.description, class_names=("a", "b", "c"))
    data = replace(data, description=about, labels=np.array([0, 1, 2, 0, 1, 2, 0, 1]))
    config = catalog.resolve(config_of("conditional-vae", hidden_widths=(8,), latent_dim=2), about)
    model = catalog.build(config, about, torch.Generator().manual_seed(0))
    found = computed(model, data)
    for row in range(3):
        grid = at_once(true_posterior(model, inputs_of(model, data, np.array([row]))))
        assert found.values[row] == pytest.approx(grid.log_evidence, abs=0.01)


def test_grids_of_small_groups_have_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    data, model = CASE.samples(7, 2), CASE.model(1, 0.5)
    whole = computed(model, data)
    monkeypatch.setattr(module, "MAX_GROUP", 3)
    assert computed(model, data).values == pytest.approx(whole.values, abs=0.002)


def test_more_draws_and_smaller_decoders_have_more_accurate_samples() -> None:
    index = np.arange(10_000)
    model, data = CASE.model(), CASE.samples(10_000, 0)
    few_draws, many = (accurate_samples(model, data, index, draws) for draws in (16, 64))
    assert accurate_samples(model, data, index, 64, decodes=100.0) == len(index)
    assert 32 <= few_draws < many < len(index)
    large = build("vae", (5,), hidden_widths=(512, 512), latent_dim=2)
    assert accurate_samples(large, data, index, 64) < many
    assert accurate_samples(model, data, index[:20], 1) == 20


def test_layers_are_counted_at_each_place_of_a_picture() -> None:
    dense, conv = build("vae", (1, 8, 8), hidden_widths=(6,)), build("vae", (1, 8, 8), network="convolutional")
    data = CASE.samples(1, 0)
    pictures = replace(data, samples=np.zeros((1, 1, 8, 8), np.float32))
    assert module._decode_work(dense, pictures, np.arange(1)) == 2 * (2 * 6 + 6 + 6 * 64 + 64)
    weights = sum(weight.numel() for weight in conv.decoder.parameters())
    assert module._decode_work(conv, pictures, np.arange(1)) > 3 * weights


def test_the_gap_has_its_errors_and_the_values_of_the_samples() -> None:
    data = CASE.samples(30, 5)
    figures = evaluate(CASE.model(0.5, 0.8), data, importance_samples=8)
    assert figures.importance_samples == 8 and figures.count("accurate_samples") == 30
    assert figures.gap == figures.log_likelihood - figures.elbo
    errors = (figures["monte_carlo_error"], figures["elbo_error"])
    assert figures["gap_monte_carlo_error"] == pytest.approx(np.hypot(*errors))
    values = {
        name: figures.by_sample[name].values for name in ("log_likelihood", "elbo", "gap", "reconstruction", "kl")
    }
    for name, of_name in values.items():
        assert of_name.mean() == pytest.approx(figures[name], abs=1e-4)
    assert figures["gap_error"] == pytest.approx(scipy.stats.sem(values["gap"]), rel=1e-3)
    assert figures["gap_error"] < figures["log_likelihood_error"]


def test_another_seed_of_the_evaluation_draws_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    data = CASE.samples(40, 6)
    few(monkeypatch, 5)
    first, again, other = (
        evaluate(CASE.model(1, 0.5), data, importance_samples=8, seed=seed).log_likelihood for seed in (0, 0, 1)
    )
    assert first == again != other
