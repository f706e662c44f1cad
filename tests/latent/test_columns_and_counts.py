"""Figures, bound and units of models of counts and of tables that mix kinds of columns."""

import math
from typing import Any

import numpy as np
import pytest
import torch

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, DataConfig
from explorer.data.assemble import assemble
from explorer.data.dataset import Dataset, FeatureKind
from explorer.latent.bound.sample_bound import SampleBound, bound_of_sample
from explorer.latent.density.units import OF_COUNTS, units_note
from explorer.latent.evaluation.evaluate import evaluate
from explorer.models import catalog
from explorer.models.latent_model import LatentModel
from explorer.models.likelihoods.bernoulli import Bernoulli
from explorer.models.likelihoods.gaussian import Gaussian

KINDS: tuple[FeatureKind, ...] = ("number", "yes/no", "category", "category", "count", "angle")


def table(kinds: tuple[FeatureKind, ...] = KINDS, **settings: Any) -> Dataset:
    rng, count = np.random.default_rng(0), 60
    word = rng.integers(0, 2, count)
    columns = {
        "number": rng.normal(20, 4, count),
        "yes/no": np.arange(count) % 2,
        "category": word,
        "count": rng.poisson(6, count),
        "angle": rng.uniform(0, 360, count),
    }
    values = [
        1 - word if index and kinds[index - 1] == kind == "category" else columns[kind]
        for index, kind in enumerate(kinds)
    ]
    return assemble(
        DataConfig(),
        name="made up",
        kind="vector",
        samples=np.stack(values, 1).astype(np.float32),
        scaling="standardize",
        feature_kinds=kinds,
        category_sizes=(2,) if "category" in kinds else (),
        **settings,
    )


def model_of(dataset: Dataset, **settings: Any) -> LatentModel:
    config = catalog.resolve(MODEL_CONFIGS["vae"](hidden_widths=(8,), **settings), dataset.description)
    return catalog.build(config, dataset.description, torch.Generator().manual_seed(0))


def bound_of(model: LatentModel, dataset: Dataset) -> SampleBound:
    work = bound_of_sample(model, dataset, 0)
    while True:
        try:
            next(work)
        except StopIteration as stop:
            found: SampleBound = stop.value
            return found


@pytest.mark.parametrize("kinds", [KINDS, ("count",) * 6], ids=["mixed", "counts"])
def test_the_bound_of_a_sample_is_its_integral(kinds: tuple[FeatureKind, ...]) -> None:
    dataset = table(kinds)
    model = model_of(dataset, latent_dim=1)
    found = bound_of(model, dataset)
    z = torch.linspace(-9, 9, 20_001)[:, None]
    x = torch.from_numpy(dataset.model_inputs(np.array([0]))).expand(len(z), -1)
    with torch.inference_mode():
        assert model.prior is not None
        joint = model.decode(z).log_prob(x).double() + model.prior.log_prob(z).double()
    wanted = float(torch.logsumexp(joint, 0)) + math.log(18 / 20_000)
    assert found.log_likelihood == pytest.approx(wanted, abs=0.01)
    assert found.elbo is not None
    assert found.elbo <= found.log_likelihood + 0.01


def test_an_evaluation_of_a_mixed_table_lists_the_parts_of_the_reconstruction() -> None:
    dataset = table()
    figures = evaluate(model_of(dataset), dataset, importance_samples=8)
    parts = figures.note.partition("by kind of column, in nats: ")[2].rstrip(".").split(", ")
    assert [part.rpartition(" ")[0] for part in parts] == [
        "numbers",
        "yes/no columns",
        "categories",
        "counts",
        "angles",
    ]
    assert sum(float(part.rpartition(" ")[2]) for part in parts) == pytest.approx(figures.reconstruction, abs=0.01)
    assert figures.log_likelihood is not None
    assert "no common unit" in figures.not_defined["mse"]


def test_an_evaluation_of_counts_has_a_squared_error_and_says_that_log_p_is_no_density() -> None:
    dataset = table(("count",) * 4)
    figures = evaluate(model_of(dataset), dataset, importance_samples=8)
    assert figures.note == OF_COUNTS
    assert figures.mse is not None
    assert figures.mse > 0


def test_the_note_on_units_gives_the_logarithm_of_the_jacobian() -> None:
    dataset = table(("number",) * 3)
    scale = dataset.description.transform.scale
    note = units_note(dataset.description, Gaussian(torch.zeros(1, 3), 1.0))
    assert f"lower by {np.log(scale.astype(float)).sum():.5g} nats" in note
    # The density of the standardized values, moved by the note, is the density of the values themselves.
    x = dataset.samples[:1]
    model_values = dataset.model_inputs(np.array([0]))
    of_model = float(Gaussian(torch.zeros(1, 3), 1.0).log_prob(torch.from_numpy(model_values)))
    offset = dataset.description.transform.offset
    own = (-0.5 * ((x - offset) / scale) ** 2 - np.log(scale) - 0.5 * math.log(2 * math.pi)).sum()
    assert of_model - np.log(scale).sum() == pytest.approx(float(own), rel=1e-5)


def test_a_logarithm_is_named_by_the_note_on_units() -> None:
    assert "log(1 + x) of each value" in units_note(
        table(("number",) * 3, log1p=True).description, Gaussian(torch.zeros(1, 3), 1.0)
    )


def test_a_probability_needs_no_note_on_units() -> None:
    assert units_note(table(("yes/no",) * 3).description, Bernoulli(torch.zeros(1, 3))) == ""
