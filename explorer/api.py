"""The public interface for scripts: numpy in, numpy out."""

from collections.abc import Callable, Iterator
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError, RunConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset, Description
from explorer.jobs.run_data import data_of_run
from explorer.jobs.settings import build_config, named_assignments, value_text
from explorer.jobs.train_run import new_run, run_training
from explorer.latent.embedding import embed
from explorer.latent.evaluation import evaluate
from explorer.latent.figures import Figures
from explorer.runs.errors import RunError
from explorer.runs.history import History
from explorer.runs.latents import Latents
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.training.events import Finished, Progress

CHUNK = 1024


class LoadedRun:
    """A trained model with its newest weights, on the CPU.

    Samples are in their own units and codes in latent units, as numpy arrays; nothing here needs the run's data but
    `dataset`, `evaluate`, and `code_of` where the run has kept no codes.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._model, self.step = run.load_model()
        self._dataset: Dataset | None = None

    def __repr__(self) -> str:
        return f"<run {self.name}: {self.config.model.family} of {self.description.name}, step {self.step}>"

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
        """What the run was made from."""
        return self._run.config

    @property
    def description(self) -> Description:
        """What the run keeps of its data: kind, shape, units, classes."""
        return self._run.description

    @property
    def latent_dim(self) -> int:
        """How many numbers a code has."""
        return self._model.latent_dim

    @property
    def history(self) -> History:
        """The curves, in nats per sample."""
        return self._run.history

    @cached_property
    def latents(self) -> Latents | None:
        """The codes of all samples as the run keeps them; None where the present weights have none."""
        latents = self._run.latents()
        return latents if latents is not None and latents.step == self.step else None

    @torch.inference_mode()
    def encode(self, samples: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Give the posterior's mean and log-variance of samples, each ``(n, latent_dim)``.

        The log-variance is None for an autoencoder, whose code is a point.

        Parameters
        ----------
        samples
            ``(n, *description.shape)`` in their own units.

        Raises
        ------
        DataError
            For samples of another shape.
        """
        values = np.asarray(samples)
        if values.shape[1:] != self.description.shape:
            shape = ", ".join(map(str, self.description.shape))
            raise DataError(f"samples have shape {values.shape}; {self.name} encodes (n, {shape})")
        mean = np.zeros((len(values), self.latent_dim), np.float32)
        log_variance = np.zeros_like(mean) if self._model.capabilities.stochastic_posterior else None
        for part in _parts(len(values)):
            inputs = torch.from_numpy(self.description.transform.apply(values[part]))
            posterior = self._model.encode(inputs)
            mean[part] = posterior.mean.numpy()
            if log_variance is not None and posterior.log_variance is not None:
                log_variance[part] = posterior.log_variance.numpy()
        return mean, log_variance

    @torch.inference_mode()
    def decode(self, z: ArrayLike) -> NDArray[np.float32]:
        """Give the mean of p(x|z) of codes ``(..., latent_dim)``: ``(..., *description.shape)`` in the samples' units.

        Raises
        ------
        ConfigError
            For codes of another dimension.
        """
        codes = np.asarray(z, np.float32)
        if codes.ndim == 0 or codes.shape[-1] != self.latent_dim:
            raise ConfigError(f"z has shape {codes.shape}; {self.name} decodes codes of {self.latent_dim} numbers")
        flat = codes.reshape(-1, self.latent_dim)
        decoded = np.zeros((len(flat), *self.description.shape), np.float32)
        for part in _parts(len(flat)):
            decoded[part] = self._model.decode(torch.from_numpy(flat[part])).mean.numpy()
        samples = self.description.transform.invert(decoded)
        return samples.reshape(*codes.shape[:-1], *self.description.shape)

    def sample(self, count: int, seed: int = 0) -> NDArray[np.float32]:
        """Draw z from the prior and decode it: ``(count, *description.shape)`` in the samples' own units.

        Raises
        ------
        ConfigError
            For a model without a prior, such as an autoencoder.
        """
        prior = self._model.prior
        if prior is None:
            raise ConfigError(f"{self.name}: its model has no prior, so that drawing samples is not defined")
        return self.decode(prior.sample(count, torch.Generator().manual_seed(seed)).numpy())

    def dataset(self, context: LoadContext | None = None) -> Dataset:
        """Load the run's data, once.

        Raises
        ------
        RunError
            When it is not there, or has changed since the training.
        """
        if self._dataset is None:
            self._dataset = data_of_run(self._run, context)
        return self._dataset

    def code_of(self, sample: int) -> NDArray[np.float32]:
        """Give the code ``(latent_dim,)`` of one sample, the posterior's mean; the data is read only if need be.

        Raises
        ------
        DataError
            When the data has no such sample.
        """
        latents = self.latents
        if latents is not None and (rows := np.flatnonzero(latents.index == sample)).size:
            return np.array(latents.mean[rows[0]], np.float32)
        dataset = self.dataset()
        if not 0 <= sample < len(dataset):
            raise DataError(f"{dataset.name} has no sample {sample}; its samples are 0 to {len(dataset) - 1}")
        mean, _ = self.encode(dataset.samples[sample : sample + 1])
        return np.array(mean[0], np.float32)

    def encode_dataset(self) -> Latents:
        """Encode every sample of the run's data by the present weights."""
        dataset = self.dataset()
        embedding = embed(self._model, dataset)
        return Latents(
            step=self.step,
            mean=embedding.mean,
            log_variance=embedding.log_variance,
            index=embedding.index,
            split=dataset.splits.of_each_sample(),
            labels=dataset.labels,
            columns={**dataset.columns, **dataset.factors},
        )

    def evaluate(self, split: str = "test") -> Figures:
        """Give the figures of the present weights on a split of the run's data."""
        return evaluate(self._model, self.dataset(), split)


def load_run(run: str | PathLike[str]) -> LoadedRun:
    """Open a run directory with its newest weights.

    Raises
    ------
    RunError
        When it is no run, is damaged, or has no weights yet.
    """
    return LoadedRun(open_run(Path(run)))


def train_new_run(
    config: RunConfig | None = None,
    *,
    out: str | PathLike[str],
    data: str = "digits",
    model: str = "vae",
    device: str = "auto",
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    **settings: Any,
) -> LoadedRun:
    """Train a run to its end and open it.

    Parameters
    ----------
    config
        The whole config; or else it is built from ``data``, ``model`` and ``settings``.
    out
        The run's new folder.
    **settings
        Any setting of the config by its name: ``latent_dim=2, epochs=30, seed=0, beta=4``.

    Raises
    ------
    ConfigError, DataError, RunError
        For settings that do not fit, bad data, a folder that is taken, or a training that failed.
    """
    if config is None:
        config = build_config(model, {"data.source": value_text(data), **named_assignments(model, settings)})
    elif settings:
        raise ConfigError("give either a whole config or settings by name, not both")
    job = new_run(config, Path(out), device=device, overwrite=overwrite)
    for event in run_training(job):
        if isinstance(event, Progress) and on_progress is not None:
            on_progress(event)
        if isinstance(event, Finished) and event.status == "failed":
            raise RunError(f"{out}: {event.reason}")
    return load_run(out)


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))
