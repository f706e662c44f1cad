"""Small descriptions and models for the tests of the families."""

from typing import Any

import numpy as np
import torch

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, ModelConfig
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.models import catalog
from explorer.models.latent_model import LatentModel


def description(shape: tuple[int, ...], *, unit_range: bool | None = None) -> Description:
    image = len(shape) == 3
    return Description(
        name="made up",
        kind="image" if image else "vector",
        shape=shape,
        transform=Transform(np.float32(0), np.float32(1)),
        unit_range=image if unit_range is None else unit_range,
        value_range=(0.0, 1.0),
    )


def config_of(family: str, **settings: Any) -> ModelConfig:
    return MODEL_CONFIGS[family](**settings)


def build(family: str, shape: tuple[int, ...], seed: int = 0, **settings: Any) -> LatentModel:
    about = description(shape)
    config = catalog.resolve(config_of(family, **settings), about)
    return catalog.build(config, about, torch.Generator().manual_seed(seed))


def draw(shape: tuple[int, ...], seed: int = 1, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)
