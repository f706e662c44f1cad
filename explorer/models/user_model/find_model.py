"""Finds encode and decode in whatever a user passes to `explorer.explore`.

1. A pair has them; arrays, and objects with ``embedding_`` or ``obsm``, are codes without a decoder.
2. An object has them under customary names: encode and decode, transform and inverse_transform, encoder and decoder.
3. A module is called to find out; see `explorer.models.user_model.find_in_module`.
4. Otherwise the error says what was found, and which line to write.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.config import ConfigError
from explorer.data.live.live_data import is_instance
from explorer.models.user_model.find_in_module import DECODERS, ENCODERS, find_in_module
from explorer.models.user_model.outputs import is_array

Function = Callable[..., Any]
METHODS = (("encode", "decode"), ("transform", "inverse_transform"))
TEXT_ENCODERS = ("encode", "transform", "embed_documents", "encoder")
"""Names of functions of a list of texts."""
EMBEDDINGS = ("X_umap", "X_tsne", "X_scVI", "X_scvi", "X_pca")
"""Names of the embeddings of an AnnData, in order of priority."""
TOLD = ("encode", "decode", "encoder", "decoder", "transform", "inverse_transform", "predict", "forward", "sample")
"""Names that a refusal mentions if an object has them."""


@dataclass(frozen=True, eq=False)
class FoundModel:
    """What was found in an object: functions, or codes in place of encode; ``decode`` is None without a decoder.

    ``knows_spread`` says whether calls have shown that encode returns a log-variance.
    """

    encode: Function | None = None
    decode: Function | None = None
    codes: Any = None
    knows_spread: bool = False


def data_of(model: Any) -> Any:
    """Return the data that a model of single-cell tools holds, or an AnnData itself; None for other models."""
    if is_instance(model, "anndata.AnnData"):
        return model
    held = getattr(model, "adata", None)
    return held if is_instance(held, "anndata.AnnData") else None


def title_of(model: Any) -> str:
    """Return the name of a model's class; "" for pairs, dictionaries and codes, which have none of their own."""
    if isinstance(model, tuple | list | Mapping) or is_array(model) or data_of(model) is model:
        return ""
    return type(_without_wrapper(model)).__name__


def find_model(model: Any, samples: NDArray[Any] | None, count: int) -> FoundModel:
    """Return encode and decode, or the codes, of whatever a user passed.

    Parameters
    ----------
    samples
        A few samples ``(n, …)`` for trial calls; None if there are none.
    count
        The number of all samples.

    Raises
    ------
    ConfigError
        If they cannot be found; the message says what was found, and which line to write.
    """
    if samples is not None and samples.dtype.kind in "UO" and (encoder := _part(model, TEXT_ENCODERS)) is not None:
        return FoundModel(encoder)  # decodes of texts cannot be shown
    if isinstance(model, nn.Module):
        return _module(model, samples)
    if isinstance(model, str | type):
        raise refusal(model)
    if isinstance(model, Mapping) and not is_array(model):
        if model and all(isinstance(part, Tensor) for part in model.values()):
            raise ConfigError(
                "this is a state_dict, which has weights but no network; write model.load_state_dict(weights), and "
                "pass the model; or import its file as a run: latent-explorer import FILE"
            )
        model = SimpleNamespace(**{str(name): part for name, part in model.items()})
    if isinstance(model, tuple | list) and len(model) == 2 and all(map(callable, model)):
        return FoundModel(*map(_without_wrapper, model))
    codes = _codes(model)
    is_other = hasattr(model, "transform") and codes is not None and count and len(codes) != count
    # An embedding that was fitted on other samples is not theirs.
    if codes is not None and not is_other:
        return FoundModel(codes=codes)
    for first, second in METHODS:
        if callable(getattr(model, first, None)) and callable(getattr(model, second, None)):
            return FoundModel(_with_names(model, first), getattr(model, second))
    encoder, decoder = (_part(model, names) for names in (ENCODERS, DECODERS))
    if encoder is not None and decoder is not None:
        return FoundModel(_without_wrapper(encoder), _without_wrapper(decoder))
    encoder = _with_names(model, "transform") if callable(getattr(model, "transform", None)) else encoder
    # A network without a decoder is refused, as it may have one under another name.
    if encoder is not None:
        return FoundModel(encoder)
    raise refusal(model)


