"""Calls a user's functions on a few samples before the window opens, and finds out what they take and return.

1. encode is called on samples in several arrangements, such as with and without channels, until it accepts one.
2. What it returns decides the number of latent dimensions, their shape, and whether there is a variance.
3. decode is called on these codes; without encode and codes, on draws from a standard normal.
4. classify is called on samples, or on decodes if there are none.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from explorer.config import ConfigError
from explorer.data.dataset import DataError, dense
from explorer.data.live.live_data import LiveData
from explorer.jobs.user_model.user_prediction import count_of_classes, read_scores
from explorer.jobs.user_model.user_samples import GivenCodes, UserModelSpec, in_unit_range
from explorer.models.latent_model import ROWS_AT_ONCE
from explorer.models.user_model.forms import AS_GIVEN, RowForm, code_forms, sample_forms
from explorer.models.user_model.known_codes import as_codes, check_finite
from explorer.models.user_model.outputs import posterior_order, sample_parts
from explorer.models.user_model.user_functions import UserFunction, UserFunctions, failed_call
from explorer.models.user_model.user_model import MAX_DIMENSIONS

if TYPE_CHECKING:
    import threading

CHUNK_SECONDS = 0.05
TRIED = 8
"""Number of samples that are passed through the functions."""


@dataclass(frozen=True, eq=False)
class TriedModel:
    """What the trial calls found.

    Attributes
    ----------
    live
        The samples in the arrangement that encode takes; None without samples.
    code_shape
        Shape of one code in the user's functions.
    stochastic
        Whether there is a variance of the codes.
    decoded
        A few decodes; None without decode.
    classes
        Number of classes of the classifier; 0 if it is not known.
    picture
        Shape of a picture if flat samples are pictures; None otherwise.
    problem
        One sentence about what looks wrong, or "".
    rows_at_once
        How many samples encode takes in about `CHUNK_SECONDS`.
    """

    functions: UserFunctions
    live: LiveData | None
    code_shape: tuple[int, ...]
    stochastic: bool
    decoded: NDArray[np.float32] | None
    classes: int = 0
    picture: tuple[int, ...] | None = None
    problem: str = ""
    rows_at_once: int = ROWS_AT_ONCE

    @property
    def latent_dim(self) -> int:
        """The number of latent dimensions."""
        return int(np.prod(self.code_shape))


def try_model(
    given: UserModelSpec, live: LiveData | None, codes: GivenCodes | None, lock: "threading.RLock"
) -> TriedModel:
    """Call the functions of a model, and return them with what was found.

    Raises
    ------
    ConfigError
        If a function fails, or returns what cannot be shown.
    """
    functions = _functions(given, live, lock)
    tried = TriedModel(functions, live, (0,), False, None)
    tried, z = _try_encode(tried, given, codes)
    if z.shape[1] > MAX_DIMENSIONS:
        raise ConfigError(f"codes have {z.shape[1]:,} dimensions; at most {MAX_DIMENSIONS:,} can be explored")
    if given.latent_dim is not None and given.latent_dim != z.shape[1]:
        raise ConfigError(f"latent_dim = {given.latent_dim}, but codes have {z.shape[1]} dimensions")
    tried = _try_decode(tried, z)
    scaled = _scaled(tried)
    # Pictures of 0 to 255 are not what the networks were trained on.
    if scaled is not None:
        return try_model(replace(given, samples=scaled), scaled, codes, lock)
    return _try_classify(tried)


def _functions(given: UserModelSpec, live: LiveData | None, lock: "threading.RLock") -> UserFunctions:
    # Given tensors suggest that functions take tensors, which saves one failed call.
    tensors = (live is not None and live.tensors) or isinstance(given.codes, torch.Tensor)
    rows = (AS_GIVEN,) if live is None or live.is_text else sample_forms(live.samples.shape[1:])
    shape = given.sample_format.shape
    rows += () if shape is None else (RowForm(tuple(shape)), RowForm((1, *shape)))

    def wrap(function: Callable[..., Any] | None, name: str) -> UserFunction | None:
        if function is None:
            return None
        forms = (AS_GIVEN,) if name == "decode" else rows
        return UserFunction(function, name, lock, tensors=tensors, device=given.device, rows=forms)

    return UserFunctions(wrap(given.decode, "decode"), wrap(given.encode, "encode"), wrap(given.classify, "classify"))


def _few(live: LiveData) -> NDArray[Any]:
    return dense(live.samples[:TRIED])


def _try_encode(
    tried: TriedModel, given: UserModelSpec, codes: GivenCodes | None
) -> tuple[TriedModel, NDArray[np.float32]]:
    """Return a few codes ``(n, latent_dim)``, and what encode showed."""
    encode, live = tried.functions.encode, tried.live
    if codes is not None:
        shape, stochastic = codes.mean.shape[1:], codes.log_variance is not None
        return replace(tried, code_shape=shape, stochastic=stochastic), codes.mean[:TRIED]
    if encode is None or live is None:
        # A generator alone has no codes; draws from a standard normal take their place.
        width = _first_width(given.decode) if given.latent_dim is None else given.latent_dim
        z = _standard_normal(width)
        return replace(tried, code_shape=z.shape[1:]), z
    parts = tried_call(encode, _few(live), "samples")
    if len(parts) == 3:
        encode, parts = _without_draw(encode, parts, _few(live))
    z, spread = _posterior(parts)
    arranged, encode, picture = _arranged(live, encode)
    classify = tried.functions.classify
    if classify is not None and arranged is not live:
        classify = classify.with_rows(sample_forms(arranged.samples.shape[1:]))
    found = replace(
        tried,
        functions=replace(tried.functions, encode=encode, classify=classify),
        live=arranged,
        code_shape=parts[0].shape[1:],
        stochastic=spread is not None,
        picture=picture,
        problem="" if spread is None or given.knows_spread else _spread_problem(spread),
        rows_at_once=_rows_at_once(encode, _few(arranged)),
    )
    return found, z


def _posterior(parts: tuple[NDArray[np.float32], ...]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return mean and log-variance, or None, of what encode returned."""
    if len(parts) > 2:
        raise ConfigError(f"encode returns {len(parts)} arrays; return z or (mean, log_variance)")
    z, *spread = (as_codes(part, "encode") for part in parts)
    if spread and spread[0].shape != z.shape:
        raise ConfigError(
            f"encode: mean has shape {z.shape}, log_variance has shape {spread[0].shape}; they must be equal"
        )
    return z, spread[0] if spread else None


