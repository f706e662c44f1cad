"""Finds samples of a plane by name or number, among hundreds of thousands while the user types."""

from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from explorer.jobs.runs.open_run import OpenRun

MAX_SHOWN = 200
"""Maximum number of samples in a list of hits."""
MAX_DIGITS = 18
"""Maximum number of digits of a sample's number: more may exceed 64 bits."""


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
        by_number = [int(wanted)] if self._is_number(wanted) else []
        groups: tuple[list[int], list[int], list[int]] = ([], [], [])
        for sample, name in self._names:
            if wanted in name:
                groups[0 if name == wanted else 1 if name.startswith(wanted) else 2].append(sample)
        found = dict.fromkeys([*by_number, *(sample for group in groups for sample in group)])
        return Hits(tuple(islice(found, MAX_SHOWN)), len(found))

    def _is_number(self, text: str) -> bool:
        # Longer numbers would overflow in the search of the index, and int() refuses thousands of digits.
        if self.run.plane is None or not text.isdecimal() or len(text) > MAX_DIGITS:
            return False
        return self.run.plane.row_of(int(text)) is not None

    @cached_property
    def _names(self) -> tuple[tuple[int, str], ...]:
        """The shown samples with their names, in lower case: kept, as the search answers while the user types."""
        names, plane = self.run.description.sample_names, self.run.plane
        if not names or plane is None:
            return ()
        shown = np.asarray(plane.index)
        return tuple((sample, names[sample].casefold()) for sample in shown[shown < len(names)].tolist())
