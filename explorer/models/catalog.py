"""The catalogue of model families, filled by `register` and by the entry points of plug-ins.

From a config to a model:

1. `resolve` checks the config against the data and replaces "auto" and empty settings, by a function of the family.
2. A model is built on torch's meta device, where tensors have shapes but no memory. Its number of weights is checked.
3. `build` allocates the weights on the CPU and draws them from a seeded generator; `restore` instead assigns given
   weights, after comparing their names, dtypes and shapes.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, TypeVar

import torch
from torch import Tensor

from explorer import extras
from explorer.config import MODEL_CONFIGS, ConfigError, DataConfig, ModelConfig, RunConfig, TrainConfig, suggestion
from explorer.data.dataset import Description
from explorer.models.latent_model import LatentModel
from explorer.models.layers import initialise
from explorer.models.networks import normalizes_batches

Model = TypeVar("Model", bound=type[LatentModel])
Warnings = Callable[[RunConfig, Description], tuple[str, ...]]

GROUPS = ("Linear", "Nonlinear", "Corrupted", "Sparse", "Variational", "Adversarial", "Words")
"""The headings under which families are listed, in order; other headings of plug-ins follow."""


REFERENCE_SAMPLES = 1437
"""Number of training samples of the digits, on which the default numbers of epochs were measured."""
DEFAULT_EPOCHS = 160
"""Default number of epochs on `REFERENCE_SAMPLES` samples, for families that give no other."""


def no_warnings(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return no warnings."""
    return ()


@dataclass(frozen=True)
class Family:
    """One entry of the catalogue.

    Attributes
    ----------
    resolve
        Checks a config against the data and replaces "auto".
    data
        The default data set of the family.
    train
        The default settings of its training.
    epochs
        The default number of epochs on `REFERENCE_SAMPLES` samples; see `epochs_for`.
    group, place
        The heading under which it is listed (see `GROUPS`), and its position there.
    warnings
        Returns warnings before a training with given settings; see `warnings`.
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
    epochs: int = DEFAULT_EPOCHS
    group: str = "Other"
    place: int = 0
    warnings: Warnings = no_warnings

    @property
    def defaults(self) -> RunConfig:
        """The config of a run for which nothing but the family is given."""
        return RunConfig(data=DataConfig(source=self.data), model=self.config_type(), train=self.train)

    def epochs_for(self, samples: int) -> int:
        """Return the default number of epochs for a number of training samples.

        Above `REFERENCE_SAMPLES` it falls with the square root of the number, so the number of steps rises with it:
        more samples need more steps, but fewer passes. Below, it stays the same: fewer samples need as many passes,
        and more would overfit. ``docs/models.md`` has the measurements.
        """
        passes = self.epochs * min(1.0, math.sqrt(REFERENCE_SAMPLES / max(samples, 1)))
        return self.train.epochs or max(1, round(passes))


MAX_WEIGHTS = 500_000_000
"""Maximum number of weights: 8 GB in float32 with gradients and Adam's two moments. More is taken for a mistake."""

FAMILIES: dict[str, Family] = {}
PLUGIN_PROBLEMS: dict[str, str] = {}
"""The reason for each plug-in that failed to import, by the name of its entry point."""
extras.REGISTRIES.append((FAMILIES, lambda family: family.model_type.__module__))
extras.REGISTRIES.append((MODEL_CONFIGS, lambda config: config.__module__))


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
    epochs: int = DEFAULT_EPOCHS,
    group: str = "Other",
    place: int = 0,
    warnings: Warnings = no_warnings,
) -> Callable[[Model], Model]:
    """Register the decorated model class as a family.

    Parameters
    ----------
    title, short_title, summary
        Shown in lists, beside a plane, and as a description of one sentence.
    data
        The default data set of the family.
    train
        Settings of the training that suit it better than the defaults: ``{"batch_size": 64}``.
    epochs
        The default number of epochs on up to about 1,400 samples; more samples get fewer (`Family.epochs_for`).
    group, place
        The heading under which it is listed, one of `GROUPS` or another, and its position there, smallest first.
    warnings
        Returns sentences on problems of these settings with this data that are known before the training.

    Raises
    ------
    ValueError
        If another family has the name.
    """

    def enter(model_type: Model) -> Model:
        if name in FAMILIES:
            taken = FAMILIES[name].model_type
            raise ValueError(f"the name {name!r} is already taken by {taken.__module__}.{taken.__qualname__}")
        # A class variable, so that a config knows its family without storing it as a field.
        config.family = name
        MODEL_CONFIGS[name] = config
        training = TrainConfig(**(train or {}))
        FAMILIES[name] = Family(
            name,
            title,
            short_title,
            summary,
            config,
            model_type,
            resolve,
            data,
            training,
            epochs,
            group,
            place,
            warnings,
        )
        return model_type

    return enter


