"""A run with its data: the stored codes and curves, and what the model computes for the samples."""

from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.api.run_blends import RunBlends
from explorer.api.run_model import Condition, RunModel
from explorer.api.run_paths import path_question
from explorer.api.run_traversals import RunTraversals
from explorer.api.run_vectors import RunVectors
from explorer.config import ConfigError
from explorer.data.context import LoadContext
from explorer.data.corruption import Corruption, check_corruption
from explorer.data.dataset import DataError, Dataset
from explorer.export.comparison import Comparison
from explorer.jobs.queries.counterfactual_questions import FindCounterfactual
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.compare_runs import compare_runs
from explorer.jobs.runs.plane_codes import PlaneCodes, codes_of_latents
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.bound.sample_bound import IMPORTANCE_SAMPLES as SAMPLE_DRAWS
from explorer.latent.bound.sample_bound import SampleBound, bound_of_sample
from explorer.latent.codes.draws import CodeSource, Draws, sheet_codes, with_nearest
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.words import WordSpace
from explorer.latent.counterfactuals.counterfactual import STRIP, Counterfactual
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES, evaluate
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.decoder.restoration import RestoredSample, restore_sample
from explorer.latent.paths.follow_path import Metric, Spacing
from explorer.latent.paths.path_answer import PathAnswer
from explorer.latent.plane.box import Box
from explorer.latent.steps import Absent, Steps, at_once
from explorer.models.catalog import family
from explorer.models.latent_model import NotDefined
from explorer.models.sparse_code import SparseCode
from explorer.models.terms import Term
from explorer.plot.contents import PlaneContents
from explorer.runs.history import History
from explorer.runs.latents import Latents
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.weights_choice import FINAL, WeightsChoice
from explorer.session import Method


