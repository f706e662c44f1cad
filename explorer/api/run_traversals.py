"""Decodes along directions through a code of a run, and the names of its latent dimensions."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from explorer.api.asked_run import AskedRun
from explorer.api.run_vectors import RunVectors
from explorer.assets import runs_folder
from explorer.config import ConfigError
from explorer.jobs.queries.traversal_questions import MAX_ROWS, Traverse
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import Order, Span
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.steps import Absent
from explorer.runs.dimension_names import names_file, read_dimension_names, write_dimension_names
from explorer.runs.run_directory import open_run


class RunTraversals:
    """Traversals of a run; see `LoadedRun.traversals`."""

    def __init__(self, loaded: AskedRun) -> None:
        self._loaded = loaded

    def around(
        self,
        z: int | ArrayLike,
        section: Section = "dimensions",
        *,
        span: Span = "prior",
        steps: int = 13,
        order: Order = "kl",
        first: int = 0,
        count: int = MAX_ROWS,
        condition: str | int | None = None,
    ) -> TraversalAnswer:
        """Decode codes along directions through a code ``(latent_dim,)`` or the code of a sample.

        The directions are the latent dimensions, the principal directions of all codes (``"principal"``) or of the
        nearest ones (``"local"``), or the vectors that are kept with the run (``"vectors"``). The parameters are those
        of `explorer.jobs.queries.traversal_questions.Traverse`.

        Raises
        ------
        ConfigError
            If the directions are not defined for the run, or the class is unknown.
        """
        loaded = self._loaded
        code = loaded.code_of(int(z)) if isinstance(z, int | np.integer) else np.asarray(z, np.float32)
        chosen = loaded.class_to_decode(condition)
        # Only this section needs the kept vectors.
        kept = RunVectors(loaded).kept if section == "vectors" else ()
        vectors = tuple((vector.name, tuple(map(float, vector.values))) for vector in kept)
        values, codes = tuple(code.ravel().tolist()), loaded.plane_codes
        question = Traverse(str(loaded.path), values, codes, section, span, steps, order, first, count, chosen, vectors)
        found = loaded.ask(question)
        if isinstance(found, Absent):
            raise ConfigError(f"{loaded.name}: {found.why}")
        answer: TraversalAnswer = found
        return answer

    @property
    def names(self) -> dict[int, str]:
        """The names that the user has given to latent dimensions, by their index from 0."""
        return read_dimension_names(self.names_file, self._loaded.latent_dim)

    @property
    def names_file(self) -> Path:
        """The file of these names: in the run's folder or, if that is read-only, beside the user's runs."""
        path = self._loaded.path
        return names_file(path, runs_folder(), read_only=open_run(path).read_only)

    def set_names(self, names: Mapping[int, str]) -> dict[int, str]:
        """Name latent dimensions by their index from 0, keep the names with the run, and return all of them.

        An empty name removes the present one.

        Raises
        ------
        ConfigError
            If a name is longer than 80 letters or cannot be shown.
        RunError
            If the names cannot be saved.
        """
        # Merge with the existing names: callers may give one name at a time.
        write_dimension_names(self.names_file, {**self.names, **names})
        return self.names
