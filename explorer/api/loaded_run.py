"""A run with its data: what it has kept, and what its model makes of the data's samples."""

from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.api.run_model import RunModel
from explorer.config import ConfigError
from explorer.data.context import LoadContext
from explorer.data.corruption import Corruption, check_corruption
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.bound.sample_bound import IMPORTANCE_SAMPLES as SAMPLE_DRAWS
from explorer.latent.bound.sample_bound import SampleBound, bound_of_sample
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.words import WordSpace
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES, evaluate
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.decoder.restored_sample import RestoredSample, restore_sample
from explorer.latent.passes import at_once
from explorer.models.latent_model import NotDefined
from explorer.runs.history import History
from explorer.runs.latents import Latents
from explorer.runs.run_directory import RunDirectory, open_run


class LoadedRun(RunModel):
    """A trained model with its newest weights, on the CPU.

    Samples are in their own units and codes in latent units, as numpy arrays; nothing here needs the run's data but
    `dataset`, `evaluate`, and `code_of` where the run has kept no codes.
    """

    def __init__(self, run: RunDirectory) -> None:
        super().__init__(run)
        self._dataset: Dataset | None = None

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
        """Return the code ``(latent_dim,)`` of one sample, the posterior's mean; the data is read only if need be.

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

    def bound(self, sample: int, *, importance_samples: int = SAMPLE_DRAWS) -> SampleBound:
        """Return log p(x) of one sample of the run's data, its ELBO and the gap between, in nats.

        In one or two latent dimensions by a refined grid, which gives p(z|x) too (``posterior``); in more by importance
        samples, as a grid would take 200^latent_dim decodes.

        Raises
        ------
        DataError
            When the data has no such sample.
        ConfigError
            For a model that gives x no probability.
        """
        try:
            return at_once(bound_of_sample(self._model, self.dataset(), sample, importance_samples))
        except NotDefined as lack:
            raise ConfigError(f"{self.name}: log p(x) is not defined: {lack}") from lack

    def evaluate(self, split: str = "test", *, importance_samples: int = IMPORTANCE_SAMPLES) -> Figures:
        """Return the figures of the present weights on a split of the run's data.

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
