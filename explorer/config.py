"""What a run is made from: frozen, validated configs and their JSON form.

Every field carries a label, a help text and, where it has them, a range and a unit; the window's form, ``--set`` and
the documentation are all built from these (see `describe_fields`).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

__all__ = [
    "MODEL_CONFIGS",
    "STRICT",
    "ConfigError",
    "DataConfig",
    "FieldDescription",
    "ModelConfig",
    "RunConfig",
    "TrainConfig",
    "config_from_json",
    "config_to_json",
    "describe_fields",
    "replace",
    "set_values",
    "setting",
]

STRICT = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)


class ConfigError(ValueError):
    """A setting that is unknown or out of its range; the message names it and what would be right."""


def setting(
    default: Any, label: str, help: str, *, unit: str = "", advanced: bool = False, when: str = "", **limits: Any
) -> Any:
    """Declare a config field: what the form shows beside it, and the range it must keep.

    Parameters
    ----------
    default
        The value that works at once.
    label, help, unit
        Shown in the window and by ``--help``.
    advanced
        Whether the form hides the field behind "More settings".
    when
        Which other setting of the section makes this one matter, as ``"corruption != none"`` or
        ``"likelihood = gaussian|auto"``; the form shows the field only then.
    **limits
        pydantic's own: ``ge``, ``gt``, ``le``, ``lt``, ``min_length``, ``max_length``.
    """
    extra: dict[str, Any] = {"unit": unit, "advanced": advanced, "when": when}
    return Field(default=default, title=label, description=help, json_schema_extra=extra, **limits)


Config = TypeVar("Config")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DataConfig:
    """Which samples, how they are converted, and how they are split."""

    source: str = setting("digits", "Data", "A catalogue name, or a file or folder of your own.", min_length=1)
    picture_size: int = setting(
        0,
        "Picture size",
        "Pictures of a folder are resized to this many pixels square; 0 keeps their size.",
        unit="pixels",
        advanced=True,
        ge=0,
        le=1024,
    )
    picture_mode: Literal["auto", "grey", "colour"] = setting(
        "auto",
        "Picture colours",
        "Whether pictures of a folder are read as grey, as colour, or as they are.",
        advanced=True,
    )
    samples_key: str = setting(
        "", "Samples array", "Name of the samples array in an .npz file; empty finds it.", advanced=True
    )
    label_column: str = setting("", "Label column", "Column or array with the classes; empty finds it.", advanced=True)
    attribute_columns: tuple[str, ...] = setting(
        (), "Attribute columns", "Columns to colour by that are no features.", advanced=True
    )
    group_column: str = setting(
        "",
        "Group column",
        "Samples of one group stay in one split (for example one person's pictures).",
        advanced=True,
    )
    split_column: str = setting(
        "", "Split column", "A column that says train, validation or test for each sample.", advanced=True
    )
    validation_fraction: float = setting(
        0.1,
        "Validation share",
        "Share of the samples kept for the validation curves.",
        advanced=True,
        gt=0,
        le=0.45,
    )
    test_fraction: float = setting(
        0.1,
        "Test share",
        "Share of the samples kept for the figures; published test splits are kept.",
        advanced=True,
        gt=0,
        le=0.45,
    )
    binarise: bool = setting(
        False,
        "Random binarisation",
        "Take grey values as probabilities and draw zeros and ones from them, anew in each epoch: a Bernoulli ELBO is "
        "then a true bound.",
        advanced=True,
    )
    vocabulary: int = setting(
        2000,
        "Vocabulary",
        "How many terms of a text are kept, the most frequent first.",
        unit="terms",
        advanced=True,
        ge=10,
        le=20_000,
    )
    text_as: Literal["documents", "words"] = setting(
        "documents",
        "Samples of a text",
        "Whether the samples of a text file or folder are its documents or its words.",
        advanced=True,
    )
    split_seed: int = setting(
        0, "Split seed", "Seed of the split into train, validation and test.", advanced=True, ge=0, le=2**31 - 1
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ModelConfig:
    """What every family of models has; each family extends it with its own fields.

    ``family`` is the catalogue name, set on the class by `explorer.models.catalog.register`.
    """

    family: ClassVar[str] = ""

    latent_dim: int = setting(2, "Latent dim", "How many numbers the bottleneck lets through.", ge=1, le=64)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainConfig:
    """How a model is trained. Two runs of equal config, versions and threads have equal weights."""

    epochs: int = setting(40, "Epochs", "How often every training sample is seen.", ge=1, le=100_000)
    batch_size: int = setting(128, "Batch", "Samples per step.", unit="samples", ge=1, le=65_536)
    learning_rate: float = setting(1e-3, "Learning rate", "Adam's step size.", advanced=True, gt=0, le=1)
    learning_rate_schedule: Literal["constant", "cosine", "stages"] = setting(
        "constant",
        "Learning rate over time",
        "Constant; down to 0 along a cosine; or in stages of 1, 3, 9, … epochs, each 10^(1/7) times lower, down to a "
        "tenth.",
        advanced=True,
    )
    beta1: float = setting(
        0.9,
        "Adam's β₁",
        "How long Adam remembers the direction of its steps; adversarial games want less than the usual 0.9.",
        advanced=True,
        ge=0,
        le=0.999,
    )
    weight_decay: float = setting(0.0, "Weight decay", "Adam's L2 penalty on the weights.", advanced=True, ge=0, le=1)
    seed: int = setting(
        0, "Seed", "Determines initial weights, order of samples and noise.", advanced=True, ge=0, le=2**31 - 1
    )
    fraction: float = setting(
        1.0,
        "First look",
        "Share of the training split that is used; a small one gives a first look in seconds.",
        advanced=True,
        gt=0,
        le=1,
    )
    threads: int = setting(
        0,
        "Threads",
        "Processor threads of the training; 0 takes all cores but one.",
        advanced=True,
        ge=0,
        le=1024,
    )
    corruption: Literal["none", "gaussian", "salt and pepper", "speckle", "blocks", "pixels", "half plane"] = setting(
        "none",
        "Corruption",
        "What is done to each sample before the encoder sees it; the loss compares with the clean sample.",
    )
    corruption_level: float = setting(
        0.3,
        "Corruption level",
        "Standard deviation of the noise (values in [0, 1], or standardised), or the share that is hit or hidden.",
        ge=0,
        le=1,
        when="corruption != none",
    )
    precision: Literal["float32", "bfloat16"] = setting(
        "float32", "Precision", "Arithmetic of the training; bfloat16 is for GPUs.", advanced=True
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RunConfig:
    """One training, whole: data, model and training."""

    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)


MODEL_CONFIGS: dict[str, type[ModelConfig]] = {}
"""Family name to config class; filled by `explorer.models.catalog.register`."""


def replace(config: Config, **changes: Any) -> Config:
    """Give ``config`` with some fields changed, as `dataclasses.replace` does.

    Raises
    ------
    ConfigError
        For an unknown field or a value out of its range.
    """
    values = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}  # type: ignore[arg-type]
    return _build(type(config), values | changes, _section(type(config)))


def config_to_json(config: RunConfig) -> dict[str, Any]:
    """Give the config as plain JSON values; the model's section names its family."""
    model = {"family": config.model.family, **_plain(config.model)}
    return {"data": _plain(config.data), "model": model, "train": _plain(config.train)}


