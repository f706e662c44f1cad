"""The public interface for scripts: numpy in, numpy out."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError, RunConfig
from explorer.data.context import LoadContext
from explorer.data.corruption import Corruption, check_corruption
from explorer.data.dataset import DataError, Dataset, Description, dense
from explorer.jobs.classes import check_takes_class, class_index
from explorer.jobs.run_data import data_of_run
from explorer.jobs.settings import build_config, named_assignments, value_text
from explorer.jobs.train_run import new_run, run_training
from explorer.latent.embedding import embed
from explorer.latent.evaluation import IMPORTANCE_SAMPLES, evaluate
from explorer.latent.figures import Figures
from explorer.latent.restored_sample import RestoredSample, restore_sample
from explorer.latent.words import WordSpace
from explorer.models.gaussian_mixture import PriorComponents, components_of
from explorer.models.latent_model import NotDefined
from explorer.models.linear_parts import Linear, LinearParts
from explorer.models.prior_arrays import PriorArrays
from explorer.runs.errors import RunError
from explorer.runs.history import History
from explorer.runs.latents import Latents
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.training.events import Finished, Progress

CHUNK = 1024

Condition = str | int | Sequence[int] | NDArray[np.integer]
"""A class by name or index, or one index for each."""


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
    def corruption(self) -> Corruption:
        """What was done to each sample before the encoder saw it in training."""
        return Corruption.of_training(self.config.train)

    @property
    def history(self) -> History:
        """The curves, in nats per sample."""
        return self._run.history

    @cached_property
    def latents(self) -> Latents | None:
        """The codes of all samples as the run keeps them; None where the present weights have none.

        Of a model without an encoder they are draws from the prior (``drawn``), and no samples.
        """
        latents = self._run.latents()
        return latents if latents is not None and latents.step == self.step else None

    @torch.inference_mode()
    def encode(
        self, samples: ArrayLike, condition: Condition | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Give the posterior's mean and log-variance of samples, each ``(n, latent_dim)``.

        The log-variance is None for an autoencoder, whose code is a point.

        Parameters
        ----------
        samples
            ``(n, *description.shape)`` in their own units; weights of terms may be sparse.
        condition
            For a model that is told the class: one for all, by name or index, or ``(n,)`` indices, -1 where it is
            unknown; None is unknown for all.

        Raises
        ------
        DataError
            For samples of another shape.
        ConfigError
            For a class that the data does not have, or a model that is told none.
        """
        self._need_encoder()
        values = dense(samples)
        if values.shape[1:] != self.description.shape:
            shape = ", ".join(map(str, self.description.shape))
            raise DataError(f"samples have shape {values.shape}; {self.name} encodes (n, {shape})")
        mean = np.zeros((len(values), self.latent_dim), np.float32)
        log_variance = np.zeros_like(mean) if self._model.capabilities.stochastic_posterior else None
        classes = self._classes(condition, len(values))
        for part in _parts(len(values)):
            inputs = torch.from_numpy(self.description.transform.apply(values[part]))
            posterior = self._model.encode(inputs, None if classes is None else classes[part])
            mean[part] = posterior.mean.numpy()
            if log_variance is not None and posterior.log_variance is not None:
                log_variance[part] = posterior.log_variance.numpy()
        return mean, log_variance

    @torch.inference_mode()
    def decode(self, z: ArrayLike, condition: Condition | None = None) -> NDArray[np.float32]:
        """Give the mean of p(x|z) of codes ``(..., latent_dim)``: ``(..., *description.shape)`` in the samples' units.

        Parameters
        ----------
        condition
            For a model that is told the class: one for all, by name or index, or one index for each code, -1 where it
            is unknown; None is unknown for all, which says little where every sample of the training had a class.

        Raises
        ------
        ConfigError
            For codes of another dimension, a class that the data does not have, or a model that is told none.
        """
        codes = np.asarray(z, np.float32)
        if codes.ndim == 0 or codes.shape[-1] != self.latent_dim:
            raise ConfigError(f"z has shape {codes.shape}; {self.name} decodes codes of {self.latent_dim} numbers")
        flat = codes.reshape(-1, self.latent_dim)
        decoded = np.zeros((len(flat), *self.description.shape), np.float32)
        classes = self._classes(condition, len(flat))
        for part in _parts(len(flat)):
            likelihood = self._model.decode(torch.from_numpy(flat[part]), None if classes is None else classes[part])
            decoded[part] = likelihood.mean.numpy()
        samples = self.description.transform.invert(decoded)
        return samples.reshape(*codes.shape[:-1], *self.description.shape)

    @property
    def prior(self) -> PriorArrays | None:
        """p(z): to draw from, and its log-density in nats; None for a family without one."""
        prior = self._model.prior
        return None if prior is None else PriorArrays(prior, self.latent_dim)

    @property
    def prior_components(self) -> PriorComponents | None:
        """The Gaussians of a learned prior, the heaviest first; None where the prior is a standard normal or none."""
        return components_of(self._model)

    def _classes(self, condition: Condition | None, count: int) -> torch.Tensor | None:
        """Give ``(count,)`` class indices; None for no condition."""
        if condition is None:
            return None
        check_takes_class(self._model.capabilities, self.name)
        if isinstance(condition, str | int):
            return torch.full((count,), class_index(self.description, condition))
        classes = np.asarray(condition)
        most = len(self.description.class_names) - 1
        if classes.size != count or classes.dtype.kind not in "iu" or not ((classes >= -1) & (classes <= most)).all():
            raise ConfigError(f"condition: give {count} class indices from -1 (unknown) to {most}, or one class")
        return torch.from_numpy(classes.astype(np.int64).reshape(-1))

    def sample(self, count: int, seed: int = 0, condition: Condition | None = None) -> NDArray[np.float32]:
        """Draw z from the prior and decode it: ``(count, *description.shape)`` in the samples' own units.

        ``condition`` is as in `decode`.

        Raises
        ------
        ConfigError
            For a model without a prior, such as an autoencoder.
        """
        prior = self._model.prior
        if prior is None:
            raise ConfigError(f"{self.name}: its model has no prior, so that drawing samples is not defined")
        return self.decode(prior.sample(count, torch.Generator().manual_seed(seed)).numpy(), condition)

    def linear_parts(self) -> LinearParts:
        """Give a linear model's directions and what they explain, in model values.

        Raises
        ------
        ConfigError
            For a model that is not linear.
        """
        if not isinstance(self._model, Linear):
            raise ConfigError(
                f"{self.name}: components are not defined: its model, {self.config.model.family}, is no linear map and "
                "has no learned prior"
            )
        return self._model.linear_parts()

    @property
    def has_encoder(self) -> bool:
        """Whether its model gives codes of samples."""
        return self._model.capabilities.encoder

    @property
    def takes_class(self) -> bool:
        """Whether its model is told the class of what it encodes and decodes."""
        return self._model.capabilities.condition

    def _need_encoder(self) -> None:
        if not self.has_encoder:
            raise ConfigError(
                f"{self.name}: its model ({self.config.model.family}) has no encoder, so that the code of a sample is "
                "not defined; give a code of your own, or draw one from its prior"
            )

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
        self._need_encoder()
        latents = self.latents
        if latents is not None and (rows := np.flatnonzero(latents.index == sample)).size:
            return np.array(latents.mean[rows[0]], np.float32)
        dataset = self.dataset()
        if not 0 <= sample < len(dataset):
            raise DataError(f"{dataset.name} has no sample {sample}; its samples are 0 to {len(dataset) - 1}")
        return np.array(embed(self._model, dataset, np.array([sample])).mean[0], np.float32)

    @cached_property
    def words(self) -> WordSpace:
        """The vectors of a run of words, for nearest words and analogies.

        Raises
        ------
        ConfigError
            For a run whose samples are no words.
        """
        if not self.description.of_words:
            held = {"image": "pictures", "vector": "vectors", "text": "documents"}[self.description.kind]
            raise ConfigError(f"{self.name}: its samples are {held}, no words; train skip-gram on words")
        latents = self.latents or self.encode_dataset()
        names = self.description.sample_names
        return WordSpace([names[sample] for sample in latents.index], latents.mean)

    def encode_dataset(self) -> Latents:
        """Encode every sample of the run's data by the present weights.

        Raises
        ------
        ConfigError
            For a model without an encoder.
        """
        self._need_encoder()
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
            scale_tril=embedding.scale_tril,
        )

    def reconstruct(self, sample: int, corruption: Corruption | None = None, seed: int = 0) -> RestoredSample:
        """Corrupt one sample of the run's data, encode and decode it, and compare.

        Parameters
        ----------
        corruption
            A kind and a level; by default the run's own.
        seed
            Of the noise, or of what is hidden.

        Raises
        ------
        DataError
            When the data has no such sample.
        ConfigError
            For a corruption that is unknown, or means nothing for the data, or a model that does not encode.
        """
        chosen = self.corruption if corruption is None else corruption
        check_corruption(chosen.kind, self.description)
        try:
            return restore_sample(self._model, self.dataset(), sample, chosen, seed)
        except NotDefined as lack:
            raise ConfigError(f"{self.name}: a reconstruction is not defined: {lack}") from lack

    def evaluate(self, split: str = "test", *, importance_samples: int = IMPORTANCE_SAMPLES) -> Figures:
        """Give the figures of the present weights on a split of the run's data.

        ``importance_samples`` are the draws for each sample's estimate of log p(x); 0 leaves it out.
        """
        return evaluate(
            self._model,
            self.dataset(),
            split,
            importance_samples=importance_samples,
            corruption=self.corruption,
        )


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
    data: str | None = None,
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
    data
        A catalogue name or a path; by default the family's example data.
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
        named = {} if data is None else {"data.source": value_text(data)}
        config = build_config(model, named | named_assignments(model, settings))
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
