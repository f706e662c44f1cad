"""Codes of a user's samples that are given instead of an encoder."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.models.latent_model import NotDefined, Posterior

UNKNOWN_SAMPLE = "you passed codes instead of encode, so only your samples have codes"


class KnownCodes:
    """Given codes of samples, which it finds by the values of a sample.

    Parameters
    ----------
    inputs
        The N samples in model values, one after the other.
    mean, log_variance
        ``(N, latent_dim)``; the latter may be None.

    Attributes
    ----------
    shared
        Number of samples that equal an earlier one but have another code, which cannot be found.
    """

    def __init__(
        self, inputs: Iterable[NDArray[np.float32]], mean: NDArray[np.float32], log_variance: NDArray[np.float32] | None
    ) -> None:
        self.mean, self.log_variance = mean, log_variance
        self._rows: dict[bytes, int] = {}
        self.shared = 0
        for row, each in enumerate(inputs):
            first = self._rows.setdefault(_digest(each), row)
            self.shared += bool(first != row and not np.array_equal(mean[first], mean[row]))

    def find(self, inputs: NDArray[np.float32]) -> Posterior:
        """Return the codes of samples (n, *shape); equal samples have the code of the first one.

        Raises
        ------
        NotDefined
            If a sample is not among the given ones.
        """
        # Samples are recognized by a digest of their values: a model sees no indices.
        rows = [self._rows.get(_digest(each)) for each in inputs]
        known = [row for row in rows if row is not None]
        if len(known) != len(rows):
            raise NotDefined(UNKNOWN_SAMPLE)
        spread = None if self.log_variance is None else torch.from_numpy(self.log_variance[known])
        return Posterior(torch.from_numpy(self.mean[known]), spread)


def as_codes(values: NDArray[Any], name: str, latent_dim: int | None = None) -> NDArray[np.float32]:
    """Return ``values`` as codes (n, latent_dim) float32; those of maps (n, C, h, w) become flat.

    Raises
    ------
    ConfigError
        If they have another shape, or contain NaN or infinity.
    """
    wanted = "latent_dim" if latent_dim is None else latent_dim
    values = values.reshape(len(values), -1) if values.ndim > 2 and len(values) else values
    if values.ndim != 2 or values.shape[1] != (latent_dim or values.shape[1]) or values.shape[1] == 0:
        raise ConfigError(f"{name} returns shape {values.shape}; codes have shape (n, {wanted})")
    check_finite(values, name)
    return np.ascontiguousarray(values, np.float32)


def check_finite(values: NDArray[Any], name: str) -> None:
    """Check that values are finite.

    Raises
    ------
    ConfigError
        If they contain NaN or infinity; the message has the name of the function.
    """
    if not np.isfinite(values).all():
        raise ConfigError(f"{name} returns NaN or infinity for {_bad_rows(values)} of {len(values)} rows")


def _bad_rows(values: NDArray[Any]) -> int:
    return int((~np.isfinite(values).reshape(len(values), -1).all(axis=1)).sum())


def _digest(values: NDArray[np.float32]) -> bytes:
    return hashlib.blake2b(values.tobytes(), digest_size=16).digest()