def _spread_problem(log_variance: NDArray[np.float32]) -> str:
    if (log_variance <= 0).any():
        return ""
    return (
        "log_variance is positive for all samples, as a standard deviation would be; if it is σ, return "
        "(mean, 2 * sigma.log())"
    )


def _rows_at_once(encode: UserFunction, samples: NDArray[Any]) -> int:
    """Return how many samples encode takes in about `CHUNK_SECONDS`."""
    began = time.perf_counter()
    tried_call(encode, samples, "samples")
    # encode has been called before: a first call may compile kernels or fill caches.
    return int(np.clip(len(samples) * CHUNK_SECONDS / max(time.perf_counter() - began, 1e-9), 1, ROWS_AT_ONCE))


def _without_draw(
    encode: UserFunction, parts: tuple[NDArray[np.float32], ...], samples: NDArray[Any]
) -> tuple[UserFunction, tuple[NDArray[np.float32], ...]]:
    """Return an encode that leaves out the draw z among three arrays, if it differs from mean and log-variance."""
    order = posterior_order(parts, tried_call(encode, samples, "samples"))
    if order is None:
        return encode, parts
    read = encode.read
    return encode.reading(lambda result: tuple(read(result)[index] for index in order)), tuple(
        parts[index] for index in order
    )


def _arranged(live: LiveData, encode: UserFunction) -> tuple[LiveData, UserFunction, tuple[int, ...] | None]:
    """Return samples with their axes as encode takes them, and the shape of a picture if it takes rows as pictures."""
    row = encode.form.row
    if row.axes is not None:
        # decode returns the same order of axes, so that the samples are kept in it.
        return replace(live, samples=row.arrange(live.samples)), encode.in_rows(AS_GIVEN), None
    takes_pictures = live.samples.ndim == 2 and row.shape is not None and len(row.shape) > 1 and row.shape[-2] > 1
    return live, encode, row.shape if takes_pictures else None


