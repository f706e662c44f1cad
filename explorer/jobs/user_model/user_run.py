"""Open a live model of the user's program as a run that exists only in memory.

1. `UserRun` checks the arguments against each other, with an error in one sentence for each mistake.
2. It wraps the functions so that tensors and arrays both work, and calls each on a few samples or codes.
3. Their shapes and ranges decide the number of latent dimensions, the kind of posterior, the layout and the data set.
4. `UserRun.open` copies the functions with their current weights and returns the run with a model for the worker.
5. When the user's program has changed weights, codes or labels, `UserRun.renew` opens it again as the next step.
"""

import os
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.config import ConfigError, DataConfig, RunConfig
from explorer.data.dataset import DataError, Dataset, Description
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenedRun, OpenRun
from explorer.jobs.runs.plane_codes import codes_of_latents
from explorer.jobs.user_model.user_prediction import UserClassifier, count_of_classes, read_scores
from explorer.jobs.user_model.user_samples import (
    IN_MEMORY,
    Function,
    GivenCodes,
    UserModelSpec,
    as_array,
    description_of_decodes,
    read_codes,
    relabelled,
    user_dataset,
    user_labels,
)
from explorer.models.user_model.user_functions import UserFunction, UserFunctions
from explorer.models.user_model.user_model import (
    MAX_DIMENSIONS,
    USER_FAMILY,
    KnownCodes,
    SampleLayout,
    UserModel,
    UserModelConfig,
    as_codes,
    check_finite,
)
from explorer.runs.latents import Latents
from explorer.runs.run_directory import Machine

FOLDER = os.path.abspath(os.path.join(os.sep, "your own models (in memory)"))
"""Folder in the keys of such runs; it does not exist."""
DATA_NAME = "your samples"
TRIED = 8
"""Number of samples that are passed through the functions before the window opens."""


