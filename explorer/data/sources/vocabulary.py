"""Words of texts: how they are found, which are kept, and how often each stands beside each other."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WORD = r"(?u)\b(?=\w*[^\W\d_])[^\W\d]\w+\b"
"""Two letters, digits or underscores at least, a letter among them, no digit first: a program's names are words too."""

RARE, LONG_TEXT = 5, 10_000
"""In a text of so many words, those that stand in it less than `RARE` times are left out: little is known of them."""

WINDOW = 5
"""How far a context may stand from its word, in words that are kept."""

_FIND = re.compile(WORD)


def words_of(text: str) -> list[str]:
    """Return a text's words in their order, in lower case."""
    return _FIND.findall(text.lower())


def count_words(texts: Iterable[Sequence[str]], most: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the most frequent words of texts that are lists of words, at most ``most``, and how often each is there.

    The most frequent come first, equal ones by the alphabet.
    """
    counts = Counter(word for text in texts for word in text)
    least = RARE if counts.total() >= LONG_TEXT else 1
    kept = sorted((word for word, count in counts.items() if count >= least), key=lambda word: (-counts[word], word))
    kept = kept[:most]
    return tuple(kept), np.array([counts[word] for word in kept], np.int64)


def count_contexts(texts: Iterable[Sequence[str]], words: Sequence[str], window: int = WINDOW) -> "csr_array":
    """Count how often each word stands within ``window`` of each other: (V, V) float32, symmetric.

    Words that are not kept are taken out first, as word2vec does (Mikolov et al. 2013, arXiv 1310.4546), so that the
    window reaches over them; no context goes over the end of a text.
    """
    from scipy.sparse import coo_array, csr_array  # takes a third of a second: the window opens without it

    number = {word: place for place, word in enumerate(words)}
    total: Any = csr_array((len(words), len(words)), dtype=np.float32)
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    for text in texts:
        known = np.array([number[word] for word in text if word in number], np.int64)
        for distance in range(1, min(window, len(known) - 1) + 1):
            rows.append(known[:-distance])
            columns.append(known[distance:])
    if rows:
        row, column = np.concatenate(rows), np.concatenate(columns)
        once = coo_array((np.ones(len(row), np.float32), (row, column)), shape=total.shape)
        total = (once + once.T).tocsr()
    total.sum_duplicates()
    return csr_array(total, dtype=np.float32)
