"""The words of a run by the current codes of its plane."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.words import NearWord, WordSpace


@dataclass(frozen=True, eq=False)
class RunWords:
    """Words by their current codes; ``index`` (n,) has the sample of each word."""

    space: WordSpace
    index: NDArray[np.int64]

    def sample_of(self, word: NearWord) -> int:
        """Return the sample of a search result."""
        return int(self.index[word.place])

    def sample_named(self, word: str) -> int:
        """Return the sample of a word.

        Raises
        ------
        DataError
            If the word is not in the vocabulary.
        """
        return int(self.index[self.space.row_of(word)])


# Normalized vectors are needed at every hover; the entry disappears with its plane.
_KNOWN: WeakKeyDictionary[PlaneCodes, RunWords] = WeakKeyDictionary()


def words_of(run: OpenRun | None) -> RunWords | None:
    """Return the words of a run; None if its samples are not words or it has no codes yet."""
    if run is None or run.plane is None or not run.description.of_words:
        return None
    found = _KNOWN.get(run.plane)
    if found is None:
        names, plane = run.description.sample_names, run.plane
        found = _KNOWN[plane] = RunWords(WordSpace([names[sample] for sample in plane.index], plane.mean), plane.index)
    return found
