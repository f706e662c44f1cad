"""Finds the words of texts, keeps the most frequent ones, and counts how often they occur near each other."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WORD = r"(?u)\b(?=\w*[^\W\d_])[^\W\d]\w+\b"
"""At least two letters, digits or underscores, with at least one letter and no leading digit, so that names in programs
count as words."""

RARE, LONG_TEXT = 5, 10_000
"""In texts of at least `LONG_TEXT` words, words that occur fewer than `RARE` times are left out."""

WINDOW = 5
"""Maximum distance between a word and its context, counted in words that are kept."""

_FIND = re.compile(WORD)


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, in lower case."""
    return _FIND.findall(text.lower())


def count_words(texts: Iterable[Sequence[str]], limit: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the most frequent words of texts, at most ``limit``, and their counts ``(V,)``.

    Each text is a sequence of words. Frequent words come first, and words of equal frequency in alphabetical order.
    """
    counts = Counter(word for text in texts for word in text)
    minimum = RARE if counts.total() >= LONG_TEXT else 1
    kept = sorted((word for word, count in counts.items() if count >= minimum), key=lambda word: (-counts[word], word))
    kept = kept[:limit]
    return tuple(kept), np.array([counts[word] for word in kept], np.int64)


def count_contexts(texts: Iterable[Sequence[str]], words: Sequence[str], window: int = WINDOW) -> "csr_array":
    """Count how often two words occur within ``window`` words of each other: symmetric (V, V), float32.

    Words that are not kept are removed first, as in word2vec (Mikolov et al. 2013, arXiv 1310.4546), so that the window
    spans them. A window never spans two texts.
    """
    from scipy.sparse import coo_array, csr_array  # imported here, as it takes a third of a second

    number = {word: index for index, word in enumerate(words)}
    total: Any = csr_array((len(words), len(words)), dtype=np.float32)
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    # For each distance, pair every word with the one that many words later.
    for text in texts:
        known = np.array([number[word] for word in text if word in number], np.int64)
        for distance in range(1, min(window, len(known) - 1) + 1):
            rows.append(known[:-distance])
            columns.append(known[distance:])
    if rows:
        row, column = np.concatenate(rows), np.concatenate(columns)
        once = coo_array((np.ones(len(row), np.float32), (row, column)), shape=total.shape)
        total = (once + once.T).tocsr()
    total.sum_duplicates()  # equal pairs become one entry with their count
    return csr_array(total, dtype=np.float32)
