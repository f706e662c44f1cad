"""The embedded text data."""

import keyword

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.builtin.topics import ROLES
from explorer.data.dataset import Dataset
from explorer.data.imports.setting_groups import SPLIT_SETTINGS


@pytest.fixture(scope="module")
def topics() -> Dataset:
    return catalog.load(DataConfig(source="topics"))


@pytest.fixture(scope="module")
def words() -> Dataset:
    return catalog.load(DataConfig(source="topics-words"))


def test_there_are_enough_documents_of_filled_classes(topics: Dataset) -> None:
    assert len(topics) > 500
    assert topics.labels is not None
    counts = np.bincount(topics.labels[topics.labels >= 0])
    assert 5 <= len(counts) <= 10
    assert counts.min() >= 12
    lengths = np.sqrt(topics.samples.multiply(topics.samples).sum(axis=1))
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-5)
    assert topics.samples.dtype == np.float32


def test_no_passage_is_there_twice(topics: Dataset) -> None:
    rows = topics.rows()
    assert len(np.unique(rows, axis=0)) > 0.99 * len(rows)


def test_equal_settings_give_equal_data(topics: Dataset) -> None:
    again = catalog.load(DataConfig(source="topics"))
    assert again.description.fingerprint == topics.description.fingerprint
    assert (again.splits.train == topics.splits.train).all()


def test_the_vocabulary_is_capped() -> None:
    data = catalog.load(DataConfig(source="topics", vocabulary=50))
    assert data.samples.shape[1] == 50
    assert len(catalog.load(DataConfig(source="topics-words", vocabulary=50))) == 50


def test_words_have_their_role_as_a_column(words: Dataset) -> None:
    assert words.labels is not None
    assert words.class_names == ROLES
    roles = {word: ROLES[label] for word, label in zip(words.description.sample_names, words.labels, strict=True)}
    assert {roles[word] for word in roles if word in keyword.kwlist} == {"keyword"}
    assert (roles["str"], roles["__dict__"], roles["method"]) == ("built-in name", "special name", "other word")
    assert words.targets is not None
    assert (words.targets != words.targets.T).nnz == 0


def test_their_settings_are_offered(words: Dataset, digits: Dataset) -> None:
    assert words.report.settings == ("vocabulary", *SPLIT_SETTINGS)
    assert digits.report.settings == SPLIT_SETTINGS
