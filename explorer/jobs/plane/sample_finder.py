"""Finds samples of a plane by name or number, among hundreds of thousands while the user types."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from explorer.jobs.runs.open_run import OpenRun

MAX_SHOWN = 200
"""Maximum number of samples in a list of hits."""


@dataclass(frozen=True)
class Hits:
    """The samples that fit, the best first (at most `MAX_SHOWN`), and the number of all that fit."""

    samples: tuple[int, ...] = ()
    count: int = 0


@dataclass(frozen=True, eq=False)
class SampleFinder:
    """Searches the samples that the plane of a run shows. Draws from the prior are no samples."""

    run: OpenRun

    def find(self, text: str) -> Hits:
        """Return the samples whose number is the text, or whose name contains it, in any case.

        The number comes first, then the name itself, names that begin with the text, and all others in their order.
        """
        wanted = text.strip().casefold()
        if not wanted or self.run.plane is None or self.run.plane.drawn:
            return Hits()
        by_number = [int(wanted)] if wanted.isdecimal() and self._has(int(wanted)) else []
        groups: tuple[list[int], list[int], list[int]] = ([], [], [])
        for sample, name in self._names:
            if wanted in name:
                groups[0 if name == wanted else 1 if name.startswith(wanted) else 2].append(sample)
        found = dict.fromkeys([*by_number, *(sample for group in groups for sample in group)])
        return Hits(tuple(islice(found, MAX_SHOWN)), len(found))

    def _has(self, sample: int) -> bool:
        # Larger numbers would overflow in the search of the index.
        return self.run.plane is not None and sample < 2**63 and self.run.plane.row_of(sample) is not None

    @cached_property
    def _names(self) -> tuple[tuple[int, str], ...]:
        # Folded once and kept: the search answers while the user types.
        return tuple(self._shown_names())

    def _shown_names(self) -> Iterator[tuple[int, str]]:
        names, plane = self.run.description.sample_names, self.run.plane
        if names and plane is not None:
            shown = np.asarray(plane.index)
            yield from ((sample, names[sample].casefold()) for sample in shown[shown < len(names)].tolist())
