"""Groups of samples of a run, attribute vectors between them, and the vectors that are kept with the run."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.api.asked_run import AskedRun
from explorer.assets import runs_folder
from explorer.config import ConfigError
from explorer.jobs.queries.vector_questions import ApplyVector, FindAnalogy, GroupMembers, MakeVector, SummarizeGroup
from explorer.jobs.questions import Question
from explorer.jobs.runs.carried_vectors import VectorOrigin, carried_groups, kept_vector
from explorer.latent.directions.applied_vector import STRENGTHS, Analogy, AppliedVector
from explorer.latent.directions.attribute_vector import NO_CODES, NO_ENCODER, AttributeVector
from explorer.latent.groups.sample_table import SampleTable, table_of_codes
from explorer.latent.groups.search import find_samples
from explorer.latent.groups.summary import GroupSummary
from explorer.latent.steps import Absent
from explorer.runs.kept_vectors import KeptVector, read_vectors, vectors_file, with_vector, write_vectors
from explorer.runs.run_directory import open_run

Group = str | ArrayLike | GroupMembers
"""A search text, sample indices, or a group with a name."""


class RunVectors:
    """Groups and vectors of a run; see `LoadedRun.vectors`."""

    def __init__(self, loaded: AskedRun) -> None:
        self._loaded = loaded

    def find(self, text: str) -> NDArray[np.int64]:
        """Return the indices of the samples that a search finds; `explorer.latent.groups.search` has the grammar.

        The data is loaded only for a search by the features of a table.

        Raises
        ------
        ConfigError
            If the text is not understood.
        """
        # Try without the data first: loading it may need a download.
        table = self._table()
        try:
            return find_samples(table, text)
        except ConfigError:
            if not self._loaded.description.feature_names:
                raise
            # The features are not stored with the codes.
            self._loaded.dataset()
            return find_samples(self._table(with_features=True), text)

    def group(self, given: Group) -> GroupMembers:
        """Return a group with its name and sorted samples.

        Raises
        ------
        ConfigError
            If a search is not understood or finds nothing, or an index does not exist.
        """
        if isinstance(given, GroupMembers):
            return given
        if isinstance(given, str):
            self._check_codes()
            found = np.sort(self.find(given))
            if len(found) == 0:
                raise ConfigError(f"{given!r} finds no samples of {self._loaded.name}")
            return GroupMembers(given, tuple(found.tolist()))
        # Remove duplicates, so that each code counts once in the mean.
        samples = np.unique(np.asarray(given, np.int64).reshape(-1))
        known = self._table().index
        if missing := samples[~np.isin(samples, known)].tolist():
            raise ConfigError(f"{self._loaded.name} has no sample {missing[0]}; its last sample is {known.max():,}")
        name = f"sample {samples[0]}" if len(samples) == 1 else f"{len(samples):,} samples"
        return GroupMembers(name, tuple(samples.tolist()))

    def summarize(self, group: Group, by: str = "") -> GroupSummary:
        """Return the summary of a group; the mean sample needs the data of the run, see `LoadedRun.dataset`."""
        members = self.group(group)
        question = SummarizeGroup(str(self._loaded.path), members.samples, self._loaded.plane_codes, by)
        found: GroupSummary = self._answer(question)
        return found

    def make(self, plus: Group, minus: Group, *, by: str = "", seed: int = 0) -> AttributeVector:
        """Return the mean code of ``plus`` minus that of ``minus``, with its certainty.

        Parameters
        ----------
        by
            Column whose values are left out and resampled as a whole, such as the person; "" for single samples.
        seed
            Seed of the bootstrap.

        Raises
        ------
        ConfigError
            If the model has no encoder, or a group has no samples.
        """
        self._check_codes()
        key, codes = str(self._loaded.path), self._loaded.plane_codes
        found: AttributeVector = self._answer(MakeVector(key, self.group(plus), self.group(minus), codes, by, seed))
        return found

    def apply(
        self,
        z: int | ArrayLike,
        vector: AttributeVector | ArrayLike,
        strengths: Sequence[float] = STRENGTHS,
        condition: str | int | None = None,
    ) -> AppliedVector:
        """Decode z + strength · vector for each strength; z is a sample's index or a code ``(latent_dim,)``."""
        code = self._loaded.code_of(int(z)) if isinstance(z, int | np.integer) else np.asarray(z, np.float64)
        values = vector.values if isinstance(vector, AttributeVector) else np.asarray(vector, np.float64)
        for given, what in ((code, "z"), (values, "the vector")):
            if given.shape != (self._loaded.latent_dim,):
                raise ConfigError(f"{what} has shape {given.shape}; codes have {self._loaded.latent_dim} numbers")
        found: AppliedVector = self._answer(
            ApplyVector(
                str(self._loaded.path),
                tuple(map(float, code)),
                tuple(map(float, values)),
                tuple(map(float, strengths)),
                self._loaded.plane_codes,
                self._loaded.class_to_decode(condition),
            )
        )
        return found

    def analogy(self, a: Group, b: Group, c: Group, condition: str | int | None = None) -> Analogy:
        """Decode a − b + c; of a group, the mean code is taken."""
        self._check_codes()
        parts = [self.group(one) for one in (a, b, c)]
        key, codes = str(self._loaded.path), self._loaded.plane_codes
        chosen = self._loaded.class_to_decode(condition)
        found: Analogy = self._answer(FindAnalogy(key, parts[0], parts[1], parts[2], codes, chosen))
        return found

    @property
    def kept(self) -> tuple[KeptVector, ...]:
        """The vectors that are kept with the run."""
        return read_vectors(self._file, self._loaded.latent_dim)

    def kept_named(self, name: str) -> KeptVector:
        """Return a kept vector.

        Raises
        ------
        ConfigError
            If no kept vector has this name.
        """
        known = {one.name: one for one in self.kept}
        if name not in known:
            names = f"it keeps {', '.join(known)}" if known else "it keeps none yet"
            raise ConfigError(f"{self._loaded.name} keeps no vector {name!r}; {names}")
        return known[name]

    def record(self, name: str, vector: AttributeVector, searches: tuple[str, str] = ("", "")) -> KeptVector:
        """Return a vector with its groups, data and weights, as it is kept and exported.

        ``searches`` are the texts that find ``plus`` and ``minus``; "" keeps the indices of the samples.
        """
        run, weights = self._loaded, self._loaded.weights
        origin = VectorOrigin(run.name, run.description.fingerprint, weights.step, weights.checksum)
        return kept_vector(name, vector, origin, searches)

    def keep(self, vector: KeptVector) -> None:
        """Keep a vector with the run; it replaces the one of the same name."""
        # Read again first: the window may have kept a vector of the same run meanwhile.
        write_vectors(self._file, with_vector(self.kept, vector))

    def remove(self, name: str) -> None:
        """Remove a kept vector."""
        gone = self.kept_named(name)
        write_vectors(self._file, [one for one in self.kept if one.name != gone.name])

    def difference(self, vector: KeptVector) -> str:
        """Return a sentence on how the data and weights differ from those of a kept vector, or ""."""
        weights = self._loaded.weights
        return vector.difference(self._loaded.description.fingerprint, weights.step, weights.checksum)

    def carry(self, vector: KeptVector, seed: int = 0) -> AttributeVector:
        """Compute the vector of another run in this run, from the same groups.

        Raises
        ------
        ConfigError
            If the groups do not exist in the data of this run.
        """
        self._check_codes()
        found = carried_groups(vector, self._loaded.description.fingerprint, self.find)
        groups = [
            GroupMembers(group.name, tuple(np.sort(samples).tolist()))
            for group, samples in zip((vector.plus, vector.minus), found, strict=True)
        ]
        # Do not copy the numbers of the vector: the axes of two latent spaces are unrelated.
        return self.make(groups[0], groups[1], by=vector.by, seed=seed)

    @property
    def _file(self) -> Path:
        return vectors_file(self._loaded.path, runs_folder(), read_only=open_run(self._loaded.path).read_only)

    @cached_property
    def _stored_table(self) -> SampleTable:
        codes = self._loaded.plane_codes
        return SampleTable(np.empty(0, np.int64)) if codes is None else table_of_codes(codes, self._loaded.description)

    def _table(self, *, with_features: bool = False) -> SampleTable:
        codes = self._loaded.plane_codes
        if not with_features or codes is None:
            return self._stored_table
        return table_of_codes(codes, self._loaded.description, self._loaded.dataset())

    def _check_codes(self) -> None:
        codes = self._loaded.plane_codes
        if codes is None or codes.drawn:
            why = f"{NO_ENCODER}; choose a run with an encoder"
            if self._loaded.has_encoder:
                why = f"{NO_CODES}; train it first"
            raise ConfigError(f"{self._loaded.name}: {why}")

    def _answer(self, question: Question) -> Any:
        found = self._loaded.ask(question)
        if isinstance(found, Absent):
            raise ConfigError(f"{self._loaded.name}: {found.why}")
        return found