class UserRun:
    """A user's model as a run; it opens again whenever the user's weights have changed.

    Attributes
    ----------
    lock
        Held during calls of a function that cannot be copied; the user's training holds it while it changes weights.

    Raises
    ------
    ConfigError, DataError
        If arguments do not fit together.
    """

    def __init__(self, given: UserModelSpec) -> None:
        if given.encode is not None and given.codes is not None:
            raise ConfigError("give encode or codes, not both")
        if given.encode is not None and given.samples is None:
            raise ConfigError("encode needs samples; give samples, or leave out encode")
        if given.labels is not None and given.samples is None and given.codes is None:
            raise ConfigError("labels need samples or codes")
        if given.likelihood not in ("none", "gaussian", "bernoulli"):
            raise ConfigError(f"likelihood = {given.likelihood!r}: choose from none, gaussian, bernoulli")
        if given.sample_format.layout not in (None, "HWC", "CHW"):
            raise ConfigError(f"layout = {given.sample_format.layout!r}: choose from HWC, CHW")
        # A bad device would otherwise fail later, inside the first call of a function.
        _check_device(given.device)
        self.lock = threading.RLock()
        # The key is used as a path, so the name must be a single path component.
        name = "".join(mark if mark.isprintable() and mark != os.sep else "-" for mark in given.name)
        self.key = os.path.join(FOLDER, name.strip() or "your own model")
        self._given = given
        self._step = 0
        self._functions = _functions(given, self.lock)
        self._codes = read_codes(given.codes)
        samples = None if given.samples is None else as_array(given.samples, "samples")
        self._dataset, self._description, self._layout = self._read_samples(samples)
        self._check_range()

    def open(self) -> OpenedRun:
        """Return the run with a model of the current weights."""
        # A new step makes caches and pending answers of the old weights stale.
        self._step += 1
        functions = self._functions.frozen()
        model = UserModel(
            UserModelConfig(latent_dim=self._latent_dim),
            functions,
            self._layout,
            self._description.transform,
            codes=self._known_codes(),
            stochastic=self._stochastic,
            likelihood=self._given.likelihood,
        ).eval()
        classify, names = functions.classify, self._description.class_names
        classifier = None if classify is None else UserClassifier(classify, self._layout, names)
        loaded = LoadedModel(self.key, self._step, model, self._description, self._dataset, classifier)
        return OpenedRun(self._view(model), loaded, self._problem)

    def renew(self, codes: Any = None, labels: Any = None) -> OpenedRun:
        """Return the run opened again, with new codes or labels if they are given."""
        if codes is not None:
            if self._codes is None:
                raise ConfigError("codes can be updated only if codes were given to explore")
            renewed = read_codes(codes)
            assert renewed is not None
            # Other shapes would need new axes, labels and neighbours; that is a new call of explore.
            if renewed.mean.shape != self._codes.mean.shape:
                raise ConfigError(
                    f"new codes have shape {renewed.mean.shape}; the old ones have {self._codes.mean.shape}"
                )
            self._codes = renewed
        if labels is not None:
            self._relabel(labels)
        return self.open()

    # Checks

    def _read_samples(self, samples: NDArray[Any] | None) -> tuple[Dataset | None, Description, SampleLayout]:
        """Call the functions on a few samples, and return data set, description and layout."""
        given = self._given
        count = None if samples is None else len(samples)
        if samples is not None and (samples.ndim < 2 or count == 0):
            raise ConfigError(f"samples have shape {samples.shape}; give (n, features), or pictures (n, …)")
        if self._codes is not None and count is not None and len(self._codes.mean) != count:
            raise ConfigError(f"codes: {len(self._codes.mean)} codes for {count} samples; give one code per sample")
        # Codes first: decode needs them, and its output says what samples look like.
        z = self._try_encode(samples)
        decoded = self._try_decode(z)
        # Without samples, decodes are the only inputs for the classifier.
        shown_like = decoded if samples is None else samples[:TRIED]
        classes = 0
        if self._functions.classify is not None:
            scores = _tried(self._functions.classify, shown_like, "one sample, as samples has them")[0]
            read_scores(scores)
            classes = count_of_classes(scores)
        if samples is None and self._codes is not None:
            count = len(self._codes.mean)
        self._labels, names = user_labels(given.labels, given.class_names, count, classes)
        if samples is None:
            description, layout = description_of_decodes(decoded, given.sample_format, DATA_NAME)
            return None, replace(description, class_names=names), layout
        dataset, layout = user_dataset(samples, self._labels, names, given.columns, given.sample_format, DATA_NAME)
        self._tried_range = _range_of(layout.to_shown(decoded))
        return dataset, dataset.description, layout

    def _try_encode(self, samples: NDArray[Any] | None) -> NDArray[np.float32]:
        """Return a few codes; note their dimension and whether they have a log-variance."""
        given = self._given
        self._stochastic = self._codes is not None and self._codes.log_variance is not None
        if self._codes is not None:
            z = self._codes.mean[:TRIED]
        elif self._functions.encode is not None and samples is not None:
            parts = _tried(self._functions.encode, samples[:TRIED], "samples")
            if len(parts) > 2:
                raise ConfigError(f"encode returns {len(parts)} arrays; return z or (mean, log_variance)")
            z, *spread = (as_codes(part, "encode") for part in parts)
            self._stochastic = bool(spread)
            if spread and spread[0].shape != z.shape:
                raise ConfigError(
                    f"encode: mean has shape {z.shape}, log_variance has shape {spread[0].shape}; they must be equal"
                )
        else:
            # A generator alone has no codes; draws from a standard normal take their place.
            z = _standard_normal(_first_width(given.decode) if given.latent_dim is None else given.latent_dim)
        if given.latent_dim is not None and given.latent_dim != z.shape[1]:
            raise ConfigError(f"latent_dim = {given.latent_dim}, but codes have {z.shape[1]} dimensions")
        if z.shape[1] > MAX_DIMENSIONS:
            raise ConfigError(f"codes have {z.shape[1]} dimensions; at most {MAX_DIMENSIONS} can be explored")
        self._latent_dim = z.shape[1]
        return z

    def _try_decode(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        decoded = _tried(self._functions.decode, z, "codes")[0]
        if decoded.ndim < 2:
            raise ConfigError(f"decode returns shape {decoded.shape} for codes {z.shape}; return one sample per code")
        check_finite(decoded, "decode")
        return decoded

    def _check_range(self) -> None:
        """Note a problem if decodes are in [0, 1] but samples in [0, 255]: all pictures would be black."""
        self._problem = ""
        if self._dataset is None or self._description.kind != "image":
            return
        (low, high), (sample_low, sample_high) = self._tried_range, self._description.value_range
        # Pictures of 0 to 255 with a decoder that ends in a sigmoid are a common mistake.
        if sample_high - sample_low > 100 and low >= -1.5 and high <= 1.5:
            self._problem = (
                f"{self._given.name}: decodes range from {low:.3g} to {high:.3g}, samples from {sample_low:g} to "
                f"{sample_high:g}; give samples in the units of decode"
            )

    def _known_codes(self) -> KnownCodes | None:
        if self._codes is None or self._dataset is None:
            return None
        # Without encode, codes are looked up by the values of a sample.
        known = KnownCodes(self._dataset.model_inputs(), self._codes.mean, self._codes.log_variance)
        if known.shared:
            self._problem = (
                f"{self._given.name}: {known.shared} samples equal other samples but have different codes; the plane "
                "shows the code of the first"
            )
        return known

    def _relabel(self, labels: Any) -> None:
        count = (
            len(self._dataset) if self._dataset is not None else None if self._codes is None else len(self._codes.mean)
        )
        if count is None:
            raise ConfigError("labels need samples or codes")
        known = self._given.class_names or self._description.class_names
        read, names = user_labels(labels, self._given.class_names, count, len(known))
        self._labels = read
        if self._dataset is not None:
            self._dataset = relabelled(self._dataset, read, names)
            self._description = self._dataset.description
        else:
            self._description = replace(self._description, class_names=names)

    def _view(self, model: UserModel) -> OpenRun:
        config = RunConfig(data=DataConfig(source=IN_MEMORY), model=model.config)
        run = OpenRun(
            key=self.key,
            name=os.path.basename(self.key),
            title=USER_FAMILY.title,
            short_title=USER_FAMILY.short_title,
            config=config,
            description=self._description,
            capabilities=model.capabilities,
            machine=Machine(),
            status="finished",
            step=self._step,
            read_only=True,
            dataset=self._dataset,
            missing_data="" if self._dataset is not None else "no samples were given",
        )
        # Codes without samples still make a plane.
        if self._dataset is None and self._codes is not None:
            return replace(run, plane=codes_of_latents(self._latents(self._codes), run.path, run.latent_dim))
        return run

    def _latents(self, codes: GivenCodes) -> Latents:
        count = len(codes.mean)
        return Latents(
            step=self._step,
            mean=codes.mean,
            log_variance=codes.log_variance,
            index=np.arange(count),
            split=np.full(count, "train"),
            labels=self._labels,
        )


def _functions(given: UserModelSpec, lock: "threading.RLock") -> UserFunctions:
    # Given tensors suggest that functions take tensors, which saves one failed call.
    tensors = isinstance(given.samples, Tensor) or isinstance(given.codes, Tensor)

    def wrap(function: Function, name: str) -> UserFunction:
        return UserFunction(function, name, lock, tensors=tensors, device=given.device)

    return UserFunctions(
        wrap(given.decode, "decode"),
        None if given.encode is None else wrap(given.encode, "encode"),
        None if given.classify is None else wrap(given.classify, "classify"),
    )


def _tried(function: UserFunction, values: NDArray[Any], what: str) -> tuple[NDArray[np.float32], ...]:
    """Return the arrays of the first call of a user's function; any error of it becomes a `ConfigError`."""
    try:
        return function(values)
    except (ConfigError, DataError):
        raise
    except Exception as error:  # user code may raise anything; its traceback stays attached
        message = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise ConfigError(f"{function.name} fails on {what} of shape {values.shape}: {message}") from error


def _first_width(decode: Function) -> int:
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


def _check_device(name: str) -> None:
    try:
        torch.device(name or "cpu")
    except RuntimeError as error:
        raise ConfigError(f"device = {name!r}: unknown device; choose cpu, cuda or mps") from error


def _standard_normal(latent_dim: int) -> NDArray[np.float32]:
    if not isinstance(latent_dim, int | np.integer) or not 1 <= latent_dim <= MAX_DIMENSIONS:
        raise ConfigError(f"latent_dim = {latent_dim}: choose a whole number from 1 to {MAX_DIMENSIONS}")
    # A fixed seed: the same functions must always give the same plane.
    drawn: NDArray[np.float32] = torch.randn(TRIED, latent_dim, generator=torch.Generator().manual_seed(0)).numpy()
    return drawn


def _range_of(values: NDArray[np.float32]) -> tuple[float, float]:
    return float(values.min()), float(values.max())
