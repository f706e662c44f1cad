"""Nearest words and analogies by word vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.data.dataset import DataError

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class NearWord:
    """A word, its row in the vocabulary, and its score: a cosine, or the objective of an analogy."""

    word: str
    place: int
    score: float


class WordSpace:
    """A vocabulary with a unit vector for each word; immutable.

    Parameters
    ----------
    words
        Row i of ``vectors`` (V, latent_dim) is the vector of ``words[i]``.
    """

    def __init__(self, words: Sequence[str], vectors: ArrayLike) -> None:
        self.words = tuple(words)
        self._rows = {word: row for row, word in enumerate(self.words)}
        self._units = _at_length_one(np.asarray(vectors, np.float64))
        self._without_direction = np.flatnonzero(~self._units.any(axis=1))

    def row_of(self, word: str) -> int:
        """Return the row of a word, ignoring case and surrounding spaces.

        Raises
        ------
        DataError
            If the word is not in the vocabulary; the message suggests some with the same first letters.
        """
        wanted = word.strip()
        for form in (wanted, wanted.lower()):
            if form in self._rows:
                return self._rows[form]
        alike = self.beginning_with(wanted[:3])[:4] if wanted else ()
        hint = f"; similar ones are {', '.join(alike)}" if alike else ""
        raise DataError(f"{wanted!r} is not among the {len(self.words):,} words{hint}")

    def has(self, word: str) -> bool:
        """Return whether a word is in the vocabulary, ignoring case."""
        return word.strip() in self._rows or word.strip().lower() in self._rows

    def beginning_with(self, start: str) -> tuple[str, ...]:
        """Return the words that begin with ``start``, in the order of the vocabulary."""
        return tuple(word for word in self.words if word.startswith(start.lower()))

    def nearest(self, z: ArrayLike, count: int = 10) -> tuple[NearWord, ...]:
        """Return the words whose vectors have the largest cosine with ``z``; none if z is zero or not finite."""
        direction = np.asarray(z, np.float64)
        length = np.linalg.norm(direction)
        if length == 0 or not np.isfinite(length):
            return ()
        return self._best(self._units @ (direction / length), count)

    def near_word(self, word: str, count: int = 10) -> tuple[NearWord, ...]:
        """Return the words nearest to a word, without the word itself."""
        row = self.row_of(word)
        return self._best(self._units @ self._units[row], count, without=(row,))

    def analogy(self, a: str, b: str, c: str, count: int = 10) -> tuple[NearWord, ...]:
        """Return the words that are to ``c`` as ``b`` is to ``a``: those d with the largest cos(d, b − a + c).

        The score is cos(d, b) − cos(d, a) + cos(d, c), the 3CosAdd objective of Mikolov, Yih and Zweig 2013 on unit
        vectors (Levy and Goldberg 2014, "Linguistic regularities", equation 3).
        """
        rows = [self.row_of(word) for word in (a, b, c)]
        of_a, of_b, of_c = (self._units[row] for row in rows)
        return self._best(self._units @ (of_b - of_a + of_c), count, without=rows)

    def _best(self, scores: Vectors, count: int, without: Sequence[int] = ()) -> tuple[NearWord, ...]:
        # A zero vector would have a cosine of 0 with everything, and come before unlike words.
        scores[self._without_direction] = -np.inf
        scores[list(without)] = -np.inf
        order = np.argsort(-scores, kind="stable")[:count]
        found = [(int(row), float(scores[row])) for row in order]
        return tuple(NearWord(self.words[row], row, score) for row, score in found if score > -np.inf)


def _at_length_one(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