def config_from_json(data: Mapping[str, Any]) -> RunConfig:
    """Rebuild a config from `config_to_json`'s values.

    Raises
    ------
    ConfigError
        For an unknown family, an unknown key or a value out of its range.
    """
    try:
        model = dict(data["model"])
        family = model.pop("family")
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError("the config has no model section with a family") from error
    if unknown := sorted(set(data) - {"data", "model", "train"}):
        raise ConfigError(f"the config has a section {unknown[0]!r}; its sections are data, model and train")
    if not isinstance(family, str) or family not in MODEL_CONFIGS:
        raise ConfigError(f"unknown model family {family!r}: choose from {', '.join(sorted(MODEL_CONFIGS))}")
    return RunConfig(
        data=_build(DataConfig, data.get("data", {}), "data"),
        model=_build(MODEL_CONFIGS[family], model, "model"),
        train=_build(TrainConfig, data.get("train", {}), "train"),
    )


def set_values(config: RunConfig, assignments: Mapping[str, str]) -> RunConfig:
    """Apply ``{"model.beta": "4"}``-like assignments, as ``--set`` gives them.

    Text is read as the field's type; tuples are comma-separated.

    Raises
    ------
    ConfigError
        For an unknown key (naming the known ones) or a value that does not fit.
    """
    for key, text in assignments.items():
        section, _, name = key.partition(".")
        part = getattr(config, section, None) if section in {"data", "model", "train"} else None
        if part is None:
            raise ConfigError(f"{key}: settings are named data.…, model.… or train.…, for example model.latent_dim")
        known = {field.name: field for field in describe_fields(type(part))}
        if name not in known:
            raise ConfigError(f"{key}: no such setting; {section} has {', '.join(known)}")
        value: Any = [item.strip() for item in text.split(",") if item.strip()] if known[name].is_list else text
        changed = _build(type(part), {**_plain(part), name: value}, section)
        config = replace(config, **{section: changed})
    return config


