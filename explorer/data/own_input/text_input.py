"""Fits a text to the documents of a data set as TF-IDF weights, or finds it among the words of a vocabulary."""

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import DataError, Dataset, Description
from explorer.data.own_input.fitting import Draft, FittedInput
from explorer.data.own_input.sources import TextSource
from explorer.data.report import counted, some
from explorer.data.text.text_assembly import words_of


def fit_text(source: TextSource, description: Description, dataset: Dataset | None) -> FittedInput:
    """Return the TF-IDF weights of a text like those of the documents; for data of words, the sample of the word.

    Raises
    ------
    DataError
        If the samples are not texts, the data is not loaded, or a word is unknown to data of words.
    """
    if description.kind != "text":
        raise DataError(f"{description.name}: its samples are not texts, so a text does not fit")
    draft, found = Draft(), words_of(source.text)
    number = {term: index for index, term in enumerate(description.feature_names)}
    if description.of_words:
        return draft.fitted(_word(source.text, number, description))
    if dataset is None:
        raise DataError(f"{description.name}: the frequency of its terms is not known, as the data is not loaded")
    # The samples keep weights only, so document frequencies have to be counted in the data.
    counts = np.zeros(description.features)
    unknown: dict[str, None] = {}
    for word in found:
        if word in number:
            counts[number[word]] += 1
        else:
            unknown[word] = None
    known = int(counts.sum())
    draft.notes.append(f"{known:,} of {counted(len(found), 'word')} are terms of the data")
    if unknown:
        draft.notes.append(f"not among its terms: {some(unknown, 10)}")
    if not known:
        draft.warnings.append(
            "no word of the text is a term of the data: all weights are 0, so its code is meaningless"
        )
    return draft.fitted(_weights(counts, dataset))


def _word(text: str, number: dict[str, int], description: Description) -> NDArray[np.float32]:
    word = text.strip()
    # The spelling as given comes first, since vocabularies may keep capitals.
    index = number.get(word, number.get(word.lower()))
    if index is None:
        raise DataError(
            f"{description.name}: {word[:40]!r} is not among its {len(number):,} words, which are its samples"
        )
    sample = np.zeros(description.features, np.float32)
    sample[index] = 1
    return sample


def _weights(counts: NDArray[np.float64], dataset: Dataset) -> NDArray[np.float32]:
    """Return (1 + log tf)·idf, scaled to length 1; idf = log((1 + n) / (1 + df)) + 1 over the n training documents.

    These are the weights of scikit-learn's TfidfVectorizer. A weight is 0 exactly for a term that a document lacks, so
    document frequencies can be counted in the samples.
    """
    training = dataset.samples[dataset.splits.train]
    documents = np.asarray((training != 0).sum(axis=0)).ravel()
    idf = np.log((1 + training.shape[0]) / (1 + documents)) + 1
    weights = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * idf
    length = np.linalg.norm(weights)
    return np.asarray(weights / length if length > 0 else weights, np.float32)
