"""The catalogue of model families, filled by `register` and by plug-ins' entry points."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, TypeVar

import torch
from torch import Tensor

from explorer.config import MODEL_CONFIGS, ConfigError, DataConfig, ModelConfig, RunConfig, TrainConfig
from explorer.data.dataset import Description
from explorer.models.latent_model import LatentModel
from explorer.models.networks import initialise

Model = TypeVar("Model", bound=type[LatentModel])
Warnings = Callable[[RunConfig, Description], tuple[str, ...]]

GROUPS = ("Linear", "Nonlinear", "Corrupted", "Sparse", "Variational", "Adversarial", "Words")
"""The heads under which families are listed, in their order; those of plug-ins with a head of their own follow."""


def no_warnings(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Have nothing to warn of."""
    return ()


@dataclass(frozen=True)
class Family:
    """One entry of the catalogue.

    Attributes
    ----------
    resolve
        Checks a config against the data and replaces what is "auto".
    data
        The data set that it is tried on where none is named.
    train
        The settings of a training that suit it, where they are not `TrainConfig`'s own.
    group, place
        Under which head it is listed (see `GROUPS`), and where there.
    warnings
        What a user should know before a training with these settings, in sentences; see `warnings`.
    """

    name: str
    title: str
    short_title: str
    summary: str
    config_type: type[ModelConfig]
    model_type: type[LatentModel]
    resolve: Callable[[Any, Description], ModelConfig]
    data: str = "digits"
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)
    group: str = "Other"
    place: int = 0
    warnings: Warnings = no_warnings

    @property
    def defaults(self) -> RunConfig:
        """The settings of a run that names nothing but the family."""
        return RunConfig(data=DataConfig(source=self.data), model=self.config_type(), train=self.train)


MAX_WEIGHTS = 500_000_000
"""With gradients and Adam's two moments, 8 GB in float32; a config that asks for more is taken for a slip."""

FAMILIES: dict[str, Family] = {}
PLUGIN_PROBLEMS: dict[str, str] = {}


def register(
    name: str,
    *,
    title: str,
    short_title: str,
    summary: str,
    config: type[ModelConfig],
    resolve: Callable[[Any, Description], ModelConfig],
    data: str = "digits",
    train: Mapping[str, Any] | None = None,
    group: str = "Other",
    place: int = 0,
    warnings: Warnings = no_warnings,
) -> Callable[[Model], Model]:
    """Enter a family under its name; used as a decorator of the model class.

    Parameters
    ----------
    title, short_title, summary
        For people: as in a list, as beside a plane, in one sentence.
    data
        The data set that it is tried on where none is named.
    train
        Settings of a training that suit it better than the defaults, ``{"epochs": 200}``.
    group, place
        The head under which it is listed, one of `GROUPS` or its own, and where there: the smallest first.
    warnings
        Gives sentences on what a run of these settings on this data will not do, known before it is trained.

    Raises
    ------
    ValueError
        When another family has that name.
    """

    def enter(model_type: Model) -> Model:
        if name in FAMILIES:
            taken = FAMILIES[name].model_type
            raise ValueError(f"the name {name!r} is already taken by {taken.__module__}.{taken.__qualname__}")
        config.family = name
        MODEL_CONFIGS[name] = config
        training = TrainConfig(**(train or {}))
        FAMILIES[name] = Family(
            name, title, short_title, summary, config, model_type, resolve, data, training, group, place, warnings
        )
        return model_type

    return enter


def families() -> tuple[Family, ...]:
    """Return all families, those of plug-ins included: by group, then by their place in it, then by title."""
    load_plugins()
    return tuple(sorted(FAMILIES.values(), key=_listed_at))


def _listed_at(family: Family) -> tuple[int, str, int, str]:
    known = family.group in GROUPS
    return GROUPS.index(family.group) if known else len(GROUPS), family.group, family.place, family.title


def family(name: str) -> Family:
    """Return a family by name.

    Raises
    ------
    ConfigError
        For an unknown name, listing the choices, and for a plug-in that failed, with its reason.
    """
    load_plugins()
    if name in PLUGIN_PROBLEMS and name not in FAMILIES:
        raise ConfigError(f"model {name!r} cannot be used: {PLUGIN_PROBLEMS[name]}")
    if name not in FAMILIES:
        raise ConfigError(f"unknown model {name!r}: choose from {', '.join(sorted(FAMILIES))}")
    return FAMILIES[name]


def resolve(config: ModelConfig, description: Description) -> ModelConfig:
    """Check a config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        For settings that do not fit the data, or a model of a size that no machine holds.
    """
    entry = family(config.family)
    if description.of_words and not entry.model_type.takes_words:
        raise ConfigError(
            f"model {config.family} takes samples that it gives back; those of {description.name} are words, known by "
            "their contexts alone: take skip-gram, or documents such as topics"
        )
    resolved = entry.resolve(config, description)
    weights = sum(parameter.numel() for parameter in _on_meta(resolved, description).parameters())
    if weights > MAX_WEIGHTS:
        raise ConfigError(
            f"the model would have {weights / 1e6:,.0f} million weights for samples of shape {description.shape}; "
            f"at most {MAX_WEIGHTS / 1e6:,.0f} million are possible: choose narrower layers or smaller pictures"
        )
    return resolved


def warnings(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return what a user should know of a run before it is trained: sentences; empty where there is nothing to say."""
    return family(config.model.family).warnings(config, description)


def build(config: ModelConfig, description: Description, generator: torch.Generator) -> LatentModel:
    """Build a model on the CPU from a resolved config, its initial weights drawn from ``generator``."""
    model = _on_meta(config, description).to_empty(device="cpu")
    initialise(model, generator)
    return model


def restore(config: ModelConfig, description: Description, weights: Mapping[str, Tensor]) -> LatentModel:
    """Build a model around given weights; nothing is allocated, so that a lying config costs no memory.

    Raises
    ------
    ConfigError
        Where names, types or shapes differ, naming the first tensor that does not fit.
    """
    model = _on_meta(config, description)
    wanted = {name: _kind(tensor) for name, tensor in model.state_dict().items()}
    found = {name: _kind(tensor) for name, tensor in weights.items()}
    for name in [*wanted, *found]:
        if wanted.get(name) != found.get(name):
            is_now, should_be = found.get(name, "absent"), wanted.get(name, "absent")
            raise ConfigError(f"tensor {name} is {is_now} in the file, the config makes it {should_be}")
    model.load_state_dict(dict(weights), assign=True)
    return model


def wanted_tensors(config: ModelConfig, description: Description) -> dict[str, Tensor]:
    """Return the tensors of a model of a resolved config, by name and in order, on the meta device."""
    return dict(_on_meta(config, description).state_dict())


def _on_meta(config: ModelConfig, description: Description) -> LatentModel:
    """Build a model whose weights have shapes and no memory."""
    try:
        with torch.device("meta"):
            return family(config.family).model_type(config, description)
    except (RuntimeError, TypeError, OverflowError) as error:
        problem = str(error).partition("\n")[0]
        raise ConfigError(f"no model of these sizes can be built for {description.shape} ({problem})") from error


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


@functools.cache
def load_plugins() -> None:
    """Import every ``latent_explorer.models`` entry point once; a failure is kept in `PLUGIN_PROBLEMS`."""
    for point in entry_points(group="latent_explorer.models"):
        try:
            point.load()
        except (Exception, SystemExit) as error:  # a plug-in may fail in any way, and must harm nothing
            PLUGIN_PROBLEMS[point.name] = " ".join(f"{type(error).__name__}: {error}".split())