@plain_dataclass(frozen=True)
class FieldDescription:
    """One config field as a form needs it.

    ``choices`` is non-empty for a fixed set of words; ``minimum`` and ``maximum`` are None where open;
    ``exclusive_minimum`` says that the minimum itself is not allowed; ``kind`` is ``"int"``, ``"float"``, ``"bool"``,
    ``"text"``, ``"choice"`` or ``"list"``, with ``item_kind`` the kind of a list's items and
    ``longest`` how many it may have; ``when`` as in `setting`.
    """

    name: str
    label: str
    help: str
    unit: str
    advanced: bool
    kind: str
    item_kind: str
    default: Any
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    when: str = ""
    longest: int | None = None

    @property
    def is_list(self) -> bool:
        """Whether the value is a tuple of items."""
        return self.kind == "list"

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Say whether the field matters beside the other settings of its section, by its ``when``."""
        if not self.when:
            return True
        name, sign, wanted = self.when.rpartition("!=" if "!=" in self.when else "=")
        if not sign or name.strip() not in values:
            raise ValueError(f"{self.name}: when = {self.when!r} must name a setting beside it, = or !=, and values")
        is_one = str(values[name.strip()]) in {choice.strip() for choice in wanted.split("|")}
        return is_one != (sign == "!=")


def describe_fields(config_type: type) -> tuple[FieldDescription, ...]:
    """Describe a config class's own fields, in order, for forms and ``--set``."""
    fields: dict[str, Any] = config_type.__pydantic_fields__  # type: ignore[attr-defined]
    return tuple(_describe(name, info) for name, info in fields.items())


def _describe(name: str, info: Any) -> FieldDescription:
    extra = info.json_schema_extra or {}
    limits: dict[str, Any] = {}
    for constraint in info.metadata:
        limits |= {key: getattr(constraint, key) for key in _LIMITS if hasattr(constraint, key)}
    kind, item_kind = _kind(info.annotation)
    return FieldDescription(
        name=name,
        label=info.title or name,
        help=info.description or "",
        unit=extra.get("unit", ""),
        advanced=extra.get("advanced", False),
        kind=kind,
        item_kind=item_kind,
        default=info.default,
        choices=tuple(get_args(info.annotation)) if kind == "choice" else (),
        minimum=limits.get("ge", limits.get("gt")),
        maximum=limits.get("le", limits.get("lt")),
        exclusive_minimum="gt" in limits,
        longest=limits.get("max_length"),
        when=extra.get("when", ""),
    )


_LIMITS = ("ge", "gt", "le", "lt", "max_length")
_KINDS = {bool: "bool", int: "int", float: "float", str: "text"}


def _kind(annotation: Any) -> tuple[str, str]:
    if get_origin(annotation) is Literal:
        return "choice", ""
    if get_origin(annotation) is tuple:
        return "list", _KINDS[get_args(annotation)[0]]
    return _KINDS[annotation], ""


def _plain(config: Any) -> dict[str, Any]:
    values: dict[str, Any] = TypeAdapter(type(config)).dump_python(config, mode="json")
    return values


def _section(config_type: type) -> str:
    return {DataConfig: "data", TrainConfig: "train", RunConfig: "config"}.get(config_type, "model")


def _build(config_type: type[Config], values: Mapping[str, Any], section: str) -> Config:
    try:
        return config_type(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join([section, *(str(part) for part in first["loc"])])
        if first["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
            known = ", ".join(field.name for field in dataclasses.fields(config_type))  # type: ignore[arg-type]
            raise ConfigError(f"{name}: no such setting; {section} has {known}") from error
        raise ConfigError(f"{name} = {first['input']!r}: {first['msg']}") from error
    except TypeError as error:
        raise ConfigError(f"{section}: {error}") from error
