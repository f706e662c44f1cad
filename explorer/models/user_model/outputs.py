"""Reads what the functions of a user return: arrays, distributions, tuples, and objects with named values.

Encoders return z, (mean, log_variance), a distribution, or an object such as those of diffusers and pythae. Decoders
return a sample, a distribution over samples, or an object or tuple with a sample in it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Distribution

from explorer.config import ConfigError

DISTRIBUTIONS = ("latent_dist", "posterior", "q_z", "qz", "distribution", "dist")
MEANS = (
    *("mean", "mu", "loc", "z_mean", "mean_z", "z_mu", "mu_z", "qz_m", "q_mean", "means"),
    *("embedding", "embeddings", "latents", "latent", "latent_code", "code", "z"),
)
SPREADS = {
    "log-variance": (
        *("log_variance", "logvar", "log_var", "log_covariance", "z_log_var", "z_logvar", "logvar_z", "log_var_z"),
        *("log_sigma2", "lv"),
    ),
    "log σ": ("log_sigma", "log_std", "logstd", "log_scale", "logscale", "logsigma"),
    "σ": ("std", "sigma", "scale", "stddev"),
    "variance": ("var", "variance", "qz_v", "q_var"),
}
"""Names of the spread of a posterior, by its kind."""
SAMPLES = (
    *("sample", "recon_x", "reconstruction", "reconstructions", "recon", "recons", "x_recon", "x_hat", "xhat", "x_rec"),
    *("rec", "reconstructed", "reconstructed_x", "decoded", "output", "outputs", "x_mean", "px_rate", "pred"),
    *("logits", "loc", "mean", "mu"),
)
Part = Any
"""A tensor, an array, or what NumPy converts to one."""


def is_array(value: Any) -> bool:
    """Return whether a value is a tensor, an array, or convertible to one."""
    if isinstance(value, Tensor | np.ndarray) or hasattr(value, "toarray"):
        return True
    return hasattr(value, "__array__") and not isinstance(value, type | np.generic)


def named_value(result: Any, names: tuple[str, ...]) -> tuple[str, Part] | None:
    """Return the first of the names that an object has an array under, and the array."""
    for name in names:
        # `get` for dictionaries, whose attributes are methods.
        value = result.get(name) if isinstance(result, Mapping) else getattr(result, name, None)
        if is_array(value):
            return name, value
    return None


def posterior_parts(result: Any) -> tuple[Part, ...]:
    """Return what an encoder returned as (z,) or (mean, log_variance); or more arrays, for the caller to refuse.

    Raises
    ------
    ConfigError
        If there is no array in it.
    """
    if isinstance(result, Distribution):
        return result.mean, 2 * result.stddev.log()
    if is_array(result):
        return (result,)
    if isinstance(result, tuple | list) and not hasattr(result, "_fields"):
        return _of_sequence(result)
    for name in DISTRIBUTIONS:
        inner = result.get(name) if isinstance(result, Mapping) else getattr(result, name, None)
        if inner is not None and not callable(inner):
            return posterior_parts(inner)
    mean = named_value(result, MEANS)
    if mean is not None:
        spread = next(
            ((kind, found[1]) for kind, names in SPREADS.items() if (found := named_value(result, names))), None
        )
        return (mean[1],) if spread is None else (mean[1], as_log_variance(spread[1], spread[0]))
    if hasattr(result, "_fields"):
        return _of_sequence(tuple(result))
    raise _unreadable(result, "encode", "an array z or the pair (mean, log_variance)")


def _of_sequence(result: tuple[Any, ...] | list[Any]) -> tuple[Part, ...]:
    if not result:
        raise ConfigError(f"encode returns an empty {type(result).__name__}; it must return an array or a tensor")
    if isinstance(result[0], int | float | list):  # rows of numbers
        return (np.asarray(result),)
    if not is_array(result[0]):
        return posterior_parts(result[0])
    arrays = [part for part in result if is_array(part)]
    # Losses and counts beside z have no rows.
    return tuple(part for part in arrays if len(shape_of(part)) > 1) or tuple(arrays)


def as_log_variance(values: Part, kind: str) -> Part:
    """Return log σ² from log σ, σ, σ² or log σ² itself."""
    if kind == "log-variance":
        return values
    tensor = values if isinstance(values, Tensor) else torch.from_numpy(np.asarray(values, np.float32))
    if kind == "log σ":
        return 2 * tensor
    return 2 * tensor.log() if kind == "σ" else tensor.log()


def posterior_order(parts: tuple[NDArray[Any], ...], again: tuple[NDArray[Any], ...]) -> tuple[int, int] | None:
    """Return which two of three arrays are mean and log-variance; the third is a draw z. None if that is unclear.

    Parameters
    ----------
    parts, again
        The arrays of two calls on the same samples: only a draw differs between them.
    """
    if len(parts) != 3 or len({part.shape for part in parts}) > 1:
        return None
    drawn = [index for index in range(3) if not np.array_equal(parts[index], again[index])]
    if not drawn:
        # In evaluation mode many encoders return the mean as z.
        equal = [index for index in range(3) if sum(np.array_equal(parts[index], other) for other in parts) == 2]
        drawn = [equal[0] if equal[0] == 0 else equal[-1]] if equal else []
    if len(drawn) != 1:
        return None
    first, second = (index for index in range(3) if index != drawn[0])
    z = parts[drawn[0]]
    # The draw is probable under the right order, and rarely under the other one.
    likely = _log_density(z, parts[first], parts[second]) >= _log_density(z, parts[second], parts[first])
    return (first, second) if likely else (second, first)


def _log_density(z: NDArray[Any], mean: NDArray[Any], log_variance: NDArray[Any]) -> float:
    spread = log_variance.astype(np.float64).clip(-30, 30)
    return float(-0.5 * ((z - mean) ** 2 * np.exp(-spread) + spread).mean())


def sample_parts(result: Any, features: int = 0) -> tuple[Part, ...]:
    """Return the sample in what a decoder returned, as a tuple of one array.

    Parameters
    ----------
    features
        The number of values of one sample; 0 if it is not known.

    Raises
    ------
    ConfigError
        If there is no array in it.
    """
    if isinstance(result, Distribution):
        return (result.mean,)
    if is_array(result):
        return (result,)
    if isinstance(result, tuple | list) and not hasattr(result, "_fields"):
        if not result:
            raise ConfigError(f"decode returns an empty {type(result).__name__}; it must return an array or a tensor")
        if isinstance(result[0], int | float | list):
            return (np.asarray(result),)
        parts = [sample_parts(part, features)[0] for part in result if is_array(part) or isinstance(part, Distribution)]
        return (_fitting(parts, features),) if parts else sample_parts(result[0], features)
    found = named_value(result, SAMPLES)
    if found is None and isinstance(result, Mapping):
        parts = [value for value in result.values() if is_array(value)]
        found = ("", _fitting(parts, features)) if parts else None
    if found is None:
        raise _unreadable(result, "decode", "an array or a tensor")
    return (found[1],)


def _fitting(parts: list[Part], features: int) -> Part:
    """Return the first array whose rows have the values of a sample, or the first one."""
    return next((part for part in parts if features and int(np.prod(shape_of(part)[1:])) == features), parts[0])


def score_parts(result: Any) -> tuple[Part, ...]:
    """Return the output of a classifier as a tuple of one array.

    Raises
    ------
    ConfigError
        If there is no array in it.
    """
    if is_array(result):
        return (result,)
    if isinstance(result, tuple | list) and result:
        return (np.asarray(result),) if isinstance(result[0], int | float | list) else score_parts(result[0])
    found = named_value(result, ("logits", "probs", "scores"))
    if found is None:
        raise _unreadable(result, "classify", "an array or a tensor")
    return (found[1],)


def shape_of(part: Part) -> tuple[int, ...]:
    """Return the shape of an array of any library."""
    return tuple(int(size) for size in part.shape)


def to_array(part: Part, name: str) -> NDArray[np.float32]:
    """Return an array as float32.

    Raises
    ------
    ConfigError
        If it has no numbers.
    """
    if isinstance(part, Tensor):
        return part.detach().to("cpu", torch.float32).numpy()
    array = np.asarray(part.toarray() if hasattr(part, "toarray") else part)
    if array.dtype.kind not in "buif":
        raise ConfigError(f"{name} returns values of type {array.dtype}; it must return numbers")
    return array.astype(np.float32)


def _unreadable(result: Any, name: str, wanted: str) -> ConfigError:
    held = list(result) if isinstance(result, Mapping) else list(getattr(result, "__dict__", ()))
    keys = [str(key) for key in held if not str(key).startswith("_")][:8]
    listed = f" with {', '.join(keys)}" if keys else ""
    return ConfigError(f"{name} returns {type(result).__name__}{listed}; it must return {wanted}")
