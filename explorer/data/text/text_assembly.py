"""Builds a Dataset from passages of text: documents as TF-IDF weights, or words with the counts of their contexts.

A source first splits its texts into passages, with `blocks_of` and `passages_of`: consecutive paragraphs under one
heading, joined until they are long enough.

Documents:

1. Split the passages into train, validation and test.
2. Fit vocabulary and document frequencies on the training split only.
3. Return a sparse matrix of TF-IDF weights, one row of length 1 per document.

Words:

1. Count the words, and keep the most frequent ones.
2. Count how often they occur near each other.
3. Return one-hot samples with these counts as targets, all of them in the training split.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import ClassLabels
from explorer.data.dataset import Column, DataError, Dataset, Description, Splits
from explorer.data.report import MAX_ITEMS, Notes, counted, noun
from explorer.data.splits import make_splits
from explorer.data.transform import Transform

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

MIN_WORDS, MAX_WORDS = 40, 200
"""A passage ends once it has `MIN_WORDS` words; a paragraph of more than `MAX_WORDS` is cut."""

_TITLE_LETTERS = 80
_BLANK = re.compile(r"\n\s*\n")
_UNDERLINE = re.compile(r"([=*#~^\"'+.\-])\1{2,}")


@dataclass(frozen=True)
class Passage:
    """A piece of text with its title: the heading and the first words."""

    title: str
    text: str


def blocks_of(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text; paragraphs of more than `MAX_WORDS` words are cut into halves of that length."""
    for block in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        words = block.split()
        if len(words) <= MAX_WORDS:
            if words:
                yield block
            continue
        # A text without blank lines is one endless paragraph.
        for start in range(0, len(words), MAX_WORDS // 2):
            yield " ".join(words[start : start + MAX_WORDS // 2])


def heading_of(block: str) -> str:
    """Return the title if a paragraph is a heading (Markdown's #, or a line underlined by marks), else ""."""
    lines = [line.strip() for line in block.strip().splitlines()]
    if len(lines) == 1 and lines[0].startswith("#"):
        return lines[0].lstrip("#").strip()
    if len(lines) == 3 and _UNDERLINE.fullmatch(lines[0]):
        lines = lines[1:]  # reStructuredText may draw a line above the title, too
    if len(lines) == 2 and _UNDERLINE.fullmatch(lines[1]) and not _UNDERLINE.fullmatch(lines[0]):
        return lines[0]
    return ""


def passages_of(blocks: Iterable[str], title: str) -> list[Passage]:
    """Join paragraphs into passages of at least `MIN_WORDS` words; a heading always begins a new passage.

    Parameters
    ----------
    title
        Title of the passages before the first heading.
    """
    found: list[Passage] = []
    heading, waiting = title, list[str]()

    def close() -> None:
        if waiting:
            found.append(Passage(passage_title(heading, waiting[0]), "\n\n".join(waiting)))
            waiting.clear()

    for block in blocks:
        if new := heading_of(block):
            close()
            heading = new
            continue
        waiting.append(block)
        if sum(len(each.split()) for each in waiting) >= MIN_WORDS:
            close()
    close()
    return found


def passage_title(heading: str, first: str) -> str:
    """Return the title of a passage: its heading and first words, or the words alone, of at most 80 letters."""
    words = " ".join(first.split())
    name = f"{heading}: {words}" if heading else words
    return name if len(name) <= _TITLE_LETTERS else f"{name[: _TITLE_LETTERS - 1].rstrip()}…"


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
    from scipy.sparse import coo_array, csr_array

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


MAX_PASSAGES = 200_000
_PRUNED_FROM = 20
"""With at least this many training documents, leave out terms in a single document and in more than half of them."""
MIN_DOCUMENTS = 3
_MIN_VOCABULARY = 3
"""Minimum number of distinct words of a data set of words."""


def documents(
    config: DataConfig,
    name: str,
    passages: Sequence[Passage],
    labels: ClassLabels | None = None,
    *,
    columns: Mapping[str, Column] | None = None,
    groups: NDArray[np.int64] | None = None,
    assigned: NDArray[np.str_] | None = None,
    keep_rare: bool = False,
    notes: Notes | None = None,
) -> Dataset:
    """Build a data set whose samples are documents: TF-IDF weights (N, V) with rows of length 1.

    The weights are those of scikit-learn's TfidfVectorizer with term frequencies as 1 + log.

    Parameters
    ----------
    labels
        Classes ``(N,)``, with -1 for unknown, and their names.
    columns
        Attributes of the documents.
    groups, assigned
        See `explorer.data.splits.make_splits`.
    keep_rare
        Whether to keep terms that are in one document alone, so that few documents have equal weights.
    notes
        Takes what was understood and left out.

    Raises
    ------
    DataError
        If there are no words, too few documents to split, or more than `MAX_PASSAGES`.
    """
    _check_count(passages, name)
    if len(passages) < MIN_DOCUMENTS:
        raise DataError(
            f"{name} has {len(passages)} documents, but train, validation and test need {MIN_DOCUMENTS}; "
            "use a text with more paragraphs, or a folder of texts"
        )
    # Splits come first: words of the test split must not be in the vocabulary.
    classes, class_names = labels or (None, ())
    splits = make_splits(config, len(passages), name=name, labels=classes, groups=groups, assigned=assigned)
    texts = [passage.text for passage in passages]
    samples, terms = _weights(config, texts, splits, name, keep_rare=keep_rare)
    found = [words_of(text) for text in texts]
    _note_documents(samples, terms, found, notes or Notes())
    lengths = np.array([len(each) for each in found], np.float64)
    return _dataset(
        name,
        samples,
        terms,
        tuple(passage.title for passage in passages),
        splits,
        (classes, class_names),
        {"length": Column("length", lengths, unit="words"), **(columns or {})},
        marks=[text.encode("utf-8", "surrogatepass") for text in texts],
    )


def words(
    config: DataConfig, name: str, passages: Sequence[Passage], labels_of: Any = None, *, notes: Notes | None = None
) -> Dataset:
    """Build a data set whose samples are words: one-hot rows (V, V), with the counts of their contexts as targets.

    All words are in the training split, as a word that is held out would never get a vector.

    Parameters
    ----------
    labels_of
        A function that returns the `ClassLabels` for a tuple of words; None for no labels.
    notes
        Takes what was understood and left out.

    Raises
    ------
    DataError
        If there are fewer than three words.
    """
    from scipy.sparse import csr_array, eye_array

    _check_count(passages, name)
    texts = [words_of(passage.text) for passage in passages]
    kept, counts = count_words(texts, config.vocabulary)
    if len(kept) < _MIN_VOCABULARY:
        raise DataError(f"{name} has {len(kept)} distinct words; at least {_MIN_VOCABULARY} are needed")
    _note_words(kept, texts, notes or Notes())
    none = np.empty(0, np.int64)
    columns = {
        "frequency": Column("frequency", counts.astype(np.float64), unit="times"),
        "rank": Column("rank", np.arange(1.0, len(kept) + 1), unit="by frequency"),
    }
    contexts = count_contexts(texts, kept)
    numbers = (counts, contexts.data, contexts.indices, contexts.indptr)
    return _dataset(
        name,
        csr_array(eye_array(len(kept), format="csr", dtype=np.float32)),  # one-hot, (V, V)
        kept,
        kept,
        Splits(np.arange(len(kept)), none, none),
        (None, ()) if labels_of is None else labels_of(kept),
        columns,
        marks=[array.astype(np.int64).tobytes() for array in numbers],
        targets=contexts,
    )


def _note_documents(samples: Any, terms: Sequence[str], found: Sequence[Sequence[str]], notes: Notes) -> None:
    """Note the vocabulary, the words that are not in it, and documents without any of its terms."""
    vocabulary = f"{counted(len(terms), 'term')}, the most frequent in the training split"
    notes.understood(f"{len(found):,} documents as TF-IDF weights of {vocabulary}")
    _note_dropped(terms, found, "rare, in more than half of the documents, or beyond data.vocabulary", notes)
    without = int((np.diff(samples.indptr) == 0).sum())
    if without:
        notes.warn(f"{counted(without, 'document')} without any of the terms: all weights are 0")


def _note_words(kept: Sequence[str], texts: Sequence[Sequence[str]], notes: Notes) -> None:
    notes.understood(f"{len(kept):,} words are the samples, with the counts of the words near them as targets")
    _note_dropped(kept, texts, "rare, or beyond data.vocabulary", notes)


def _note_dropped(kept: Sequence[str], texts: Sequence[Sequence[str]], why: str, notes: Notes) -> None:
    counts = Counter(word for text in texts for word in text)
    for word in kept:
        del counts[word]
    listed = [f"{word}: {count:,}" for word, count in counts.most_common(MAX_ITEMS)]
    notes.left_out(noun(len(counts), "different word"), why, listed, count=len(counts))


def _check_count(passages: Sequence[Passage], name: str) -> None:
    if len(passages) > MAX_PASSAGES:
        raise DataError(f"{name} has {len(passages):,} passages; the limit is {MAX_PASSAGES:,}, use a part of the text")
    if not any(words_of(passage.text) for passage in passages):
        raise DataError(f"{name} contains no words")


def _weights(
    config: DataConfig, texts: list[str], splits: Splits, name: str, *, keep_rare: bool
) -> "tuple[csr_array, tuple[str, ...]]":
    from scipy.sparse import csr_array

    train = texts if keep_rare else [texts[index] for index in splits.train]
    if not any(words_of(text) for text in train):
        raise DataError(f"{name}: the training documents contain no words; use more text")
    # In a small text almost every term is rare, and pruning would leave too little.
    vectorizer = _fitted(config, train, pruned=len(train) >= _PRUNED_FROM and not keep_rare)
    return csr_array(vectorizer.transform(texts)), tuple(map(str, vectorizer.get_feature_names_out()))


def _fitted(config: DataConfig, texts: list[str], *, pruned: bool) -> "TfidfVectorizer":
    """Return a fitted vectorizer; if pruning would leave no term, all terms are kept."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    limits = {"min_df": 2, "max_df": 0.5} if pruned else {"min_df": 1, "max_df": 1.0}
    vectorizer = TfidfVectorizer(
        token_pattern=WORD, max_features=config.vocabulary, sublinear_tf=True, dtype=np.float32, **limits
    )
    try:
        return vectorizer.fit(texts)
    except ValueError:  # raised by scikit-learn if no term is left
        if not pruned:
            raise
        return _fitted(config, texts, pruned=False)


def _dataset(
    name: str,
    samples: "csr_array",
    terms: tuple[str, ...],
    titles: tuple[str, ...],
    splits: Splits,
    labels: tuple[NDArray[np.int64] | None, tuple[str, ...]],
    columns: Mapping[str, Column],
    *,
    marks: Sequence[bytes],
    targets: "csr_array | None" = None,
) -> Dataset:
    as_it_is = Transform(np.zeros((), np.float32), np.ones((), np.float32))
    description = Description(
        name=name,
        kind="text",
        shape=(len(terms),),
        transform=as_it_is,
        unit_range=True,
        value_range=(0.0, 1.0),
        class_names=labels[1],
        feature_names=terms,
        fingerprint=_fingerprint(name, terms, marks, labels[0]),
        sample_names=titles,
    )
    return Dataset(
        description=description,
        samples=samples,
        splits=splits,
        labels=labels[0],
        columns=MappingProxyType(dict(columns)),
        targets=targets,
    )


def _fingerprint(name: str, terms: Sequence[str], marks: Sequence[bytes], labels: NDArray[np.int64] | None) -> str:
    """Return the SHA-256 of texts and terms; not of the weights, whose last digits differ between machines."""
    digest = hashlib.sha256()
    for part in (*(each.encode("utf-8", "surrogatepass") for each in (name, *terms)), *marks):
        digest.update(part + b"\0")
    if labels is not None:
        digest.update(np.ascontiguousarray(labels).data)
    return digest.hexdigest()
