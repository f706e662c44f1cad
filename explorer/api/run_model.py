"""The model of a run without its data: encode, decode and draw samples, with NumPy arrays in and out."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError, RunConfig
from explorer.data.dataset import DataError, Dataset, Description, dense
from explorer.jobs.runs.run_data import data_problem
from explorer.latent.evaluation.score import mean_elbo
from explorer.latent.steps import at_once
from explorer.models.latent_model import NotDefined
from explorer.models.linear.linear_autoencoder import parts_by_settings, why_not_linear
from explorer.models.linear_parts import Linear, LinearParts
from explorer.models.priors import PriorArrays, PriorComponents, components_of
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory
from explorer.runs.weights_choice import FINAL, RunWeights, WeightsChoice

if TYPE_CHECKING:
    from explorer.export.models.export_model import Exported

CHUNK = 1024
"""Rows per call of the model, which bounds the memory of one call."""

NEEDS_DATA = "it is linear by its settings, and its components need the data of the run, which is not loaded"

Condition = str | int | Sequence[int] | NDArray[np.integer]
"""One class for all rows, by name or index, or one class index per row."""


class RunModel:
    """The chosen weights of a run, on the CPU, with everything that needs no data."""

    def __init__(self, run: RunDirectory, weights: WeightsChoice = FINAL) -> None:
        self._run = run
        checkpoint, self._weights = run.checkpoint_of(weights)
        self._model = run.model_of(checkpoint)

    def __repr__(self) -> str:
        return f"<run {self.name}: {self.config.model.family} of {self.description.name}, {self.weights.words}>"

    @property
    def weights(self) -> RunWeights:
        """Which weights these are: their step, epoch and choice; ``weights.words`` says it."""
        return self._weights

    @property
    def step(self) -> int:
        """The training step of the weights."""
        return self.weights.step

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self._run.path

    @property
    def name(self) -> str:
        """The run's name."""
        return self._run.name

    @property
    def config(self) -> RunConfig:
        """The settings that the run was trained with."""
        return self._run.config

    @property
    def description(self) -> Description:
        """What the run stores about its data: kind, shape, units, classes."""
        return self._run.description

    @property
    def latent_dim(self) -> int:
        """The number of latent dimensions."""
        return self._model.latent_dim

    @torch.inference_mode()
    def encode(
        self, samples: ArrayLike, condition: Condition | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Return the mean and log-variance of q(z|x) for samples, each ``(n, latent_dim)``.

        The log-variance is None for an autoencoder, whose code is a point.

        Parameters
        ----------
        samples
            ``(n, *description.shape)`` in their own units; term weights may be a sparse matrix.
        condition
            For a conditional model: one class for all rows, by name or index, or ``(n,)`` indices, with -1 for
            unknown. None means unknown for all.

        Raises
        ------
        DataError
            If the samples have another shape.
        ConfigError
            If the data has no such class, if the model is not conditional, or if it has no encoder.
        """
        values = self._checked(samples)
        # Results are collected on the CPU chunk by chunk.
        count = values.shape[0]
        mean = np.zeros((count, self.latent_dim), np.float32)
        log_variance = np.zeros_like(mean) if self._model.capabilities.stochastic_posterior else None
        classes = self._classes(condition, count)
        for part in _chunks(count):
            # Users work in the units of their samples, models in model values.
            inputs = torch.from_numpy(self.description.transform.apply(dense(values[part])))
            posterior = self._model.encode(inputs, None if classes is None else classes[part])
            mean[part] = posterior.mean.numpy()
            if log_variance is not None and posterior.log_variance is not None:
                log_variance[part] = posterior.log_variance.numpy()
        return mean, log_variance

    def score(self, samples: ArrayLike) -> float:
        """Return the mean ELBO of samples in nats, or minus their reconstruction loss if the family has no ELBO.

        ``samples`` are as in `encode`, and need not be of the run's data; their classes are unknown to the model.

        Raises
        ------
        DataError
            If the samples have another shape.
        ConfigError
            If the model has no encoder, or defines no p(x|z).
        """
        try:
            return mean_elbo(self._model, self.description, self._checked(samples))
        except NotDefined as lack:
            raise ConfigError(f"{self.name} has no score: {lack}") from lack

    def _checked(self, samples: Any) -> Any:
        """Return samples to encode, as an array or a sparse matrix, after a check of their shape."""
        self.need_encoder()
        values = samples.tocsr() if hasattr(samples, "tocsr") else np.asarray(samples)
        if values.shape[1:] != self.description.shape:
            shape = ", ".join(map(str, self.description.shape))
            raise DataError(f"samples have shape {values.shape}; {self.name} encodes (n, {shape})")
        return values

    @torch.inference_mode()
    def decode(self, z: ArrayLike, condition: Condition | None = None) -> NDArray[np.float32]:
        """Return the mean of p(x|z) for codes ``(..., latent_dim)``: ``(..., *shape)``, in the units of the samples.

        Parameters
        ----------
        condition
            For a conditional model: one class for all rows, by name or index, or one index per code, with -1 for
            unknown. None means unknown for all; a model is not trained for that if all its training samples had labels.

        Raises
        ------
        ConfigError
            If the codes have another dimension, the data has no such class, or the model is not conditional.
        """
        codes = np.asarray(z, np.float32)
        if codes.ndim == 0 or codes.shape[-1] != self.latent_dim:
            raise ConfigError(f"z has shape {codes.shape}; {self.name} decodes codes of {self.latent_dim} numbers")
        flat = codes.reshape(-1, self.latent_dim)  # (n, latent_dim)
        decoded = np.zeros((len(flat), *self.description.shape), np.float32)
        classes = self._classes(condition, len(flat))
        for part in _chunks(len(flat)):
            likelihood = self._model.decode(torch.from_numpy(flat[part]), None if classes is None else classes[part])
            decoded[part] = likelihood.mean.numpy()
        samples = self.description.transform.invert(decoded)  # back to the units of the samples
        return samples.reshape(*codes.shape[:-1], *self.description.shape)

    @property
    def prior(self) -> PriorArrays | None:
        """The prior p(z), with draws and log-density in nats; None for a family without a prior."""
        prior = self._model.prior
        return None if prior is None else PriorArrays(prior, self.latent_dim)

    @property
    def prior_components(self) -> PriorComponents | None:
        """The Gaussians of a learned mixture prior, sorted by decreasing weight; None for any other prior."""
        return components_of(self._model)

    def class_to_decode(self, condition: str | int | None) -> int | None:
        """Return the index of a class, given by name or index, for a conditional model; None without a class.

        Raises
        ------
        ConfigError
            If the model is not conditional, or the data has no such class.
        """
        if condition is None:
            return None
        self._model.capabilities.check_takes_class(self.name)
        return self.description.class_index(condition)

    def _classes(self, condition: Condition | None, count: int) -> torch.Tensor | None:
        """Return ``(count,)`` class indices, or None without a condition."""
        if condition is None:
            return None
        self._model.capabilities.check_takes_class(self.name)
        if isinstance(condition, str | int):
            return torch.full((count,), self.description.class_index(condition))  # one class for all rows
        classes = np.asarray(condition)
        last = len(self.description.class_names) - 1
        if classes.size != count or classes.dtype.kind not in "iu" or not ((classes >= -1) & (classes <= last)).all():
            raise ConfigError(f"condition: pass {count} class indices from -1 (unknown) to {last}, or one class")
        return torch.from_numpy(classes.astype(np.int64).reshape(-1))

    def sample(self, count: int, seed: int = 0, condition: Condition | None = None) -> NDArray[np.float32]:
        """Draw z from the prior and decode it: ``(count, *description.shape)`` in the units of the samples.

        ``condition`` is as in `decode`.

        Raises
        ------
        ConfigError
            If the model has no prior, such as an autoencoder.
        """
        prior = self._model.prior
        if prior is None:
            why = "the model has no prior to draw samples from; choose a family with one, such as vae"
            raise ConfigError(f"{self.name}: {why}")
        # A generator with the seed of the caller: equal seeds give equal samples, and the global state is untouched.
        return self.decode(prior.sample(count, torch.Generator().manual_seed(seed)).numpy(), condition)

    @cached_property
    def module(self) -> torch.nn.Module:
        """The model as a plain module of torch, a copy, with samples in their own units in and out.

        ``module(x)`` reconstructs ``(n, *description.shape)``, ``module.encoder(x)`` returns the mean of q(z|x) or the
        pair (mean, log-variance), ``module.decoder(z)`` the mean of p(x|z). All classes are torch's, so that it can be
        saved with `torch.save` and used where this program is not installed. A conditional model takes the class as a
        second argument ``(n,)`` int64; a model without an encoder only has ``module.decoder``.

        Raises
        ------
        ConfigError
            If the model cannot be written in this way, such as a word embedding.
        """
        from explorer.export.models.plain_module import plain_module

        return plain_module(self._model, self.description, self.name)

    def export(
        self,
        path: str | PathLike[str],
        *,
        kind: Literal["onnx", "torch", "safetensors"] | None = None,
        part: Literal["encoder", "decoder", "both"] = "both",
        overwrite: bool = False,
    ) -> "Exported":
        """Write the model for other programs, and compare what the file computes with the model.

        Parameters
        ----------
        path
            ``x.onnx``, ``x.safetensors`` for the weights of `module`, or, without a suffix, a folder with ``model.py``
            and ``weights.pt``, which need torch alone.
        kind
            By default that of the suffix.
        part
            What to write; "both" is the decoder alone if the model has no encoder.
        overwrite
            Whether to replace a file that exists.

        Raises
        ------
        ConfigError, RunError
            If the model cannot be exported in this way, a package is missing, or the path exists.
        """
        from explorer.export.models.export_model import export_model

        try:
            # Without the data, or where it would be a download, random inputs are compared.
            data = None if data_problem(self._run) else self._training_data()
        except (DataError, RunError):
            data = None
        return export_model(
            Path(path),
            self._model,
            self.description,
            self.name,
            kind=kind,
            part=part,
            dataset=data,
            overwrite=overwrite,
            weights=self.weights.words,
        )

    def linear_parts(self) -> LinearParts:
        """Return the directions of a linear model and the variance that each explains, in model values.

        Raises
        ------
        ConfigError
            If the model is not linear; the message says what makes it nonlinear.
        """
        if isinstance(self._model, Linear):
            return self._model.linear_parts()
        why = why_not_linear(self.config.model, type(self._model))
        if why or (data := self._training_data()) is None:
            raise ConfigError(f"{self.name} has no components: {why or NEEDS_DATA}")
        return at_once(parts_by_settings(self._model, data))

    def _training_data(self) -> Dataset | None:
        """Return the data of the run if this object can load it."""
        return None

    @property
    def has_encoder(self) -> bool:
        """Whether the model encodes samples."""
        return self._model.capabilities.encoder

    @property
    def takes_class(self) -> bool:
        """Whether the model is conditional: it takes the class of what it encodes and decodes."""
        return self._model.capabilities.condition

    def need_encoder(self) -> None:
        """Raise ConfigError if the model has no encoder."""
        if not self.has_encoder:
            raise ConfigError(
                f"{self.name}: its model ({self.config.model.family}) has no encoder, so samples have no codes; "
                "choose a run with an encoder, or give a code instead of a sample"
            )


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))