class LoadedRun(RunModel):
    """A trained model with the chosen weights, on the CPU.

    Samples are in their own units and codes in latent units, as NumPy arrays. The data is loaded at first need, by
    `dataset`, `encode_dataset`, `reconstruct`, `bound` and `evaluate`, and by `code_of` if the run stores no codes.
    """

    def __init__(self, run: RunDirectory, dataset: Dataset | None = None, weights: WeightsChoice = FINAL) -> None:
        super().__init__(run, weights)
        self._dataset = dataset

    @property
    def corruption(self) -> Corruption:
        """The corruption that was applied to each training sample before it was encoded."""
        return Corruption.of_training(self.config.train)

    @property
    def history(self) -> History:
        """The loss curves, in nats per sample."""
        return self._run.history

    @cached_property
    def latents(self) -> Latents | None:
        """The stored codes of all samples; None if they are of other weights than these.

        A model without an encoder stores draws from its prior instead (``drawn``).
        """
        latents = self._run.latents()
        # They are of the final weights, and of older ones in a run that was killed.
        return latents if latents is not None and latents.step == self.step else None

    def dataset(self, context: LoadContext | None = None) -> Dataset:
        """Return the data of the run, loaded at the first call.

        Raises
        ------
        RunError
            If the data is missing or has changed since the training.
        """
        if self._dataset is None:
            self._dataset = data_of_run(self._run, context)
        return self._dataset

    def _training_data(self) -> Dataset:
        """Return the data of the run."""
        return self.dataset()

    @property
    def terms(self) -> tuple[Term, ...]:
        """Titles and units of the curves, from the model family of the run."""
        return family(self.config.model.family).model_type.terms

    def manifold_codes(self, count: int) -> NDArray[np.float32]:
        """Return ``count`` × ``count`` codes at the quantiles of the prior, row by row from the top.

        ``(n, latent_dim)``: z₁ goes to the right and z₂ up, further dimensions are 0; one dimension has one row.

        Raises
        ------
        ConfigError
            For a model without a standard normal prior.
        """
        return sheet_codes(self._model.capabilities, self.latent_dim, self.name, count)

    def follow_path(
        self,
        waypoints: Sequence[int | ArrayLike],
        methods: Sequence[Method] = ("straight",),
        *,
        closed: bool = False,
        steps: int = 96,
        spacing: Spacing = "latent",
        metric: Metric = "decoder",
        condition: str | int | None = None,
        seed: int = 0,
        measured: bool = True,
    ) -> PathAnswer:
        """Return the path through samples or codes by each method: its curve, decodes, and the measures along it.

        Parameters
        ----------
        waypoints
            At least two: indices of samples, or codes of ``latent_dim`` numbers.
        methods
            ``"straight"``, ``"spherical"`` (along circles around 0), ``"spline"`` or ``"geodesic"``.
        closed
            Whether the last waypoint is joined to the first.
        steps, spacing
            Number of steps, and whether they are equal in ``"latent"`` or in ``"decoded"`` length.
        metric, seed
            The length that a geodesic minimizes, ``"decoder"`` or ``"density"``; seed of the codes it starts from.
        condition
            For a conditional model: the class to decode, by name or index.
        measured
            Whether to compute the measures.

        Raises
        ------
        ConfigError
            If a waypoint, method or number of steps is not possible.
        """
        question = path_question(
            self, waypoints, methods, closed=closed, steps=steps, spacing=spacing, metric=metric, condition=condition,
            seed=seed, measured=measured,
        )  # fmt: skip
        answer: PathAnswer = self.ask(question)
        return answer

    def code_of(self, sample: int) -> NDArray[np.float32]:
        """Return the code ``(latent_dim,)`` of one sample: the mean of q(z|x).

        Raises
        ------
        DataError
            If the data has no such sample.
        ConfigError
            If the model has no encoder.
        """
        self.need_encoder()
        # Stored codes spare the loading of the data, which may be a download.
        latents = self.latents
        # Stored codes have the order of the data, but may be a subset of it.
        if latents is not None and (rows := np.flatnonzero(latents.index == sample)).size:
            return np.array(latents.mean[rows[0]], np.float32)
        dataset = self.dataset()
        if not 0 <= sample < len(dataset):
            raise DataError(f"{dataset.name} has no sample {sample}; its samples are 0 to {len(dataset) - 1}")
        return np.array(embed(self._model, dataset, np.array([sample])).mean[0], np.float32)

    @cached_property
    def words(self) -> WordSpace:
        """The word vectors of a run trained on words, for nearest words and analogies.

        Raises
        ------
        ConfigError
            If the samples of the run are not words.
        """
        if not self.description.of_words:
            kind = {"image": "pictures", "vector": "vectors", "text": "documents"}[self.description.kind]
            raise ConfigError(f"{self.name}: its samples are {kind}, not words; train skip-gram on words")
        latents = self.latents or self.encode_dataset()
        names = self.description.sample_names
        return WordSpace([names[sample] for sample in latents.index], latents.mean)

    def encode_dataset(self) -> Latents:
        """Encode every sample of the run's data.

        Raises
        ------
        ConfigError
            If the model has no encoder.
        """
        self.need_encoder()
        dataset = self.dataset()
        embedding = embed(self._model, dataset)
        return Latents(
            step=self.step,
            mean=embedding.mean,
            log_variance=embedding.log_variance,
            index=embedding.index,
            split=dataset.splits.of_each_sample(),
            labels=dataset.labels,
            # Known factors are columns to colour by, too.
            columns={**dataset.columns, **dataset.factors},
            scale_tril=embedding.scale_tril,
        )

    @cached_property
    def plane_codes(self) -> PlaneCodes | None:
        """The codes of all samples as the window has them, encoded first if they are not stored; None without codes."""
        latents = self.latents or (self.encode_dataset() if self.has_encoder else None)
        return None if latents is None else codes_of_latents(latents, self.path, self.latent_dim)

    @cached_property
    def traversals(self) -> RunTraversals:
        """Decodes along directions through a code, and the names of latent dimensions."""
        return RunTraversals(self)

    @cached_property
    def vectors(self) -> RunVectors:
        """Groups of samples found by searches, attribute vectors between them, and the vectors kept with the run."""
        return RunVectors(self)

    @cached_property
    def blends(self) -> RunBlends:
        """Blends of pinned samples, and their comparison with real samples."""
        return RunBlends(self)

    def counterfactual(
        self, sample: int, to_class: str | int | None = None, *, seed: int = 0, steps: int = STRIP
    ) -> Counterfactual:
        """Return the nearest code whose decode is predicted as another class than that of a sample, or as ``to_class``.

        Parameters
        ----------
        sample
            Index of the sample.
        to_class
            Name or index of the class to reach; None for any other class.
        seed
            Random seed of the search.
        steps
            Number of decodes on the line from the sample through the counterfactual.

        Raises
        ------
        ConfigError
            If no counterfactual is found, or it is not defined for the run; the message says why.
        """
        wanted = None if to_class is None else self.description.class_index(to_class)
        self.need_encoder()
        self.dataset()
        found = self.ask(FindCounterfactual(str(self.path), sample, wanted, seed, self.plane_codes, steps))
        if isinstance(found, Absent):
            why = f"sample {sample} has no counterfactual: {found.why}"
            raise ConfigError(f"{self.name}: {why}; choose another sample, class or run")
        answer: Counterfactual = found
        return answer

    def ask(self, question: Question) -> Any:
        """Ask the model a question, as the window does, and return its answer."""
        return at_once(self.in_steps(question))

    def in_steps(self, question: Question) -> Steps[Any]:
        """Answer a question in steps; they yield the reports that its class documents."""
        return question.ask(LoadedModel(str(self.path), self.step, self._model, self.description, self._dataset))

    def reconstruct(self, sample: int, corruption: Corruption | None = None, seed: int = 0) -> RestoredSample:
        """Corrupt one sample of the run's data, encode and decode it, and compare.

        Parameters
        ----------
        corruption
            A kind and a level; by default those of the training.
        seed
            Seed of the corruption.

        Raises
        ------
        DataError
            If the data has no such sample.
        ConfigError
            If the corruption is unknown or does not apply to the data, or if the model has no encoder.
        """
        chosen = self.corruption if corruption is None else corruption
        check_corruption(chosen.kind, self.description)
        try:
            return restore_sample(self._model, self.dataset(), sample, chosen, seed)
        except NotDefined as lack:
            raise ConfigError(f"{self.name} cannot reconstruct samples: {lack}") from lack

    def bound(self, sample: int, *, importance_samples: int = SAMPLE_DRAWS) -> SampleBound:
        """Return log p(x) of one sample of the run's data, its ELBO and the gap between them, in nats.

        With one or two latent dimensions a refined grid integrates p(x|z)p(z), which also yields p(z|x)
        (``posterior``). With more it is estimated by importance sampling, as a grid would need 200^latent_dim decodes.

        Raises
        ------
        DataError
            If the data has no such sample.
        ConfigError
            If the model defines no p(x).
        """
        try:
            return at_once(bound_of_sample(self._model, self.dataset(), sample, importance_samples))
        except NotDefined as lack:
            raise ConfigError(f"{self.name}: log p(x) is not defined: {lack}") from lack

    def draws(self, count: int = 25, seed: int = 0, condition: Condition | None = None) -> Draws:
        """Decode ``count`` random codes, and find the training sample nearest to each decode.

        The codes are drawn from the prior. Without a prior they are drawn uniformly from the range of the codes of the
        samples; `code_source` says which. ``condition`` is as in `decode`.
        """
        z = self.code_source.draw(count, np.random.default_rng(seed))
        return with_nearest(z, self.decode(z, condition), self.dataset())

    @cached_property
    def code_source(self) -> CodeSource:
        """Where random codes come from: the prior or, without one, the range of the codes of the samples."""
        codes = None
        if not self._model.capabilities.prior:
            codes = (self.latents or self.encode_dataset()).mean
        sparse = isinstance(self.config.model, SparseCode)
        return CodeSource(self.latent_dim, self._model.capabilities, codes, self.prior_components, sparse)

    def plane(
        self,
        overlays: Sequence[str] = (),
        *,
        box: tuple[float, float, float, float] | None = None,
        samples: Sequence[int] = (),
        condition: str | int = "",
        size: int = 640,
        colour_by: str = "class",
    ) -> PlaneContents:
        """Return the latent plane as values for `explorer.plot`: the points of all codes and the results of overlays.

        Raises
        ------
        ConfigError
            For an overlay that is unknown, not defined for the run, or has nothing to show.
        """
        from explorer.jobs.reports.plane_layers import PlaneOptions, compute_plane

        options = PlaneOptions(
            tuple(overlays), size, None if box is None else Box(*box), tuple(samples), str(condition), colour_by
        )
        return compute_plane(self.path, options, weights=self.weights.choice).contents

    def compare(
        self, *others: "LoadedRun", split: str = "test", importance_samples: int = IMPORTANCE_SAMPLES
    ) -> Comparison:
        """Return the comparison of this run with others: settings, figures, and text on the differences.

        Each run has the weights that it was loaded with. Figures that are not stored are measured first, on a split of
        the data.
        """
        # By path: the comparison reads stored figures, and loads a model only to compute missing ones.
        runs = (self, *others)
        paths, weights = [run.path for run in runs], [run.weights.choice for run in runs]
        return at_once(compare_runs(paths, split, importance_samples=importance_samples, weights=weights))

    def evaluate(self, split: str = "test", *, importance_samples: int = IMPORTANCE_SAMPLES) -> Figures:
        """Return the figures of the weights on a split of the run's data.

        ``importance_samples`` is the number of draws per sample, in each of two rounds, for the estimate of log p(x); 0
        skips the estimate.
        """
        options: dict[str, Any] = {"importance_samples": importance_samples, "corruption": self.corruption}
        return evaluate(self._model, self.dataset(), split, **options)


def load_run(run: str | PathLike[str], weights: str | int | WeightsChoice = FINAL) -> LoadedRun:
    """Open a run directory with the chosen weights, see `explorer.load`.

    Raises
    ------
    ConfigError
        If ``weights`` is not a choice of weights.
    RunError
        If the folder is not a run, is damaged, or does not have these weights.
    """
    choice = WeightsChoice.parse(weights)
    return LoadedRun(open_run(Path(run)), weights=choice)
