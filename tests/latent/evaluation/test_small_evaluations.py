"""Evaluations of very few samples with very few draws: every figure is a finite number, or says why it has none."""

import math

import numpy as np
import pytest
import torch

from explorer.config import MODEL_CONFIGS
from explorer.data.dataset import Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.comparability import difference
from explorer.latent.evaluation.evaluate import evaluate
from explorer.models import catalog


def small(latent_dim: int, count: int):
    description = Description("small", "vector", (3,), Transform(0.0, 1.0), False, (-np.inf, np.inf))
    config = MODEL_CONFIGS["vae"](latent_dim=latent_dim, hidden_widths=(), likelihood="gaussian", sigma=1.0)
    model = catalog.build(config, description, torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    x = np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)
    return model, Dataset(description, x, Splits(np.arange(0), np.arange(0), np.arange(count)))


@pytest.mark.parametrize("latent_dim", [1, 2, 3])
@pytest.mark.parametrize(("count", "draws"), [(1, 1), (2, 1), (3, 2), (40, 3)])
def test_few_samples_and_draws_have_figures_or_reasons(latent_dim, count, draws):
    figures = evaluate(*small(latent_dim, count), importance_samples=draws)
    assert figures.log_likelihood is not None and figures.importance_samples == draws
    for figure in FIGURES:
        for key in (figure.name, *(key for key, _ in figure.errors_by_key())):
            value = figures[key]
            assert math.isfinite(value) if value is not None else figures.not_defined[key]
        found = difference(figure, figures, figures)
        assert found is None or (found.value == 0 and not found.counts)


def test_the_figures_of_one_sample_say_what_is_needed():
    figures = evaluate(*small(2, 1), importance_samples=0)
    assert figures.mutual_information == 0  # exactly, although log q(z) is computed as a logarithm of a sum
    reasons = figures.not_defined
    assert reasons["trustworthiness"].startswith("1 sample is too few for 10 neighbours each")
    assert reasons["hull_holes"].startswith("1 code is too few to tell near from far")
    assert reasons["mse_error"] == "at least two samples are needed"
    assert reasons["aggregate_mmd"] == "at least three samples are needed"


def test_a_damaged_sample_leaves_only_its_figures_undefined():
    model, dataset = small(2, 25)
    dataset.samples[7] = 1e30
    figures = evaluate(model, dataset, importance_samples=0)
    assert figures.mse is None and "1 of 25 values are not finite" in figures.not_defined["mse"]
    assert all(value is None or math.isfinite(value) for value in (figures[figure.name] for figure in FIGURES))
    assert "mse" not in figures.by_sample
