"""A model of the user's own as a run that is open in the window, and in memory alone."""

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
from explorer.jobs.user_model.user_model import Function, GivenCodes, OwnModel, read_codes
from explorer.jobs.user_model.user_prediction import OwnClassifier, count_of_classes, read_scores
from explorer.jobs.user_model.user_samples import (
    IN_MEMORY,
    as_array,
    description_of_decodes,
    own_dataset,
    own_labels,
    relabelled,
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
"""Where the key of such a run lies: no such folder need be."""
DATA_NAME = "your samples"
TRIED = 8
"""So many samples go through the functions before the window opens."""


class OwnRun:
    """Checks what was given, and makes of it what the window opens; again whenever the user's weights have changed.

    Attributes
    ----------
    lock
        Held while a function that cannot be copied is called; a training holds it while it changes weights.

    Raises
    ------
    ConfigError, DataError
        In one sentence, for whatever does not fit together.
    """

    def __init__(self, given: OwnModel) -> None:
        if given.encode is not None and given.codes is not None:
            raise ConfigError("give either encode or codes, not both")
        if given.encode is not None and given.samples is None:
            raise ConfigError("encode needs samples; give them, or decode alone")
        if given.labels is not None and given.samples is None and given.codes is None:
            raise ConfigError("labels need samples or codes")
        if given.likelihood not in ("none", "gaussian", "bernoulli"):
            raise ConfigError(f"likelihood = {given.likelihood!r}: choose from none, gaussian, bernoulli")
        if given.looks.layout not in (None, "HWC", "CHW"):
            raise ConfigError(f"layout = {given.looks.layout!r}: choose from HWC, CHW")
        _check_device(given.device)
        self.lock = threading.RLock()
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
        """Return the run with its model as the user's weights are now."""
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
        own = functions.classify
        classifier = None if own is None else OwnClassifier(own, self._layout, self._description.class_names)
        loaded = LoadedModel(self.key, self._step, model, self._description, self._dataset, classifier)
        return OpenedRun(self._view(model), loaded, self._problem)

    def renew(self, codes: Any = None, labels: Any = None) -> OpenedRun:
        """Return it anew, with other codes or labels where they are given."""
        if codes is not None:
            if self._codes is None:
                raise ConfigError("codes can be renewed only where codes were given")
            renewed = read_codes(codes)
            assert renewed is not None
            if renewed.mean.shape != self._codes.mean.shape:
                raise ConfigError(f"codes have shape {renewed.mean.shape}; they had {self._codes.mean.shape}")
            self._codes = renewed
        if labels is not None:
            self._relabel(labels)
        return self.open()

    # What is known of it

    def _read_samples(self, samples: NDArray[Any] | None) -> tuple[Dataset | None, Description, SampleLayout]:
        """Try the functions on a few samples, and read all."""
        given = self._given
        count = None if samples is None else len(samples)
        if samples is not None and (samples.ndim < 2 or count == 0):
            raise ConfigError(f"samples have shape {samples.shape}; give (n, features) or pictures (n, ...)")
        if self._codes is not None and count is not None and len(self._codes.mean) != count:
            raise ConfigError(f"codes: {len(self._codes.mean)} are given for {count} samples; one each is needed")
        z = self._try_encode(samples)
        decoded = self._try_decode(z)
        shown_like = decoded if samples is None else samples[:TRIED]
        classes = 0
        if self._functions.classify is not None:
            scores = _tried(self._functions.classify, shown_like, "one sample, as samples has them")[0]
            read_scores(scores)
            classes = count_of_classes(scores)
        if samples is None and self._codes is not None:
            count = len(self._codes.mean)
        self._labels, names = own_labels(given.labels, given.class_names, count, classes)
        if samples is None:
            description, layout = description_of_decodes(decoded, given.looks, DATA_NAME)
            return None, replace(description, class_names=names), layout
        dataset, layout = own_dataset(samples, self._labels, names, given.columns, given.looks, DATA_NAME)
        self._tried_range = _range_of(layout.to_shown(decoded))
        return dataset, dataset.description, layout

    def _try_encode(self, samples: NDArray[Any] | None) -> NDArray[np.float32]:
        """Return a few codes, and learn how many numbers each has and whether they come with a log-variance."""
        given = self._given
        self._stochastic = self._codes is not None and self._codes.log_variance is not None
        if self._codes is not None:
            z = self._codes.mean[:TRIED]
        elif self._functions.encode is not None and samples is not None:
            parts = _tried(self._functions.encode, samples[:TRIED], "samples")
            if len(parts) > 2:
                raise ConfigError(f"encode gives {len(parts)} arrays; give z, or (mean, log_variance)")
            z, *spread = (as_codes(part, "encode") for part in parts)
            self._stochastic = bool(spread)
            if spread and spread[0].shape != z.shape:
                raise ConfigError(f"encode gives a mean of shape {z.shape} and a log_variance of {spread[0].shape}")
        else:
            z = _standard_normal(_first_width(given.decode) if given.latent_dim is None else given.latent_dim)
        if given.latent_dim is not None and given.latent_dim != z.shape[1]:
            raise ConfigError(f"latent_dim = {given.latent_dim}, but codes have {z.shape[1]} numbers")
        if z.shape[1] > MAX_DIMENSIONS:
            raise ConfigError(f"codes of {z.shape[1]} numbers are too many; at most {MAX_DIMENSIONS} can be explored")
        self._latent_dim = z.shape[1]
        return z

    def _try_decode(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        decoded = _tried(self._functions.decode, z, "codes")[0]
        if decoded.ndim < 2:
            raise ConfigError(f"decode gives shape {decoded.shape} for codes {z.shape}; give one sample for each")
        check_finite(decoded, "decode")
        return decoded

    def _check_range(self) -> None:
        """Say where decodes lie in quite another range than the samples: the pictures would be black."""
        self._problem = ""
        if self._dataset is None or self._description.kind != "image":
            return
        (low, high), (least, most) = self._tried_range, self._description.value_range
        if most - least > 100 and low >= -1.5 and high <= 1.5:
            self._problem = (
                f"{self._given.name}: decodes lie between {low:.3g} and {high:.3g}, samples between {least:g} and "
                f"{most:g}; give samples in the units of decode"
            )

    def _known_codes(self) -> KnownCodes | None:
        if self._codes is None or self._dataset is None:
            return None
        known = KnownCodes(self._dataset.model_inputs(), self._codes.mean, self._codes.log_variance)
        if known.shared:
            self._problem = (
                f"{self._given.name}: {known.shared} samples are equal to others but have other codes; "
                "the plane shows the first one's"
            )
        return known

    def _relabel(self, labels: Any) -> None:
        count = (
            len(self._dataset) if self._dataset is not None else None if self._codes is None else len(self._codes.mean)
        )
        if count is None:
            raise ConfigError("labels need samples or codes")
        known = self._given.class_names or self._description.class_names
        read, names = own_labels(labels, self._given.class_names, count, len(known))
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


def _functions(given: OwnModel, lock: "threading.RLock") -> UserFunctions:
    tensors = isinstance(given.samples, Tensor) or isinstance(given.codes, Tensor)

    def own(function: Function, name: str) -> UserFunction:
        return UserFunction(function, name, lock, tensors=tensors, device=given.device)

    return UserFunctions(
        own(given.decode, "decode"),
        None if given.encode is None else own(given.encode, "encode"),
        None if given.classify is None else own(given.classify, "classify"),
    )


def _tried(function: UserFunction, values: NDArray[Any], what: str) -> tuple[NDArray[np.float32], ...]:
    """Call a function of the user's for the first time."""
    try:
        return function(values)
    except (ConfigError, DataError):
        raise
    except Exception as error:  # it may raise anything; its own traceback stays attached
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise ConfigError(f"{function.name} fails on {what} of shape {values.shape}: {said}") from error


def _first_width(decode: Function) -> int:
    """Return how many numbers a decoder's first linear layer takes.

    Raises
    ------
    ConfigError
        Where it is no module, or has no such layer.
    """
    linear = (
        [layer for layer in decode.modules() if isinstance(layer, nn.Linear)] if isinstance(decode, nn.Module) else []
    )
    if not linear:
        raise ConfigError("decode alone does not say how many numbers a code has; give latent_dim, or codes")
    return linear[0].in_features


def _check_device(name: str) -> None:
    try:
        torch.device(name or "cpu")
    except RuntimeError as error:
        raise ConfigError(f"device = {name!r} is none; write cpu, cuda, or mps") from error


def _standard_normal(latent_dim: int) -> NDArray[np.float32]:
    if not isinstance(latent_dim, int | np.integer) or not 1 <= latent_dim <= MAX_DIMENSIONS:
        raise ConfigError(f"latent_dim = {latent_dim}: choose a whole number from 1 to {MAX_DIMENSIONS}")
    drawn: NDArray[np.float32] = torch.randn(TRIED, latent_dim, generator=torch.Generator().manual_seed(0)).numpy()
    return drawn


def _range_of(values: NDArray[np.float32]) -> tuple[float, float]:
    return float(values.min()), float(values.max())
