"""The words of a run as the window asks for them: by the present codes of its plane."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.words import NearWord, WordSpace


@dataclass(frozen=True, eq=False)
class RunWords:
    """A run's words by its present codes; ``index`` (n,) are their samples."""

    space: WordSpace
    index: NDArray[np.int64]

    def sample_of(self, word: NearWord) -> int:
        """Return the sample of a word that was found."""
        return int(self.index[word.place])

    def sample_named(self, word: str) -> int:
        """Return the sample of a word.

        Raises
        ------
        DataError
            For a word that is not in the vocabulary.
        """
        return int(self.index[self.space.row_of(word)])


_KNOWN: WeakKeyDictionary[PlaneCodes, RunWords] = WeakKeyDictionary()


def words_of(run: OpenRun | None) -> RunWords | None:
    """Return a run's words; None where its samples are no words, or there are no codes yet."""
    if run is None or run.plane is None or not run.description.of_words:
        return None
    found = _KNOWN.get(run.plane)
    if found is None:
        names, plane = run.description.sample_names, run.plane
        found = _KNOWN[plane] = RunWords(WordSpace([names[sample] for sample in plane.index], plane.mean), plane.index)
    return found
