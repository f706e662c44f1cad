"""Finds samples of a plane by a search text, among hundreds of thousands while the user types."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.config import ConfigError
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.groups.sample_table import SampleTable, table_of_codes
from explorer.latent.groups.search import matches

MAX_SHOWN = 200
"""Maximum number of samples in a list of hits."""


@dataclass(frozen=True)
class Hits:
    """The samples that fit, the best first (at most `MAX_SHOWN`), and the number of all that fit.

    ``problem`` says why the text is not understood; then nothing fits.
    """

    samples: tuple[int, ...] = ()
    count: int = 0
    problem: str = ""


@dataclass(frozen=True, eq=False)
class SampleFinder:
    """Searches the samples that the plane of a run shows. Draws from the prior are no samples."""

    run: OpenRun

    def find(self, text: str) -> Hits:
        """Return the samples that a search text finds; `explorer.latent.groups.search` has the grammar.

        The sample with this number comes first, then the one of this name, names that begin with the text, names that
        contain it, and all others in their order.
        """
        if not text.strip() or len(self.table) == 0:
            return Hits()
        try:
            rows = np.flatnonzero(matches(self.table, text))
        except ConfigError as error:
            return Hits(problem=str(error))
        ranks = np.array([self._rank(row, text.strip().casefold()) for row in rows.tolist()], np.int64)
        best = rows[np.argsort(ranks, kind="stable")[:MAX_SHOWN]]
        return Hits(tuple(self.table.index[best].tolist()), len(rows))

    def _rank(self, row: int, wanted: str) -> int:
        name = self.table.folded_names[row] if self.table.names else ""
        if wanted == str(self.table.index[row]):
            return 0
        if wanted not in name:
            return 4
        return 1 if name == wanted else 2 if name.startswith(wanted) else 3

    @cached_property
    def table(self) -> SampleTable:
        """The samples that the plane shows, with what is known about them."""
        plane = self.run.plane
        if plane is None or plane.drawn:
            return SampleTable(np.empty(0, np.int64))
        return table_of_codes(plane, self.run.description, self.run.dataset)
