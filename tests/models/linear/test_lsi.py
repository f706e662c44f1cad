"""Latent semantic indexing against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import TruncatedSVD

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, ConfigError, DataConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import Dataset
from explorer.models import catalog
from explorer.models.linear.lsi import Lsi


@pytest.fixture(scope="module")
def topics() -> Dataset:
    return datasets.load(DataConfig(source="topics"))


@pytest.fixture(scope="module")
def fitted(topics: Dataset) -> Lsi:
    config = catalog.resolve(MODEL_CONFIGS["lsi"](), topics.description)
    model = catalog.build(config, topics.description, torch.Generator().manual_seed(0))
    assert isinstance(model, Lsi)
    model.fit(topics, topics.splits.train)
    return model


def test_it_equals_scikit_learns_truncated_svd(topics: Dataset, fitted: Lsi) -> None:
    reference = TruncatedSVD(fitted.latent_dim, algorithm="arpack", random_state=7)
    reference.fit(topics.samples[topics.splits.train].astype(np.float64))
    codes = fitted.encode(torch.from_numpy(topics.model_inputs())).mean.numpy()
    expected = reference.transform(topics.samples.astype(np.float64))
    signs = np.sign((codes * expected).sum(axis=0))
    assert np.abs(codes * signs - expected).max() < 1e-5
    assert np.abs(fitted.components.numpy() * signs[:, None] - reference.components_).max() < 1e-5


def test_the_decode_is_z_times_the_components(fitted: Lsi) -> None:
    z = torch.randn(4, fitted.latent_dim, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(fitted.decode(z).mean, z @ fitted.components, atol=1e-6)


def test_its_shares_are_of_the_squared_length(topics: Dataset, fitted: Lsi) -> None:
    rows = topics.samples[topics.splits.train].toarray().astype(np.float64)
    values = np.linalg.svd(rows, compute_uv=False) ** 2
    assert np.allclose(fitted.shares.numpy(), (values / values.sum())[: len(fitted.shares)], atol=1e-6)


def test_data_without_documents_is_refused(topics: Dataset) -> None:
    words = datasets.load(DataConfig(source="topics-words"))
    config = MODEL_CONFIGS["lsi"]()
    with pytest.raises(ConfigError, match="use skip-gram"):
        catalog.resolve(config, words.description)
    with pytest.raises(ConfigError, match="has pictures: use pca"):
        catalog.resolve(config, datasets.load(DataConfig(source="digits")).description)
    with pytest.raises(ConfigError, match=r"are words.*use skip-gram"):
        catalog.resolve(MODEL_CONFIGS["ae"](), words.description)


def test_too_few_documents_are_refused(topics: Dataset, fitted: Lsi) -> None:
    with pytest.raises(ConfigError, match="has 3 training documents"):
        fitted.fit(topics, topics.splits.train[:3])


def test_documents_of_one_term_have_one_direction(topics: Dataset) -> None:
    rows = topics.samples[topics.splits.train][:, [5]]
    found = Lsi.directions(object.__new__(Lsi), rows, 1)
    assert found.rows.tolist() == [[1.0]]
    assert found.shares.tolist() == [1.0]
