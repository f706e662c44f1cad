"""A figure is defined exactly if its declared requirements are met."""

from dataclasses import replace

import pytest
import torch

from explorer.assets import shipped_runs
from explorer.config import MODEL_CONFIGS
from explorer.jobs.runs.kept_figures import kept_figures
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.evaluate import evaluate
from explorer.models import catalog

HAS = {
    "ae": {"an encoder", "a density p(x|z)", "a differentiable decoder", "a Bernoulli likelihood"},
    "vae": {
        "an encoder",
        "a density p(x|z)",
        "a differentiable decoder",
        "a Bernoulli likelihood",
        "a prior",
        "a stochastic posterior",
    },
    "gan": {"a prior", "a differentiable decoder"},
}


@pytest.mark.parametrize("family", HAS)
@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("latent_dim", [1, 2])
def test_a_figure_is_defined_just_where_its_needs_are_met(digits, family, labelled, latent_dim):
    config = catalog.resolve(MODEL_CONFIGS[family](latent_dim=latent_dim), digits.description)
    model = catalog.build(config, digits.description, torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    data = digits if labelled else replace(digits, labels=None)
    figures = evaluate(model, data, importance_samples=1)
    has = HAS[family] | ({"labels"} if labelled else set()) | ({"two latent dimensions"} if latent_dim > 1 else set())
    for figure in FIGURES:
        met = set(figure.needs) <= has
        assert (figures[figure.name] is not None) == met, (figure.name, figures.not_defined.get(figure.name))


def test_the_shipped_runs_have_all_that_they_can(digits):
    ae, vae = (kept_figures(path).figures for path in shipped_runs() if path.name.startswith("digits"))
    lacking = {figure.name for figure in FIGURES if vae[figure.name] is None}
    assert lacking == {"psnr_corrupted", "psnr_restored", "active_fraction", "dead_units"}
    assert lacking < {figure.name for figure in FIGURES if ae[figure.name] is None}
