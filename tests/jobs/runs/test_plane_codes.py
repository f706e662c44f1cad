"""Codes of the plane: their samples, order and basis."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from job_cases import loaded_model, pictures

from explorer.jobs.runs.plane_codes import codes_of_embedding, codes_of_latents
from explorer.latent.codes.embedding import Embedding, embed, live_index
from explorer.latent.plane.projection import axes_projection
from explorer.runs.files import RunError
from explorer.runs.latents import Latents


def embedding_of(index: np.ndarray, latent_dim: int = 2) -> Embedding:
    mean = np.random.default_rng(1).standard_normal((len(index), latent_dim)).astype(np.float32)
    return Embedding(mean, None, index)


def test_the_live_plane_keeps_each_class_its_share() -> None:
    dataset = pictures(3000)
    index = live_index(dataset, 300)
    assert len(index) == 300
    assert (np.diff(index) > 0).all(), "sorted, none twice"
    assert dataset.labels is not None
    shares = np.bincount(dataset.labels) / 10
    assert np.abs(np.bincount(dataset.labels[index]) - shares).max() <= 1


def test_the_live_plane_is_the_same_at_each_start_and_no_first_n() -> None:
    dataset = pictures(3000)
    index = live_index(dataset, 300)
    np.testing.assert_array_equal(index, live_index(pictures(3000), 300))
    assert index.min() < 100
    assert index.max() > 2900
    other = replace(dataset, description=replace(dataset.description, name="other"))
    assert not np.array_equal(index, live_index(other, 300))


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("count", [1, 2, 59, 60, 61])
def test_the_live_plane_of_few_samples(labels: bool, count: int) -> None:
    index = live_index(pictures(labels=labels), count)
    assert len(index) == min(count, 60)
    assert len(np.unique(index)) == len(index)


def test_a_sample_is_found_by_its_row_where_the_plane_shows_it() -> None:
    index = np.array([2, 5, 40, 59])
    plane = codes_of_embedding(embedding_of(index), 3, pictures())
    assert [plane.row_of(sample) for sample in index] == [0, 1, 2, 3]
    assert [plane.row_of(sample) for sample in (-1, 0, 3, 58, 60, 10**9)] == [None] * 6


def test_a_given_basis_is_kept_and_otherwise_one_is_fitted() -> None:
    index, basis = np.arange(60), axes_projection(5)
    assert codes_of_embedding(embedding_of(index, 5), 3, pictures(), basis).projection is basis
    assert codes_of_embedding(embedding_of(index, 5), 3, pictures()).projection.axis_names == ("PC1", "PC2")


def test_data_without_labels() -> None:
    plane = codes_of_embedding(embedding_of(np.arange(10)), 3, pictures(labels=False))
    assert plane.labels is None
    np.testing.assert_array_equal(plane.split, ["validation"] * 6 + ["test"] * 4)


def test_stored_codes_are_those_of_the_embedding(tmp_path: Path) -> None:
    dataset = pictures()
    embedding = embed(loaded_model(dataset).model, dataset, reconstruct=True)
    split = dataset.splits.of_each_sample()
    latents = Latents(
        5, embedding.mean, embedding.log_variance, embedding.index, split, dataset.labels, embedding.reconstruction,
        dataset.columns,
    )  # fmt: skip
    stored, fresh = codes_of_latents(latents, tmp_path, 2), codes_of_embedding(embedding, 5, dataset)
    for name in ("step", "index", "mean", "log_variance", "labels", "split", "reconstruction"):
        np.testing.assert_array_equal(getattr(stored, name), getattr(fresh, name))
    np.testing.assert_array_equal(stored.columns["weight"].values, fresh.columns["weight"].values)
    assert stored.projection.axis_names == fresh.projection.axis_names
    assert stored.neighbours.nearest((0.0, 0.0)) == fresh.neighbours.nearest((0.0, 0.0))


def test_stored_codes_of_another_dimension_are_refused(tmp_path: Path) -> None:
    latents = Latents(5, np.zeros((4, 3), np.float32), None, np.arange(4), np.full(4, "train"))
    with pytest.raises(RunError, match=r"latents.npz: .*do not have the 2 dimensions of the run"):
        codes_of_latents(latents, tmp_path, 2)
