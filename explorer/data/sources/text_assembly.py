"""Builds a Dataset from passages of text: documents as TF-IDF weights, or words with the counts of their contexts.

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
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import ClassLabels
from explorer.data.dataset import Column, DataError, Dataset, Description, Splits, Transform
from explorer.data.sources.passages import Passage
from explorer.data.sources.vocabulary import WORD, count_contexts, count_words, words_of
from explorer.data.splits import make_splits

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

MAX_PASSAGES = 50_000
_PRUNED_FROM = 20
"""With at least this many training documents, leave out terms in a single document and in more than half of them."""
MIN_DOCUMENTS = 3
_MIN_WORDS = 3


def documents(config: DataConfig, name: str, passages: Sequence[Passage], labels: ClassLabels | None = None) -> Dataset:
    """Build a data set whose samples are documents: TF-IDF weights (N, V) with rows of length 1.

    The weights are those of scikit-learn's TfidfVectorizer with term frequencies as 1 + log.

    Parameters
    ----------
    labels
        Classes ``(N,)``, with -1 for unknown, and their names.

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
    classes, class_names = labels or (None, ())
    splits = make_splits(config, len(passages), name=name, labels=classes)
    texts = [passage.text for passage in passages]
    samples, terms = _weights(config, texts, splits, name)
    lengths = np.array([len(words_of(text)) for text in texts], np.float64)
    return _dataset(
        name,
        samples,
        terms,
        tuple(passage.title for passage in passages),
        splits,
        (classes, class_names),
        {"length": Column("length", lengths, unit="words")},
        marks=[text.encode("utf-8", "surrogatepass") for text in texts],
    )


def words(config: DataConfig, name: str, passages: Sequence[Passage], labels_of: Any = None) -> Dataset:
    """Build a data set whose samples are words: one-hot rows (V, V), with the counts of their contexts as targets.

    All words are in the training split, as a word that is held out would never get a vector.

    Parameters
    ----------
    labels_of
        A function that returns the `ClassLabels` for a tuple of words; None for no labels.

    Raises
    ------
    DataError
        If there are fewer than three words.
    """
    from scipy.sparse import csr_array, eye_array  # imported here, as it takes a third of a second

    _check_count(passages, name)
    texts = [words_of(passage.text) for passage in passages]
    kept, counts = count_words(texts, config.vocabulary)
    if len(kept) < _MIN_WORDS:
        raise DataError(f"{name} has {len(kept)} distinct words; at least {_MIN_WORDS} are needed")
    none = np.empty(0, np.int64)
    columns = {
        "frequency": Column("frequency", counts.astype(np.float64), unit="times"),
        "rank": Column("rank", np.arange(1.0, len(kept) + 1), unit="by frequency"),
    }
    contexts = count_contexts(texts, kept)
    return _dataset(
        name,
        csr_array(eye_array(len(kept), format="csr", dtype=np.float32)),  # one-hot, (V, V)
        kept,
        kept,
        Splits(np.arange(len(kept)), none, none),
        (None, ()) if labels_of is None else labels_of(kept),
        columns,
        marks=[
            array.astype(np.int64).tobytes() for array in (counts, contexts.data, contexts.indices, contexts.indptr)
        ],
        targets=contexts,
    )


def _check_count(passages: Sequence[Passage], name: str) -> None:
    if len(passages) > MAX_PASSAGES:
        raise DataError(f"{name} has {len(passages):,} passages; the limit is {MAX_PASSAGES:,}, use a part of the text")
    if not any(words_of(passage.text) for passage in passages):
        raise DataError(f"{name} contains no words")


def _weights(config: DataConfig, texts: list[str], splits: Splits, name: str) -> "tuple[csr_array, tuple[str, ...]]":
    from scipy.sparse import csr_array

    train = [texts[index] for index in splits.train]
    if not any(words_of(text) for text in train):
        raise DataError(f"{name}: the training documents contain no words; use more text")
    # In a small text almost every term is rare, and pruning would leave too little.
    vectorizer = _fitted(config, train, pruned=len(train) >= _PRUNED_FROM)
    return csr_array(vectorizer.transform(texts)), tuple(map(str, vectorizer.get_feature_names_out()))


def _fitted(config: DataConfig, texts: list[str], *, pruned: bool) -> "TfidfVectorizer":
    """Return a fitted vectorizer; if pruning would leave no term, all terms are kept."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # imported here, as it takes a second

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
