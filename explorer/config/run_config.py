"""A run's whole config, and what every family's settings begin with."""

import dataclasses
from typing import ClassVar

from pydantic.dataclasses import dataclass

from explorer.config.data_config import DataConfig
from explorer.config.fields import STRICT, setting
from explorer.config.train_config import TrainConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ModelConfig:
    """What every family of models has; each family extends it with its own fields.

    ``family`` is the catalogue name, set on the class by `explorer.models.catalog.register`.
    """

    family: ClassVar[str] = ""

    latent_dim: int = setting(2, "Latent dim", "How many numbers the bottleneck lets through.", ge=1, le=64)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RunConfig:
    """One training, whole: data, model and training."""

    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)


MODEL_CONFIGS: dict[str, type[ModelConfig]] = {}
"""Family name to config class; filled by `explorer.models.catalog.register`."""
