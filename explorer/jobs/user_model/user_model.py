"""The functions and data that a user passes to `explorer.explore`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.jobs.user_model.user_samples import SampleFormat, as_array
from explorer.models.user_model.user_model import UserLikelihood, as_codes

Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class UserModelSpec:
    """The arguments of `explorer.explore`, which documents each of them."""

    decode: Function
    encode: Function | None = None
    classify: Function | None = None
    samples: Any = None
    labels: Any = None
    codes: Any = None
    class_names: Sequence[str] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    latent_dim: int | None = None
    sample_format: SampleFormat = field(default_factory=SampleFormat)
    likelihood: UserLikelihood = "none"
    name: str = "your own model"
    device: str = ""


@dataclass(frozen=True, eq=False)
class GivenCodes:
    """Codes given by the user, ``(n, latent_dim)`` each; ``log_variance`` is None for a point posterior."""

    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None


def read_codes(codes: Any) -> GivenCodes | None:
    """Return codes from an array z or a tuple (mean, log_variance); None if there are none.

    Raises
    ------
    ConfigError
        If they are neither.
    """
    if codes is None:
        return None
    # Only a tuple is a pair: a list may be the rows of z.
    parts = tuple(codes) if isinstance(codes, tuple) else (codes,)
    if len(parts) > 2:
        raise ConfigError(f"codes is a tuple of {len(parts)} arrays; give z or (mean, log_variance)")
    # `as_codes` also checks that all numbers are finite.
    mean, *spread = (as_codes(as_array(part, "codes"), "codes") for part in parts)
    if spread and spread[0].shape != mean.shape:
        raise ConfigError(
            f"codes: mean has shape {mean.shape}, log_variance has shape {spread[0].shape}; they must be equal"
        )
    return GivenCodes(mean, spread[0] if spread else None)
