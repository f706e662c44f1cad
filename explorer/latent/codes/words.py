"""Words by their vectors: the nearest ones, and analogies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.data.dataset import DataError

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class NearWord:
    """A word, its row, and how near it is: a cosine, or for an analogy the objective's value."""

    word: str
    place: int
    score: float


class WordSpace:
    """A vocabulary with a vector for each word, at length 1; immutable.

    Parameters
    ----------
    words
        Row i of ``vectors`` (V, latent_dim) is the vector of ``words[i]``.
    """

    def __init__(self, words: Sequence[str], vectors: ArrayLike) -> None:
        self.words = tuple(words)
        self._places = {word: place for place, word in enumerate(self.words)}
        self._units = _at_length_one(np.asarray(vectors, np.float64))
        self._without_direction = np.flatnonzero(~self._units.any(axis=1))

    def place_of(self, word: str) -> int:
        """Return a word's place; case and spaces around it do not matter.

        Raises
        ------
        DataError
            For a word that is not in the vocabulary, naming some that begin alike.
        """
        wanted = word.strip()
        for form in (wanted, wanted.lower()):
            if form in self._places:
                return self._places[form]
        alike = self.beginning_with(wanted[:3])[:4] if wanted else ()
        hint = f"; there are {', '.join(alike)}" if alike else ""
        raise DataError(f"{wanted!r} is none of the {len(self.words):,} words{hint}")

    def has(self, word: str) -> bool:
        """Whether a word is in the vocabulary, whatever its case."""
        return word.strip() in self._places or word.strip().lower() in self._places

    def beginning_with(self, start: str) -> tuple[str, ...]:
        """Return the words that begin with some letters, in the order of the vocabulary."""
        return tuple(word for word in self.words if word.startswith(start.lower()))

    def nearest(self, z: ArrayLike, count: int = 10) -> tuple[NearWord, ...]:
        """Return the words whose vectors have the greatest cosine with ``z``; none where z has no direction."""
        direction = np.asarray(z, np.float64)
        length = np.linalg.norm(direction)
        if length == 0 or not np.isfinite(length):
            return ()
        return self._best(self._units @ (direction / length), count)

    def near_word(self, word: str, count: int = 10) -> tuple[NearWord, ...]:
        """Return the words nearest to a word, itself left out."""
        place = self.place_of(word)
        return self._best(self._units @ self._units[place], count, without=(place,))

    def analogy(self, a: str, b: str, c: str, count: int = 10) -> tuple[NearWord, ...]:
        """Return what is to ``c`` as ``b`` is to ``a``: the words d with the greatest cos(d, b − a + c).

        3CosAdd on vectors of length 1, as Mikolov, Yih and Zweig 2013 ask it: cos(d, b) − cos(d, a) + cos(d, c), which
        is what the score is (Levy and Goldberg 2014, "Linguistic regularities", equation 3).
        """
        places = [self.place_of(word) for word in (a, b, c)]
        of_a, of_b, of_c = (self._units[place] for place in places)
        return self._best(self._units @ (of_b - of_a + of_c), count, without=places)

    def _best(self, scores: Vectors, count: int, without: Sequence[int] = ()) -> tuple[NearWord, ...]:
        scores[self._without_direction] = -np.inf
        scores[list(without)] = -np.inf
        order = np.argsort(-scores, kind="stable")[:count]
        found = [(int(place), float(scores[place])) for place in order]
        return tuple(NearWord(self.words[place], place, score) for place, score in found if score > -np.inf)


def _at_length_one(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
