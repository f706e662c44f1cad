"""What a user gives of a model of the user's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.jobs.user_model.user_samples import Looks, as_array
from explorer.models.user_model.user_model import UserLikelihood, as_codes

Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnModel:
    """What the user gave; `explorer.explore` says what each is."""

    decode: Function
    encode: Function | None = None
    classify: Function | None = None
    samples: Any = None
    labels: Any = None
    codes: Any = None
    class_names: Sequence[str] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    latent_dim: int | None = None
    looks: Looks = field(default_factory=Looks)
    likelihood: UserLikelihood = "none"
    name: str = "your own model"
    device: str = ""


@dataclass(frozen=True, eq=False)
class GivenCodes:
    """Codes that were given: ``(n, latent_dim)`` each."""

    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None


def read_codes(codes: Any) -> GivenCodes | None:
    """Read codes, or the pair (mean, log_variance).

    Raises
    ------
    ConfigError
        Where they are neither.
    """
    if codes is None:
        return None
    parts = tuple(codes) if isinstance(codes, tuple) else (codes,)
    if len(parts) > 2:
        raise ConfigError(f"codes are a tuple of {len(parts)}; give z, or (mean, log_variance)")
    mean, *spread = (as_codes(as_array(part, "codes"), "codes") for part in parts)
    if spread and spread[0].shape != mean.shape:
        raise ConfigError(f"codes have a mean of shape {mean.shape} and a log_variance of {spread[0].shape}")
    return GivenCodes(mean, spread[0] if spread else None)
