"""Plans the import of another program's weights: reads the network, and measures what the file does not tell.

1. Read the tensors and the data.
2. Take the network from the file; or from the settings, if they name a family or a network of its own.
3. If the network of the file takes pictures of another size, load the data again with pictures of that size.
4. Measure the reconstruction for everything that is still open: `ImportPlan.choices`, the best first.
5. If none of them reconstructs better than a constant sample, the most usual choice comes first, and the plan says so.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.config import ConfigError, RunConfig, replace
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.settings import build_config
from explorer.models.weight_import.file_choices import MEASURED, measured_choices, searched
from explorer.models.weight_import.layer_lists import HeadOrder
from explorer.models.weight_import.model_choice import ModelChoice
from explorer.models.weight_import.read_network import ReadNetwork, heads_text, read_network
from explorer.models.weight_import.settings_choices import settings_choices
from explorer.models.weight_import.weight_files import read_weights
from explorer.models.weight_import.weight_import import WeightPlan

NAMED = 8
"""Maximum number of layers or tensors that a note names."""
SAMPLES = 1_024
"""Maximum number of samples that are read; batch norms are compared with all of them."""
USEFUL = 0.9
"""A choice is taken for its reconstruction if its error is at most this share of that of the best constant sample."""
_FILE_FAMILIES = ("", "ae", "vae")
_NETWORK_SETTINGS = frozenset(
    f"model.{name}"
    for name in (
        *("network", "hidden_widths", "channels", "stride", "blocks", "normalization", "tied", "covariance"),
        *("encoder_layers", "decoder_layers", "code_activation"),
    )
)
"""Settings that describe a network: with one of them the network is not read from the file."""
PASTE = """\
If it has an encoder and a decoder, its own code can show it; in Python:
  import {package}, explorer
  model = Model()  # the class of the file
  model.load_state_dict({load})
  explorer.explore(model, data={data!r})"""


@dataclass(frozen=True)
class ImportRequest:
    """What the user asks for.

    Attributes
    ----------
    file
        A file or folder of weights.
    settings
        Assignments, such as ``{"data.source": "mnist"}``.
    family
        The family of the model; "" to take it from the file.
    renamed
        Names in the file to names in the model; ``a+b`` joins two tensors by rows.
    order
        The order of mean and log-variance in a layer that returns both; None to measure it.
    by_settings
        Whether the network is that of the settings, whichever they are.
    """

    file: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    family: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    order: HeadOrder | None = None
    by_settings: bool = False

    @property
    def names_network(self) -> bool:
        """Whether the network is that of the settings, not of the file."""
        is_named = self.family not in _FILE_FAMILIES or not _NETWORK_SETTINGS.isdisjoint(self.settings)
        return self.by_settings or is_named or bool(self.renamed)


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """A planned import.

    Attributes
    ----------
    config
        The settings of the run with those of the chosen model.
    choices
        The models that the file may be, the best reconstruction first.
    chosen
        The position of the choice that is imported.
    notes
        What was read, changed and left out, as sentences.
    mean_error
        The squared error of the mean of all samples, averaged over them.
    constant_error
        That of the best constant sample, of one grey value; what untrained weights reach at most.
    """

    file: Path
    config: RunConfig
    dataset: Dataset
    choices: tuple[ModelChoice, ...]
    mean_error: float
    constant_error: float
    chosen: int = 0
    notes: tuple[str, ...] = ()

    @property
    def choice(self) -> ModelChoice:
        """The model that is imported."""
        return self.choices[self.chosen]

    @property
    def weights(self) -> WeightPlan:
        """The matches of the chosen model."""
        return self.choice.weights

    @property
    def reconstructs(self) -> bool:
        """Whether the reconstruction of the chosen model tells anything."""
        return self.choice.mse < USEFUL * self.constant_error

    def choose(self, position: int) -> "ImportPlan":
        """Return the plan with another choice, counted from 0.

        Raises
        ------
        ConfigError
            If there is no such choice.
        """
        if not 0 <= position < len(self.choices):
            raise ConfigError(f"there are {len(self.choices)} choices, and no number {position + 1}")
        config = replace(self.config, model=self.choices[position].model)
        return with_changes(self, config=config, chosen=position)

    @property
    def summary(self) -> str:
        """What was assumed and how well it reconstructs, in one line."""
        if math.isnan(self.choice.mse):
            return f"{self.choice.words}; this family reconstructs no sample alone, so nothing was measured"
        return f"{self.choice.words}; squared error of the reconstruction {self.choice.mse:.4g} per sample"

    @property
    def certainty(self) -> str:
        """Whether the reconstruction tells the choice from the next one, as a sentence; "" with only one choice."""
        if math.isnan(self.choice.mse):
            return ""
        if not self.reconstructs:
            return (
                f"No choice reconstructs {self.dataset.name}: {self.choice.mse:.4g}, and a constant sample has "
                f"{self.constant_error:.4g}. The weights are untrained, or belong to other data or to another network; "
                "the most usual choice was taken"
            )
        others = [each for at, each in enumerate(self.choices) if at != self.chosen]
        if not others:
            return ""
        other = min(others, key=lambda each: (each.twin == "none", _finite(each.mse)))
        worse = "" if self.choice.mse < self.mean_error else f"; the mean of all samples has {self.mean_error:.4g}"
        is_settled = other.twin == "settled" and not self.chosen
        fit = "The running averages of the batch norms fit"
        mine, its = (each.words.partition(" in hidden")[0] for each in (self.choice, other))
        if is_settled:
            return f"{fit} {mine}, not {its} ({other.mse:.4g}){worse}"
        if 1.02 * other.mse < self.choice.mse and self.choice.mismatch < other.mismatch:
            return f"{fit} this choice best, not {other.words} ({other.mse:.4g}){worse}"
        if other.twin == "open" and self.choice.twin == "open":
            return f"The data does not tell {mine} from {its} ({other.mse:.4g}){worse}"
        if other.mse < self.choice.mse or _is_tie(self.choice, other):
            return f"The data does not tell this choice from the next one, {other.words} ({other.mse:.4g}){worse}"
        return f"The next best choice is {other.words} ({other.mse:.4g}){worse}"


def plan_import(
    request: ImportRequest, *, dataset: Dataset | None = None, context: LoadContext | None = None
) -> ImportPlan:
    """Read a file and find the model that its tensors fit, without writing anything.

    Parameters
    ----------
    dataset
        The data of the settings, if it is already loaded.

    Raises
    ------
    ConfigError, DataError
        If the file is refused or its tensors fit no model; the message says what was found.
    explorer.data.context.Cancelled
        If the user has cancelled.
    """
    # Read the file before the data: a refused file must not cost a long load.
    found = read_weights(request.file)
    context = context or LoadContext()
    # Without a family, settings of the model are checked once the file is read.
    settings = request.settings if request.family else _without_model(request.settings)
    config = build_config(request.family or "vae", settings)
    dataset = datasets.load(config.data, context) if dataset is None else dataset
    try:
        if request.names_network:
            return _by_settings(request, found, dataset)
        return _by_file(request, found, config, dataset, context)
    except ConfigError as error:
        raise DataError(f"{request.file}: {error}") from error


def _without_model(settings: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if not key.startswith("model.")}


def _by_settings(request: ImportRequest, found: Mapping[str, Tensor], dataset: Dataset) -> ImportPlan:
    family = request.family or _family_of(found, dataset)
    config = build_config(family, request.settings)
    x = _samples(dataset)[:MEASURED]
    given = _given(config, request.settings)
    choices = settings_choices(config.model, found, request.renamed, dataset.description, x, given)
    return _plan(request, config, dataset, choices, x, [])


def _family_of(found: Mapping[str, Tensor], dataset: Dataset) -> str:
    try:
        return read_network(found, dataset.description).family
    except ConfigError:
        return "vae"


def _by_file(
    request: ImportRequest, found: Mapping[str, Tensor], config: RunConfig, dataset: Dataset, context: LoadContext
) -> ImportPlan:
    try:
        read = read_network(found, dataset.description)
    except ConfigError as error:
        raise ConfigError(f"{error}.\n{_paste(request.file, config.data.source)}") from error
    if request.family and request.family != read.family:
        has = "one layer for the code" if read.family == "ae" else "mean and log-variance"
        raise ConfigError(f"its encoder ends with {has}: leave out --model, or write --model {read.family}")
    config = build_config(read.family, request.settings)
    given = _given(config, request.settings)
    _check_latent_dim(request, config, read)
    notes = [heads_text(read)]
    if read.left_out:
        names = ", ".join(layer.title for layer in read.left_out[:NAMED])
        notes.append(f"Left out, as no part of encoder or decoder: {names}" + (" …" * (len(read.left_out) > NAMED)))

    def report(done: float) -> None:
        context.report(int(100 * done), 100, "measuring the reconstruction")

    x = _samples(dataset)
    ranked = searched(read, found, dataset.description, x, given, request.order, lambda share: report(0.7 * share))
    # If nothing reconstructs, the sizes of the best choice say nothing either.
    is_useful = ranked[0].mse < USEFUL
    shape = ranked[0].choice.sizes.shape if is_useful else read.sizes[0].shape
    ranked = [each for each in ranked if each.choice.sizes.shape == shape]
    if shape != dataset.description.shape:
        config = replace(config, data=replace(config.data, picture_size=shape[-1]))
        dataset = _resized(config, shape, context)
        x = _samples(dataset)
        notes.append(f"Pictures are resized to {shape[1]} × {shape[2]} pixels (data.picture_size = {shape[-1]})")
    choices = measured_choices(
        ranked, read, found, dataset.description, x, given, lambda share: report(0.7 + 0.3 * share)
    )
    return _plan(request, config, dataset, choices, x[:MEASURED], notes)


def _paste(file: Path, data: str) -> str:
    package, call = "torch", "torch.load({!r}, weights_only=True)"
    if file.suffix.lower() == ".safetensors":
        package, call = "safetensors.torch", "safetensors.torch.load_file({!r})"
    return PASTE.format(package=package, load=call.format(str(file)), data=data)


def _resized(config: RunConfig, shape: tuple[int, ...], context: LoadContext) -> Dataset:
    """Load the data again with pictures of the size that the network takes."""
    dataset = datasets.load(config.data, context)
    if dataset.description.shape != shape:
        raise ConfigError(f"it takes pictures of {shape[1]} × {shape[2]} pixels, and {dataset.name} cannot be resized")
    return dataset


def _check_latent_dim(request: ImportRequest, config: RunConfig, read: ReadNetwork) -> None:
    latent_dim = read.sizes[0].latent_dim
    if "model.latent_dim" in request.settings and config.model.latent_dim != latent_dim:
        raise ConfigError(
            f"model.latent_dim = {config.model.latent_dim}, but the file has {latent_dim} latent dimensions: leave "
            "the setting out"
        )


def _plan(
    request: ImportRequest,
    config: RunConfig,
    dataset: Dataset,
    choices: list[ModelChoice],
    x: Tensor,
    notes: list[str],
) -> ImportPlan:
    """Return the plan with the best choice first; with the most usual one if no reconstruction tells anything."""
    mean_error, constant_error = _error_around(x, x.mean(0)), _error_around(x, x.mean())
    is_useful = any(choice.mse < USEFUL * constant_error for choice in choices)
    if is_useful:
        # The best choice and its twin first: the user chooses between them.
        ordered = sorted(choices, key=lambda choice: (choice.twin == "none", _finite(choice.score)))
    else:
        ordered = sorted(choices, key=lambda choice: (choice.unusualness, _finite(choice.score)))
    distinct: list[ModelChoice] = []
    for choice in ordered:
        if choice.words not in [each.words for each in distinct]:
            distinct.append(choice)
    ignored = distinct[0].weights.ignored if request.names_network else ()
    if ignored:
        notes.append(
            f"Ignored, as the model has no such tensors: {', '.join(ignored[:NAMED])}" + (" …" * (len(ignored) > NAMED))
        )
    plan = ImportPlan(
        request.file,
        config,
        dataset,
        tuple(distinct),
        mean_error,
        constant_error,
        notes=tuple(note for note in notes if note),
    )
    return plan.choose(0)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _error_around(x: Tensor, centre: Tensor) -> float:
    return float((x - centre).square().flatten(1).sum(1, dtype=torch.float64).mean())


def _given(config: RunConfig, settings: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of the model that the user has given, as values."""
    names = [key.partition(".")[2] for key in settings if key.startswith("model.")]
    return {name: getattr(config.model, name) for name in names}


def _samples(dataset: Dataset) -> Tensor:
    """Return equally spaced samples as model values, (samples, *shape)."""
    count = min(SAMPLES, len(dataset))
    index = np.linspace(0, len(dataset) - 1, count).astype(np.int64)
    # In another order: the first few of them are used alone, and data is often sorted by class.
    index = np.random.default_rng(0).permutation(index)
    return torch.from_numpy(dataset.model_inputs(index))


def _is_tie(one: ModelChoice, other: ModelChoice) -> bool:
    """Return whether the errors of two choices on the same samples differ by less than two standard errors."""
    if len(one.errors) != len(other.errors) or len(one.errors) < 2:
        return False
    apart = other.errors - one.errors
    if not np.isfinite(apart).all():
        return False
    return abs(float(apart.mean())) < 2 * float(apart.std(ddof=1)) / math.sqrt(len(apart))
