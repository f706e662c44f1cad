"""Open a live model of the user's program as a run that exists only in memory.

1. `UserRun` checks the arguments against each other, with an error in one sentence for each mistake.
2. It reads the data, finds encode and decode in the model (`explorer.models.user_model.find_model`), and calls each on
   a few samples or codes (`explorer.jobs.user_model.user_trials`).
3. Their shapes and ranges decide the number of latent dimensions, the kind of posterior, the layout and the data set.
4. `UserRun.open` copies the functions with their current weights and returns the run with a model for the worker.
5. When the user's program has changed weights, codes or labels, `UserRun.renew` opens it again as the next step.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config import ConfigError, DataConfig, RunConfig
from explorer.data.dataset import DataError, Dataset, Description, dense
from explorer.data.live.live_data import LiveData
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenedRun, OpenRun
from explorer.jobs.runs.plane_codes import codes_of_latents
from explorer.jobs.user_model.user_prediction import UserClassifier
from explorer.jobs.user_model.user_samples import (
    IN_MEMORY,
    GivenCodes,
    UserModelSpec,
    description_of_decodes,
    in_unit_range,
    read_codes,
    read_samples,
    relabelled,
    user_dataset,
    user_labels,
)
from explorer.jobs.user_model.user_trials import TRIED, TriedModel, tried_call, try_model
from explorer.models.user_model.find_model import data_of, find_model, title_of
from explorer.models.user_model.known_codes import KnownCodes, as_codes
from explorer.models.user_model.user_functions import UserFunction
from explorer.models.user_model.user_model import USER_FAMILY, SampleLayout, UserModel, UserModelConfig
from explorer.runs.latents import Latents
from explorer.runs.run_json import Machine

FOLDER = os.path.abspath(os.path.join(os.sep, "your own models (in memory)"))
"""Folder in the keys of such runs; it does not exist."""
DATA_NAME = "your samples"
CHUNK = 1024
"""Samples that are made dense at once."""


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
        _check_arguments(given)
        self.lock = threading.RLock()
        self._step = 0
        data = data_of(given.model) if given.samples is None and given.model is not None else given.samples
        live = None if data is None else read_samples(data, given.labels, given.columns)
        self._texts = live.samples if live is not None and live.is_text else None
        # Trial calls must not change the random numbers of the user's training.
        with torch.random.fork_rng(devices=[]):
            self._given = _with_functions(given, live)
            self._tried = self._try(live)
        # The key is used as a path, so the name must be a single path component.
        name = "".join(mark if mark.isprintable() and mark != os.sep else "-" for mark in self._given.name)
        self.key = os.path.join(FOLDER, name.strip() or "your own model")
        self._dataset, self._description, self._layout = self._read_data(self._tried)
        self._problem = self._problem_of(self._tried, live)

    def _try(self, live: LiveData | None) -> TriedModel:
        """Read the codes, and call the functions on a few samples."""
        given = self._given
        self._codes = self._text_codes() if self._texts is not None else read_codes(given.codes)
        if self._codes is not None and live is not None and len(self._codes.mean) != len(live):
            raise ConfigError(f"codes: {len(self._codes.mean)} codes for {len(live)} samples; give one code per sample")
        if given.decode is None and live is None:
            raise ConfigError(
                "pass the samples too, or decode: without a decoder the window shows the samples with the nearest codes"
            )
        return try_model(given, live, self._codes, self.lock)

    def open(self) -> OpenedRun:
        """Return the run with a model of the current weights."""
        # A new step makes caches and pending answers of the old weights stale.
        self._step += 1
        functions = self._tried.functions.frozen()
        model = UserModel(
            UserModelConfig(latent_dim=self._tried.latent_dim),
            functions,
            self._layout,
            self._description.transform,
            codes=self._known_codes(),
            stochastic=self._tried.stochastic,
            code_shape=self._tried.code_shape,
            likelihood=self._given.likelihood,
            rows_at_once=self._tried.rows_at_once,
        ).eval()
        classify, names = functions.classify, self._description.class_names
        classifier = None if classify is None else UserClassifier(classify, self._layout, names)
        loaded = LoadedModel(self.key, self._step, model, self._description, self._dataset, classifier)
        return OpenedRun(self._view(model), loaded, self._problem)

    def renew(self, codes: Any = None, labels: Any = None) -> OpenedRun:
        """Return the run opened again, with new codes or labels if they are given."""
        if codes is not None:
            if self._codes is None or self._texts is not None:
                raise ConfigError("codes can be updated only if codes were given to explore")
            renewed = read_codes(codes)
            assert renewed is not None
            # Other shapes would need new axes, labels and neighbours; that is a new call of explore.
            if renewed.mean.shape != self._codes.mean.shape:
                raise ConfigError(
                    f"new codes have shape {renewed.mean.shape}; the old ones have {self._codes.mean.shape}"
                )
            self._codes = renewed
        elif self._texts is not None:
            self._codes = self._text_codes()
        if labels is not None:
            self._relabel(labels)
        return self.open()

    # Checks

    def _text_codes(self) -> GivenCodes:
        """Return the codes of all texts: they are not arrays, so they are encoded here and not in the worker."""
        given = self._given
        if given.codes is not None:
            codes = read_codes(given.codes)
            assert codes is not None
            return codes
        if given.decode is not None or given.encode is None:
            raise ConfigError("for texts, pass codes, or encode as a function of a list of texts, without decode")
        texts = self._texts.tolist()  # type: ignore[union-attr]
        encode = UserFunction(lambda rows: given.encode(rows.tolist()), "encode", self.lock)  # type: ignore[misc]
        mean, *spread = (as_codes(part, "encode") for part in tried_call(encode, np.array(texts, object), "texts"))
        return GivenCodes(mean, spread[0] if spread else None)

    def _read_data(self, tried: TriedModel) -> tuple[Dataset | None, Description, SampleLayout]:
        """Return data set, description and layout."""
        given, live = self._given, tried.live
        count = len(live) if live is not None else None if self._codes is None else len(self._codes.mean)
        labels = given.labels if live is None else live.labels
        names = given.class_names or (() if live is None else live.class_names)
        self._labels, class_names = user_labels(labels, names, count, tried.classes)
        sample_format = given.sample_format
        if sample_format.shape is None and tried.picture is not None:
            sample_format = replace(sample_format, shape=tried.picture)
        if live is None:
            assert tried.decoded is not None
            description, layout = description_of_decodes(tried.decoded, sample_format, DATA_NAME)
            return None, replace(description, class_names=class_names), layout
        dataset, layout = user_dataset(live, self._labels, class_names, sample_format, DATA_NAME)
        if tried.decoded is not None:
            layout.to_shown(tried.decoded)  # raises an error if it has another size
        return dataset, dataset.description, layout

    def _problem_of(self, tried: TriedModel, live: LiveData | None) -> str:
        """Return what looks wrong, in sentences, or ""."""
        problems = [tried.problem, "" if live is None else live.note, self._range_problem(tried)]
        text = "; ".join(problem for problem in problems if problem)
        return f"{self._given.name}: {text}" if text else ""

    def _range_problem(self, tried: TriedModel) -> str:
        """Return what is wrong if decodes and samples have different units: all pictures would be black."""
        if tried.decoded is None or self._dataset is None or self._description.kind != "image":
            return ""
        (low, high), (sample_low, sample_high) = _range_of(tried.decoded), self._description.value_range
        ranges = f"decodes range from {low:.3g} to {high:.3g}, samples from {sample_low:g} to {sample_high:g}"
        # Pictures of 0 to 255 with a decoder that ends in a sigmoid are a common mistake.
        if sample_high - sample_low > 100 and low >= -1.5 and high <= 1.5:
            return f"{ranges}; give samples in the units of decode"
        if (sample_low, sample_high) == (0, 1) and low < -2 and high > 2:
            return f"{ranges}; if decode returns logits, end it with a sigmoid"
        return ""

    def _known_codes(self) -> KnownCodes | None:
        if self._codes is None or self._dataset is None:
            return None
        # Without encode, codes are looked up by the values of a sample.
        known = KnownCodes(_inputs(self._dataset), self._codes.mean, self._codes.log_variance)
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
            latent_shape=model.latent_shape,
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


def _check_arguments(given: UserModelSpec) -> None:
    """Raise ConfigError if arguments exclude each other, or have values that are not known."""
    if given.model is not None and (given.encode is not None or given.decode is not None or given.codes is not None):
        raise ConfigError("pass either a model, or encode, decode and codes")
    if given.encode is not None and given.codes is not None:
        raise ConfigError("give encode or codes, not both")
    if given.encode is not None and given.samples is None:
        raise ConfigError("encode needs samples; give samples, or leave out encode")
    if given.labels is not None and given.samples is None and given.codes is None and given.model is None:
        raise ConfigError("labels need samples or codes")
    if given.likelihood not in ("none", "gaussian", "bernoulli"):
        raise ConfigError(f"likelihood = {given.likelihood!r}: choose from none, gaussian, bernoulli")
    if given.sample_format.layout not in (None, "HWC", "CHW"):
        raise ConfigError(f"layout = {given.sample_format.layout!r}: choose from HWC, CHW")
    # A bad device would otherwise fail later, inside the first call of a function.
    try:
        torch.device(given.device or "cpu")
    except RuntimeError as error:
        raise ConfigError(f"device = {given.device!r}: unknown device; choose cpu, cuda or mps") from error


def _with_functions(given: UserModelSpec, live: LiveData | None) -> UserModelSpec:
    """Return the arguments with encode, decode or codes as found in the model."""
    if given.model is None:
        return given
    found = find_model(given.model, _few(live), 0 if live is None else len(live))
    if found.encode is not None and live is None:
        raise ConfigError("pass the data that the model encodes: explorer.explore(model, data)")
    name = given.name if given.name != UserModelSpec.name else title_of(given.model) or given.name
    return replace(
        given,
        encode=found.encode,
        decode=found.decode,
        codes=found.codes,
        knows_spread=found.knows_spread,
        name=name,
    )


def _few(live: LiveData | None) -> NDArray[Any] | None:
    """Return some samples for trial calls of a model; None without samples.

    Raises
    ------
    DataError
        If they are not finite: the outputs of a network would tell nothing.
    """
    if live is None or live.is_text:
        return None if live is None else live.samples[:TRIED]
    few = dense(live.samples[:TRIED])
    if few.dtype.kind == "f" and not np.isfinite(few).all():
        raise DataError("the samples contain NaN or infinity; remove or replace them")
    # With values of 0 to 255, a network for 0 to 1 is saturated, and its outputs cannot be told apart.
    return dense(in_unit_range(replace(live, samples=few)).samples)


def _inputs(dataset: Dataset) -> Iterator[NDArray[np.float32]]:
    """Yield the samples in model values, one after the other."""
    for start in range(0, len(dataset), CHUNK):
        yield from dataset.model_inputs(slice(start, start + CHUNK))


def _range_of(values: NDArray[np.float32]) -> tuple[float, float]:
    return float(values.min()), float(values.max())