def _try_decode(tried: TriedModel, z: NDArray[np.float32]) -> TriedModel:
    decode = tried.functions.decode
    if decode is None:
        return tried
    features = 0 if tried.live is None else int(np.prod(tried.live.samples.shape[1:]))
    decode = decode.with_rows(code_forms(tried.code_shape)).reading(partial(sample_parts, features=features))
    decoded = tried_call(decode, z, "codes")[0]
    if decoded.ndim < 2:
        raise ConfigError(f"decode returns shape {decoded.shape} for codes {z.shape}; return one sample per code")
    check_finite(decoded, "decode")
    # Flat samples that come back as pictures are pictures.
    is_flat = tried.live is not None and tried.live.samples.ndim == 2
    is_picture = is_flat and decoded.ndim > 2 and decoded.shape[-2] > 1 and decoded[0].size == features
    picture = decoded.shape[1:] if is_picture else tried.picture
    return replace(tried, functions=replace(tried.functions, decode=decode), decoded=decoded, picture=picture)


def _scaled(tried: TriedModel) -> LiveData | None:
    """Return pictures of 0 to 255 as values of 0 to 1 if decodes are, or if a network without decoder encodes them."""
    live = tried.live
    if live is None or (scaled := in_unit_range(live)) is live:
        return None
    is_small = tried.decoded is not None and tried.decoded.min() >= -1.5 and tried.decoded.max() <= 1.5
    is_network = (
        tried.decoded is None and tried.functions.encode is not None and tried.functions.encode.module is not None
    )
    return scaled if is_small or is_network else None


def _try_classify(tried: TriedModel) -> TriedModel:
    classify, live = tried.functions.classify, tried.live
    if classify is None:
        return tried
    # Without samples, decodes are the only inputs for the classifier.
    like = _few(live) if live is not None else tried.decoded
    assert like is not None
    scores = tried_call(classify, like, "one sample, as samples has them")[0]
    read_scores(scores)
    return replace(tried, classes=count_of_classes(scores))


def tried_call(function: UserFunction, values: NDArray[Any], what: str) -> tuple[NDArray[np.float32], ...]:
    """Return the arrays of the first call of a user's function; any error of it becomes a `ConfigError`."""
    try:
        return function(values)
    except (ConfigError, DataError):
        raise
    except Exception as error:  # user code may raise anything; its traceback stays attached
        raise failed_call(function.name, error, values.shape, what) from error


def _first_width(decode: Callable[..., Any] | None) -> int:
    """Return the input width of the first linear layer of a decoder.

    Raises
    ------
    ConfigError
        If the decoder is not a module or has no linear layer.
    """
    linear = (
        [layer for layer in decode.modules() if isinstance(layer, nn.Linear)] if isinstance(decode, nn.Module) else []
    )
    if not linear:
        raise ConfigError("the number of latent dimensions cannot be read from decode; give latent_dim or codes")
    return linear[0].in_features


def _standard_normal(latent_dim: int) -> NDArray[np.float32]:
    if not isinstance(latent_dim, int | np.integer) or not 1 <= latent_dim <= MAX_DIMENSIONS:
        raise ConfigError(f"latent_dim = {latent_dim}: choose a whole number from 1 to {MAX_DIMENSIONS}")
    # A fixed seed: the same functions must always give the same plane.
    drawn: NDArray[np.float32] = torch.randn(TRIED, latent_dim, generator=torch.Generator().manual_seed(0)).numpy()
    return drawn