def _module(model: nn.Module, samples: NDArray[Any] | None) -> FoundModel:
    module = _without_wrapper(model)
    if samples is None:
        raise ConfigError(f"{_name(model)}: give the data too: explorer.explore(model, data)")
    weights = next(module.parameters(), None)
    if weights is not None and weights.device.type == "meta":
        raise ConfigError(f"the weights of {_name(model)} are on the meta device and have no values; load them first")
    found = find_in_module(module, samples)
    if found is None:
        raise refusal(model)
    (encode, decode), knows_spread = found
    return FoundModel(encode, decode, knows_spread=knows_spread)


def _without_wrapper(given: Any) -> Any:
    """Return the module inside the wrappers of torch.compile and of parallel training; anything else as it is."""
    # A compiled module would be compiled again for each number of rows; the weights are the same.
    inner = getattr(given, "_orig_mod", None)
    if isinstance(given, nn.DataParallel | nn.parallel.DistributedDataParallel):
        inner = given.module
    return _without_wrapper(inner) if isinstance(inner, nn.Module) else given


def _codes(model: Any) -> Any:
    """Return the codes that a user passed in place of a model: an array, a pair, or an object that holds some."""
    if is_array(model):
        return model
    if isinstance(model, tuple | list):
        return model if len(model) and not any(map(callable, model)) else None
    embeddings = getattr(model, "obsm", None)
    if embeddings is not None:
        name = next((name for name in (*EMBEDDINGS, *embeddings) if name in embeddings), None)
        if name is None:
            raise ConfigError("the AnnData has no embedding in obsm; compute one, or pass a model as well")
        return np.asarray(embeddings[name])
    if callable(getattr(model, "get_latent_representation", None)):
        return model.get_latent_representation()
    embedding = getattr(model, "embedding_", None)
    return embedding if is_array(embedding) else None


def _part(model: Any, names: tuple[str, ...]) -> Any:
    return next((part for name in names if callable(part := getattr(model, name, None))), None)


def _with_names(model: Any, method: str) -> Function:
    """Return a method of an estimator; one that was fitted on a DataFrame gets a DataFrame."""
    names, function = getattr(model, "feature_names_in_", None), getattr(model, method)
    pandas = sys.modules.get("pandas")
    if names is None or pandas is None:
        return function  # type: ignore[no-any-return]

    def call(values: Any) -> Any:
        # Without the names, scikit-learn warns at each call.
        return function(pandas.DataFrame(np.asarray(values), columns=names))

    return call


def _name(model: Any) -> str:
    return type(model).__name__


def refusal(model: Any) -> ConfigError:
    """Return the error for an object without encode and decode: what it has, and the line to write."""
    if isinstance(model, str):
        return ConfigError(f"{model!r} is neither the folder of a run nor a model; check the path")
    if isinstance(model, type):
        return ConfigError(
            f"{model.__name__} is a class; pass an object of it: explorer.explore({model.__name__}(…), data)"
        )
    held = [name for name in TOLD if callable(getattr(model, name, None))]
    parts = [name for name, _ in model.named_children()] if isinstance(model, nn.Module) else []
    found = f"it has {', '.join(dict.fromkeys((*held, *parts)))}" if held or parts else "it has neither of them"
    if callable(getattr(model, "fit_transform", None)) and not held:
        found = "it has no embedding_: fit it first"
    if callable(model) and not held and not parts:
        found = "it is a function, and does not say which of the two"
    example = "encode=lambda x: model.encoder(x)"
    if len(parts) == 2:
        example = f"encode=model.{parts[0]}, decode=model.{parts[1]}"
    return ConfigError(
        f"encode and decode of {_name(model)} cannot be found ({found}); write "
        "explorer.explore(encode=…, decode=…, samples=data) with functions of your own, "
        f"for example {example}; without decode, real samples are shown in place of decodes"
    )
