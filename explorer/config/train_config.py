"""The settings of the training."""

from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config.fields import STRICT, setting

CorruptionName = Literal["none", "gaussian", "salt and pepper", "speckle", "blocks", "pixels", "half plane"]
"""The kinds that `explorer.data.corruption` has; a new one is a function there and its name here."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainConfig:
    """How a model is trained. Two runs with equal config, versions and threads have equal weights."""

    epochs: int = setting(40, "Epochs", "Number of passes over the training samples.", ge=1, le=100_000)
    batch_size: int = setting(128, "Batch", "Samples per step.", unit="samples", ge=1, le=65_536)
    learning_rate: float = setting(1e-3, "Learning rate", "Adam's step size.", advanced=True, gt=0, le=1)
    learning_rate_schedule: Literal["constant", "cosine", "stages"] = setting(
        "constant",
        "Learning rate over time",
        "Constant; falling to 0 along a cosine; or in stages of 1, 3, 9, … epochs, each lower by a factor of "
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
        "First look",
        "Share of the training split to train on; a small share gives a first result in seconds.",
        advanced=True,
        gt=0,
        le=1,
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
        "Noise or masking applied to each sample before the encoder; the loss compares with the clean sample.",
    )
    corruption_level: float = setting(
        0.3,
        "Corruption level",
        "Standard deviation of the noise (for values in [0, 1], or standardised), or the share of pixels changed or "
        "hidden.",
        ge=0,
        le=1,
        when="corruption != none",
    )
    log_likelihood: int = setting(
        64,
        "Samples of log p(x)",
        "Number of validation samples for the curve of log p(x), estimated at some epochs for families with a "
        "posterior and a prior; 0 turns it off. It changes no weights.",
        unit="samples",
        advanced=True,
        ge=0,
        le=10_000,
    )
    precision: Literal["float32", "bfloat16"] = setting(
        "float32", "Precision", "Number format of the training; bfloat16 is meant for GPUs.", advanced=True
    )
    replay: int = setting(
        100,
        "Replay",
        "Maximum number of moments of the training, with their weights, to keep for the epoch scrubber; 0 keeps none.",
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
