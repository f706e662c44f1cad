"""The whole config of a run, and the settings that all model families share."""

import dataclasses
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from explorer.config.data_config import DataConfig
from explorer.config.fields import STRICT, setting

MAX_LATENT_DIM = 1024
"""Maximum number of latent dimensions."""

CorruptionName = Literal["none", "gaussian", "salt and pepper", "speckle", "blocks", "pixels", "half plane"]
"""The kinds that `explorer.data.corruption` defines; a new kind is a function there and its name here."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainConfig:
    """How a model is trained. Two runs with equal config, versions and threads have equal weights."""

    epochs: int = setting(
        0,
        "Epochs",
        "Number of passes over the training samples; 0 is the default of the model for their number.",
        ge=0,
        le=100_000,
    )
    batch_size: int = setting(128, "Batch size", "Samples per step.", unit="samples", ge=1, le=65_536)
    learning_rate: float = setting(1e-3, "Learning rate", "Adam's step size.", advanced=True, gt=0, le=1)
    learning_rate_schedule: Literal["constant", "cosine", "stages"] = setting(
        "constant",
        "Learning rate over time",
        "Constant; falling to 0 along a cosine; or falling in stages of 1, 3, 9, … epochs, each by a factor of "
        "10^(1/7), down to a tenth.",
        advanced=True,
    )
    beta1: float = setting(
        0.9,
        "Adam's β₁",
        "Decay rate of Adam's running mean of gradients; adversarial training works better below the usual 0.9.",
        advanced=True,
        ge=0,
        le=0.999,
    )
    weight_decay: float = setting(0.0, "Weight decay", "L2 penalty on the weights.", advanced=True, ge=0, le=1)
    # Seeds fit into 31 bits, which every generator accepts.
    seed: int = setting(
        0,
        "Seed",
        "Determines the initial weights, the order of samples and the noise.",
        advanced=True,
        ge=0,
        le=2**31 - 1,
    )
    fraction: float = setting(
        1.0,
        "Share of the data",
        "Share of the training split to train on; a small share gives a first result in seconds.",
        advanced=True,
        gt=0,
        le=1,
    )
    patience: int = setting(
        0,
        "Patience",
        "Early stopping ends the training after this number of epochs without a lower validation loss, counted from "
        "the end of all schedules; 0 trains all epochs.",
        unit="epochs",
        advanced=True,
        ge=0,
        le=100_000,
    )
    threads: int = setting(
        0,
        "Threads",
        "Processor threads for the training; 0 uses all cores but one.",
        advanced=True,
        ge=0,
        le=1024,
    )
    corruption: CorruptionName = setting(
        "none",
        "Corruption",
        "Noise or a mask, applied to each sample before it is encoded; the loss compares the decode with the "
        "clean sample.",
    )
    corruption_level: float = setting(
        0.3,
        "Corruption level",
        "Standard deviation of the noise (for values in [0, 1], or standardized), or the share of pixels changed or "
        "hidden.",
        ge=0,
        le=1,
        when="corruption != none",
    )
    log_likelihood: int = setting(
        64,
        "Samples of log p(x)",
        "Number of validation samples for the curve of log p(x), for families with a posterior and a prior; 0 "
        "turns the curve off. The weights do not depend on it.",
        unit="samples",
        advanced=True,
        ge=0,
        le=10_000,
    )
    precision: Literal["float32", "bfloat16"] = setting(
        "float32", "Precision", "Number format of the training; bfloat16 needs a GPU.", advanced=True
    )
    replay: int = setting(
        100,
        "Replay",
        "Maximum number of frames to keep for the replay, each with the weights of that step; 0 keeps none.",
        unit="frames",
        advanced=True,
        ge=0,
        le=1000,
    )
    replay_megabytes: int = setting(
        100,
        "Replay on disk",
        "Maximum size of the replay on disk; a large model gets fewer frames.",
        unit="MB",
        advanced=True,
        ge=1,
        le=1_000_000,
        when="replay != 0",
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ModelConfig:
    """The settings that all model families share; each family extends them by its own.

    ``family`` is the catalogue name, set on the class by `explorer.models.catalog.register`.
    """

    family: ClassVar[str] = ""

    latent_dim: int = setting(
        2, "Latent dimensions", "Number of latent dimensions: the width of the bottleneck.", ge=1, le=MAX_LATENT_DIM
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RunConfig:
    """The settings of one run: data, model and training."""

    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)


MODEL_CONFIGS: dict[str, type[ModelConfig]] = {}
"""The config class of each family by name; `explorer.models.catalog.register` fills it."""
