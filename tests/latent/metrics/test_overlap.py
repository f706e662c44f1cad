"""Overlap and silhouette of classes, on constructions whose figures are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import binom, ortho_group
from sklearn.metrics import silhouette_score

from explorer.config import MODEL_CONFIGS, DataConfig
from explorer.data import catalog
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.metrics.codes.overlap import (
    DIVISIONS,
    NEAREST,
    neighbour_rows_in_chunks,
    overlap,
    overlap_matrix,
    overlap_pseudo_values,
)
from explorer.latent.metrics.codes.silhouette import MAX_SAMPLES, silhouette
from explorer.latent.metrics.random_groups import values_of_groups
from explorer.latent.metrics.sample_values import SampleValues, error_over_samples
from explorer.latent.steps import at_once
from explorer.models import catalog as models


def blobs(centres, each=300, dimensions=2, seed=0):
    """Standard normal classes around centres along the first axis."""
    labels = np.repeat(np.arange(len(centres)), each)
    codes = np.random.default_rng(seed).normal(size=(len(labels), dimensions))
    codes[:, 0] += np.asarray(centres)[labels]
    return codes.astype(np.float32), labels


def brute_force(codes, labels, neighbours=10):
    """Return the class of most neighbours of each sample, its own class unless another has the majority."""
    distances = ((codes[:, None].astype(np.float64) - codes[None]) ** 2).sum(-1)
    np.fill_diagonal(distances, np.inf)
    near = labels[np.argsort(distances, axis=1, kind="stable")[:, :neighbours]]
    among = labels.copy()
    for row, classes in enumerate(near):
        others = classes[classes != labels[row]]
        if len(others) > neighbours / 2:
            among[row] = np.bincount(others).argmax()
    return among


def test_separate_classes_do_not_overlap():
    codes, labels = blobs([0, 100, 200])
    assert overlap(codes, labels) == 0
    assert np.array_equal(overlap_matrix(codes, labels, 3), np.eye(3))
    assert silhouette(codes, labels).mean > 0.95


@pytest.mark.parametrize("dimensions", [1, 2, 20])
def test_two_classes_of_one_distribution_overlap_by_chance(dimensions):
    codes, labels = blobs([0, 0], each=1500, dimensions=dimensions)
    assert overlap(codes, labels) == pytest.approx(binom.sf(5, 10, 0.5), abs=0.05)
    assert silhouette(codes, labels).mean == pytest.approx(0, abs=0.01)


def test_ten_classes_of_one_distribution_overlap_nearly_all():
    codes, labels = blobs([0] * 10, each=200)
    assert overlap(codes, labels) == pytest.approx(binom.cdf(4, 10, 199 / 1999), abs=0.01)
    pairs = overlap_matrix(codes, labels, 10)
    assert np.allclose(pairs.sum(axis=1), 1)
    assert pairs[~np.eye(10, dtype=bool)].mean() == pytest.approx((1 - np.trace(pairs) / 10) / 9)


@pytest.mark.parametrize("dimensions", [2, 30])
def test_pairs_agree_with_all_distances(dimensions):
    codes, labels = blobs([0, 1, 2, 50], each=90, dimensions=dimensions, seed=3)
    among = brute_force(codes, labels)
    pairs = overlap_matrix(codes, labels, 5)
    assert overlap(codes, labels) == (among != labels).mean()
    expected = np.array([[(among[labels == row] == column).mean() for column in range(5)] for row in range(4)])
    assert np.allclose(pairs[:4], expected, atol=1e-12)
    assert np.isnan(pairs[4]).all()
    assert (1 - np.diag(pairs)[:4]).mean() == pytest.approx(overlap(codes, labels))
    assert np.array_equal(pairs[3], [0, 0, 0, 1, 0])


def test_rotation_and_scale_do_not_change_the_figure():
    codes, labels = blobs([0, 1.5, 3], dimensions=3)
    turned = (7 * codes @ ortho_group.rvs(3, random_state=1)).astype(np.float32)
    assert overlap(turned, labels) == pytest.approx(overlap(codes, labels), abs=2 / len(codes))
    assert silhouette(turned, labels).mean == pytest.approx(silhouette(codes, labels).mean, abs=1e-6)


def test_a_sample_is_not_its_own_neighbour_among_duplicates():
    codes = np.repeat(np.array([[0, 0], [5, 5]], np.float32), 30, axis=0)
    labels = np.repeat([0, 1], 30)
    assert overlap(codes, labels) == 0
    assert silhouette(codes, labels).mean == 1
    pair = np.array([[0, 0], [0, 0]], np.float32)
    assert overlap(pair, np.array([0, 1])) == 1
    assert overlap(pair, np.array([1, 1])) == 0


def test_unknown_classes_are_no_neighbours():
    codes, labels = blobs([0, 1], each=100)
    hidden = np.concatenate([labels, np.full(100, -1)])
    more = np.concatenate([codes, codes[:100]])
    assert overlap(more, hidden) == overlap(codes, labels)
    assert np.array_equal(overlap_matrix(more, hidden, 2), overlap_matrix(codes, labels, 2))
    assert silhouette(more, hidden).mean == silhouette(codes, labels).mean
    assert np.array_equal(silhouette(more, hidden).rows, np.arange(200))


def test_silhouette_of_many_samples_is_drawn():
    codes, labels = blobs([0, 3], each=3500)
    rows = np.sort(np.random.default_rng(0).choice(7000, MAX_SAMPLES, replace=False))
    found = silhouette(codes, labels)
    assert found.mean == pytest.approx(silhouette_score(codes[rows].astype(np.float64), labels[rows]), abs=1e-12)
    assert found.mean == pytest.approx(silhouette_score(codes.astype(np.float64), labels), abs=4 * found.error)


@pytest.fixture(scope="module")
def digits():
    return catalog.load(DataConfig())


@pytest.fixture(scope="module")
def autoencoder(digits):
    config = MODEL_CONFIGS["ae"](hidden_widths=(8,))
    return models.build(
        models.resolve(config, digits.description), digits.description, torch.Generator().manual_seed(0)
    )


def test_the_values_of_the_silhouette_are_nearly_those_of_a_jackknife():
    codes, labels = blobs([0, 2, 3], each=40)
    codes[:3], labels[:3] = 50, 7  # a small class, far away
    whole, count = silhouette(codes, labels), len(codes)
    without = [silhouette(np.delete(codes, row, axis=0), np.delete(labels, row)).mean for row in range(count)]
    pseudo = count * whole.mean - (count - 1) * np.array(without)
    assert whole.values.mean() == pytest.approx(whole.mean, abs=1e-12)
    assert np.corrcoef(pseudo, whole.values)[0, 1] > 0.999
    assert whole.error == pytest.approx(pseudo.std(ddof=1) / count**0.5, rel=0.05)


@pytest.mark.parametrize("count", [100, 300])
def test_errors_are_how_far_other_samples_are_off(count):
    """Neighbours are shared, so √(p·(1−p)/n) is too small."""
    found = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 4, count)
        codes = (rng.normal(size=(count, 2)) + 1.5 * np.eye(4)[labels, :2]).astype(np.float32)
        near = at_once(neighbour_rows_in_chunks(codes, NEAREST))
        width, share = silhouette(codes, labels), overlap(codes, labels)
        error = error_over_samples(values_of_groups(share, at_once(overlap_pseudo_values(labels, near, share, rng))))
        found.append((share, error, width.mean, width.error))
    values, errors = np.array(found)[:, ::2], np.array(found)[:, 1::2]
    ratios = np.sqrt(np.square(errors).mean(axis=0)) / values.std(axis=0, ddof=1)
    assert ((ratios > 0.8) & (ratios < 1.3)).all()


def test_pseudo_values_search_neighbours_among_the_samples_that_are_kept():
    codes, labels = blobs([0, 1], each=50)
    near = at_once(neighbour_rows_in_chunks(codes, 99))
    found = at_once(overlap_pseudo_values(labels, near, 0.25, np.random.default_rng(0)))
    part = np.random.default_rng(0).permutation(100) % 3
    expected = [0.75 - 2 * overlap(codes[part != left], labels[part != left]) for left in range(3)]
    assert found[0] == pytest.approx(expected, abs=1e-12) and len(found) == DIVISIONS


def test_equal_runs_do_not_differ_in_the_overlap():
    """Codes that differ by as much as near neighbours are apart change the overlap of halves less than that of all."""
    called, repeats = 0, 60
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 10, 200)
        codes = np.random.default_rng(5).normal(0, 1, (10, 2))[labels] + rng.normal(0, 0.5, (200, 2))
        pair = []
        for _ in range(2):
            noisy = (codes + rng.normal(0, 0.15, codes.shape)).astype(np.float32)
            near, share = at_once(neighbour_rows_in_chunks(noisy, NEAREST)), overlap(noisy, labels)
            groups = at_once(overlap_pseudo_values(labels, near, share, np.random.default_rng(7)))
            pair.append((share, SampleValues.of(values_of_groups(share, groups))))
        (one, values), (other, others) = pair
        called += abs(one - other) > 1.98 * values.error_of_difference(others)
    assert called / repeats <= 0.07


NAMES = ("overlap", "silhouette", "silhouette_error")


@pytest.mark.parametrize(
    ("labels", "why"),
    [(None, "no labels"), (np.zeros(1797, np.int64), "two known"), (np.full(1797, -1), "two known")],
)
def test_without_classes_they_say_why(autoencoder, digits, labels, why):
    figures = evaluate(autoencoder, replace(digits, labels=labels))
    for name in NAMES:
        assert getattr(figures, name) is None and why in figures.not_defined[name]
    assert figures.extent > 0


def test_three_samples_are_enough_for_the_overlap(autoencoder, digits):
    labels, test = digits.labels, digits.splits.test
    first = test[:2]
    second = test[labels[test] == labels[first[0]]][1]
    other = test[labels[test] != labels[first[0]]][0]
    small = replace(digits, splits=replace(digits.splits, test=np.array([first[0], second, other])))
    figures = evaluate(autoencoder, small)
    assert 1 / 3 <= figures.overlap <= 1 and -1 <= figures.silhouette <= 1
    for name, what in (("overlap", "samples"), ("extent", "codes")):
        assert figures[name] is not None and figures[f"{name}_error"] is None
        why = f"3 {what} are too few for its error; at least 100 are needed"
        assert figures.not_defined[f"{name}_error"] == why and name not in figures.by_sample
    apart = replace(digits, splits=replace(digits.splits, test=np.array([first[0], other])))
    figures = evaluate(autoencoder, apart)
    assert figures.overlap == 1 and "no two samples" in figures.not_defined["silhouette"]


def test_the_evaluation_gives_the_functions_figures(autoencoder, digits):
    figures, index = evaluate(autoencoder, digits), digits.splits.test
    pictures = torch.from_numpy(digits.model_inputs(index))
    with torch.inference_mode():
        codes = autoencoder.encode(pictures).mean.numpy()
    labels = digits.labels[index]
    assert figures.overlap == overlap(codes, labels) == (brute_force(codes, labels) != labels).mean()
    assert figures.silhouette == pytest.approx(silhouette_score(codes.astype(np.float64), labels), abs=1e-9)


def test_silhouette_is_that_of_scikit_learn_for_uneven_classes():
    rng = np.random.default_rng(4)
    codes = rng.standard_normal((700, 3)).astype(np.float32)
    labels = np.r_[np.repeat([0, 1, 2], (400, 250, 49)), 3]  # the last is alone in its class
    codes[:20] = codes[0]
    assert silhouette(codes, labels).mean == pytest.approx(silhouette_score(codes.astype(np.float64), labels), abs=1e-9)
