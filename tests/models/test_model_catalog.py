"""Families of other packages: working ones are used, failing ones reported, and none harms the program."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from model_cases import description
from pydantic.dataclasses import dataclass

from explorer.config import MODEL_CONFIGS, STRICT, ConfigError, ModelConfig, TrainConfig
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LinearConfig(ModelConfig):
    """No settings but the code's size."""


class Linear(LatentModel):
    """A plug-in's model: one matrix there and back."""

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)

    def __init__(self, config: LinearConfig, description: Description) -> None:
        super().__init__()
        self.config: LinearConfig = config
        self.shape = description.shape
        self.weight = torch.nn.Linear(description.features, config.latent_dim, bias=False)

    def encode(self, x: torch.Tensor, condition: torch.Tensor | None = None) -> Posterior:
        return Posterior(self.weight(x.flatten(1)))

    def decode(self, z: torch.Tensor, condition: torch.Tensor | None = None) -> Likelihood:
        return Gaussian((z @ self.weight.weight).unflatten(1, self.shape), 1.0)

    def losses(self, batch: Batch) -> Losses:
        cost = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(cost, {"reconstruction": cost})


def enter_linear() -> None:
    register = catalog.register(
        "linear",
        title="Linear",
        short_title="LIN",
        summary="One matrix.",
        config=LinearConfig,
        resolve=lambda config, description: config,
    )
    register(Linear)


class Loaded:
    """An entry point that does something when it is loaded."""

    def __init__(self, name: str, does: object) -> None:
        self.name, self.load = name, does


@pytest.fixture
def plug_ins(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Let a test add entry points, and take them out of the catalogue again."""
    found: list[object] = []
    monkeypatch.setattr(catalog, "entry_points", lambda group: found if group == "latent_explorer.models" else [])
    tables: list[dict[str, Any]] = [catalog.FAMILIES, catalog.PLUGIN_PROBLEMS, MODEL_CONFIGS]
    before = [dict(table) for table in tables]
    catalog.load_plugins.cache_clear()
    yield found
    for table, was in zip(tables, before, strict=True):
        table.clear()
        table.update(was)
    catalog.load_plugins.cache_clear()


def test_a_family_of_another_package_is_built_and_restored(plug_ins: list[object]) -> None:
    plug_ins.append(Loaded("linear", enter_linear))
    assert catalog.family("linear").short_title == "LIN"
    data = description((1, 4, 4))
    config = catalog.resolve(LinearConfig(latent_dim=3), data)
    model = catalog.build(config, data, torch.Generator().manual_seed(0))
    again = catalog.restore(config, data, model.state_dict())
    batch = torch.rand(4, *data.shape)
    assert again.encode(batch).mean.shape == (4, 3)
    step = Batch(batch, batch, torch.zeros(4, 3))
    assert torch.equal(again.losses(step).total, model.losses(step).total)


def test_a_family_that_cannot_be_loaded_says_why_and_harms_no_other(plug_ins: list[object]) -> None:
    plug_ins.append(EntryPoint("broken", "no_such_module_anywhere:load", "latent_explorer.models"))
    with pytest.raises(ConfigError, match="'broken' is unusable: ModuleNotFoundError: No module named"):
        catalog.family("broken")
    assert catalog.family("vae").short_title == "VAE"


def test_a_taken_name_stays_with_its_first_family(plug_ins: list[object]) -> None:
    before = catalog.family("vae")

    def take_vae() -> None:
        catalog.register(
            "vae", title="", short_title="", summary="", config=LinearConfig, resolve=lambda config, description: config
        )(Linear)

    plug_ins.append(Loaded("mine", take_vae))
    catalog.load_plugins.cache_clear()
    assert catalog.family("vae") is before
    assert MODEL_CONFIGS["vae"] is before.config_type
    assert "'vae' is already taken by explorer.models.variational.vae.Vae" in catalog.PLUGIN_PROBLEMS["mine"]


def test_a_misspelt_family_is_recognized(plug_ins: list[object]) -> None:
    with pytest.raises(ConfigError, match=r"unknown model 'linear': did you mean linear-ae\?"):
        catalog.family("linear")


def test_a_plugin_that_exits_on_import_does_not_end_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    point = SimpleNamespace(name="leaving", load=lambda: sys.exit("two\nlines"))
    monkeypatch.setattr(catalog, "entry_points", lambda group: [point])
    monkeypatch.setattr(catalog, "PLUGIN_PROBLEMS", {})
    catalog.load_plugins.__wrapped__()
    assert catalog.PLUGIN_PROBLEMS == {"leaving": "SystemExit: two lines"}


def test_more_samples_need_more_steps_but_fewer_epochs() -> None:
    vae = catalog.family("vae")
    assert vae.epochs_for(catalog.REFERENCE_SAMPLES) == vae.epochs
    assert vae.epochs_for(4 * catalog.REFERENCE_SAMPLES) == round(vae.epochs / 2)
    assert [vae.epochs_for(count) for count in (0, 1, 100)] == [vae.epochs] * 3  # more would overfit
    assert vae.epochs_for(10**12) == 1


def test_a_family_may_fix_its_number_of_epochs() -> None:
    fixed = replace(catalog.family("vae"), train=TrainConfig(epochs=7))
    assert fixed.epochs_for(1_000_000) == 7
