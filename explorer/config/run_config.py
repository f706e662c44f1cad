"""The whole config of a run, and the settings that all model families share."""

import dataclasses
from typing import ClassVar

from pydantic.dataclasses import dataclass

from explorer.config.data_config import DataConfig
from explorer.config.fields import STRICT, setting
from explorer.config.train_config import TrainConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ModelConfig:
    """The settings that all model families share; each family extends them by its own.

    ``family`` is the catalogue name, set on the class by `explorer.models.catalog.register`.
    """

    family: ClassVar[str] = ""

    latent_dim: int = setting(2, "Latent dim", "Number of latent dimensions: the width of the bottleneck.", ge=1, le=64)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RunConfig:
    """The settings of one run: data, model and training."""

    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)


MODEL_CONFIGS: dict[str, type[ModelConfig]] = {}
"""The config class of each family by name; `explorer.models.catalog.register` fills it."""