def families() -> tuple[Family, ...]:
    """Return all families, including those of plug-ins, sorted by group, position and title."""
    load_plugins()
    return tuple(sorted(FAMILIES.values(), key=_listed_at))


def _listed_at(family: Family) -> tuple[int, str, int, str]:
    known = family.group in GROUPS
    return GROUPS.index(family.group) if known else len(GROUPS), family.group, family.place, family.title


def family(name: str) -> Family:
    """Return the family with this name.

    Raises
    ------
    ConfigError
        If the name is unknown (the message lists the choices), or its plug-in failed (the message has the reason).
    """
    load_plugins()
    if name in PLUGIN_PROBLEMS and name not in FAMILIES:
        raise ConfigError(f"model {name!r} is unusable: {PLUGIN_PROBLEMS[name]}")
    if name not in FAMILIES:
        raise ConfigError(f"unknown model {name!r}: {suggestion(name, sorted(FAMILIES))}")
    return FAMILIES[name]


def resolve(config: ModelConfig, description: Description) -> ModelConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        If settings do not fit the data, or the model would be too large.
    """
    entry = family(config.family)
    if description.of_words and not entry.model_type.takes_words:
        raise ConfigError(
            f"model {config.family} reconstructs its samples, but those of {description.name} are words, known only by "
            "their contexts: use skip-gram, or documents such as topics"
        )
    resolved = entry.resolve(config, description)
    # On the meta device counting costs no memory, however large the model is.
    weights = sum(parameter.numel() for parameter in _on_meta(resolved, description).parameters())
    if weights > MAX_WEIGHTS:
        raise ConfigError(
            f"the model would have {weights / 1e6:,.0f} million weights for samples of shape {description.shape}; "
            f"the limit is {MAX_WEIGHTS / 1e6:,.0f} million: choose narrower layers or smaller pictures"
        )
    return resolved


def warnings(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return warnings, as sentences, about a run before it is trained."""
    entry, found = family(config.model.family), []
    if config.train.batch_size == 1 and normalizes_batches(config.model):
        found.append("Batch normalization has no effect in batches of a single sample. Use a larger batch size.")
    if config.train.patience > 0 and not entry.model_type.has_validation_loss:
        found.append(f"{entry.short_title} has no validation loss that ranks its weights. Set Patience to 0.")
    return (*entry.warnings(config, description), *found)


def build(config: ModelConfig, description: Description, generator: torch.Generator) -> LatentModel:
    """Build a model on the CPU from a resolved config, with initial weights drawn from ``generator``.

    It is in evaluation mode, as every model outside of a training step.
    """
    model = _on_meta(config, description).to_empty(device="cpu").eval()
    initialise(model, generator)
    return model


def restore(config: ModelConfig, description: Description, weights: Mapping[str, Tensor]) -> LatentModel:
    """Build a model from a resolved config around given weights, in evaluation mode.

    Nothing is allocated, so that a config that does not match its checkpoint costs no memory.

    Raises
    ------
    ConfigError
        If names, dtypes or shapes differ; the message has the first tensor that does.
    """
    model = _on_meta(config, description).eval()
    wanted = {name: _kind(tensor) for name, tensor in model.state_dict().items()}
    found = {name: _kind(tensor) for name, tensor in weights.items()}
    for name in [*wanted, *found]:
        if wanted.get(name) != found.get(name):
            actual, expected = found.get(name, "absent"), wanted.get(name, "absent")
            raise ConfigError(f"tensor {name} is {actual} in the file, but {expected} according to the config")
    model.load_state_dict(dict(weights), assign=True)  # the model takes the given tensors; nothing is copied
    return model


def wanted_tensors(config: ModelConfig, description: Description) -> dict[str, Tensor]:
    """Return the tensors of a resolved config's model, by name and in order, on the meta device."""
    return dict(_on_meta(config, description).state_dict())


def count_weights(config: ModelConfig, description: Description) -> int:
    """Return the number of weights and buffers of a resolved config's model.

    Raises
    ------
    ConfigError
        If the model cannot be built.
    """
    return sum(tensor.numel() for tensor in wanted_tensors(config, description).values())


def _on_meta(config: ModelConfig, description: Description) -> LatentModel:
    """Build a model whose weights have shapes but no memory."""
    try:
        with torch.device("meta"):
            return family(config.family).model_type(config, description)
    except (RuntimeError, TypeError, OverflowError) as error:
        problem = str(error).partition("\n")[0]
        raise ConfigError(f"cannot build a model of these sizes for {description.shape} ({problem})") from error


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


@functools.cache
def load_plugins() -> None:
    """Import every entry point of ``latent_explorer.models``, once; record failures in `PLUGIN_PROBLEMS`."""
    found = extras.load_plugins(lambda: entry_points(group="latent_explorer.models"), lambda point: point.load())
    PLUGIN_PROBLEMS.update(found)
