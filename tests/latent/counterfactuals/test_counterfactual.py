"""Counterfactuals on decoders and classes whose boundaries are known, and on a trained run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.counterfactuals.counterfactual import Counterfactual, find_counterfactual
from explorer.latent.counterfactuals.counterfactual_text import sentences
from explorer.latent.steps import Absent, at_once
from explorer.models.latent_model import Capabilities, Posterior


@dataclass(frozen=True)
class Point:
    mean: Tensor


class Identity(torch.nn.Module):
    """Decodes a code to itself."""

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    device = torch.device("cpu")

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        return Posterior(x)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Point:
        return Point(z)


@dataclass(frozen=True, eq=False)
class ByRule:
    """Predicts classes of samples by a rule."""

    rule: Callable[[NDArray[Any]], NDArray[Any]]
    words: str = "a rule"

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray(self.rule(samples), np.int64)


@dataclass(frozen=True, eq=False)
class Codes:
    index: NDArray[np.int64]
    mean: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    split: NDArray[np.str_] | None = None
    drawn: bool = False

    @property
    def neighbours(self) -> Neighbours:
        return Neighbours(self.mean)


def codes_of(mean: NDArray[Any], labels: NDArray[np.int64] | None = None) -> Codes:
    return Codes(np.arange(len(mean)), np.asarray(mean, np.float32), labels)


def description(dimensions: int, classes: tuple[str, ...] = ("a", "b", "c"), **more: Any) -> Description:
    identity = Transform(np.zeros((), np.float32), np.ones((), np.float32))
    return Description("points", "vector", (dimensions,), identity, False, (-5.0, 5.0), classes, **more)


def find(
    rule: Callable[[NDArray[Any]], NDArray[Any]], codes: Codes, sample: int = 0, **more: Any
) -> Counterfactual | Absent:
    about = description(codes.mean.shape[1])
    model: Any = Identity()
    return at_once(find_counterfactual(model, about, None, ByRule(rule), codes, sample, **more))


def found(*arguments: Any, **more: Any) -> Counterfactual:
    result = find(*arguments, **more)
    assert isinstance(result, Counterfactual), result
    return result


@pytest.mark.parametrize(("dimensions", "excess"), [(1, 0.002), (2, 0.005), (10, 0.05), (64, 0.3)])
def test_it_is_near_the_foot_of_the_perpendicular_on_a_plane(dimensions: int, excess: float) -> None:
    rng = np.random.default_rng(3)
    normal = rng.standard_normal(dimensions)
    normal /= np.linalg.norm(normal)
    samples = rng.standard_normal((400, dimensions))
    samples[0] = -1.3 * normal
    result = found(lambda x: x @ normal > 0, codes_of(samples))
    assert 1.3 * (1 - 1e-3) < result.distance < 1.3 * (1 + excess)
    assert (result.from_class, result.to_class) == (0, 1)
    assert result.distance <= result.nearest_distance
    # The nearest candidate, without the search.
    lengths = np.linalg.norm(samples - samples[0], axis=1)
    assert result.nearest_distance == pytest.approx(lengths[samples @ normal > 0].min(), rel=1e-5)


def test_the_nearest_side_of_a_disc_is_found_though_the_nearest_sample_is_elsewhere() -> None:
    # Inside the unit disc is class 0; the only other samples are far to the right, the boundary is near on the left.
    samples = np.concatenate([[[-0.9, 0.0]], 0.1 * np.random.default_rng(0).standard_normal((50, 2)), [[3.0, 0.5]]])
    result = found(lambda x: np.linalg.norm(x, axis=1) > 1, codes_of(samples))
    assert result.distance == pytest.approx(0.1, rel=0.01)
    assert result.code == pytest.approx([-1, 0], abs=0.01)
    assert result.nearest == len(samples) - 1


def stripes(x: NDArray[Any]) -> NDArray[Any]:
    """Class 0 up to 1, class 1 up to 2, class 2 beyond, by the first coordinate."""
    return (x[:, 0] > 1).astype(int) + (x[:, 0] > 2)


LINE = codes_of(np.column_stack([np.linspace(0, 4, 81), np.zeros(81)]))


@pytest.mark.parametrize(("wanted", "distance", "reached"), [(None, 1, 1), (1, 1, 1), (2, 2, 2)])
def test_a_chosen_class_or_any_other(wanted: int | None, distance: float, reached: int) -> None:
    result = found(stripes, LINE, to_class=wanted)
    assert result.to_class == reached
    assert result.distance == pytest.approx(distance, rel=2e-3)
    assert result.start == pytest.approx([0, 0])


def test_the_line_turns_where_it_says() -> None:
    result = found(stripes, LINE, to_class=2, steps=201)
    strip = result.strip
    behind = strip.t >= result.turn + 1e-3
    assert set(strip.classes[behind]) == {2}
    assert 2 not in strip.classes[strip.t <= result.turn - 1e-3]
    assert 1 in strip.classes
    on_line = strip.codes[0] + result.turn * (strip.codes[-1] - strip.codes[0])
    assert on_line == pytest.approx(result.code, abs=1e-5)
    assert result.waypoints[0] == tuple(map(float, result.start))
    assert np.array_equal(result.decode, result.code)


def test_equal_seeds_give_equal_bits() -> None:
    samples = np.random.default_rng(1).standard_normal((300, 5))
    first, again, other = (found(lambda x: x[:, 0] > 0.7, codes_of(samples), 3, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(first.code, again.code)
    assert first.distance == again.distance
    assert not np.array_equal(first.code, other.code)


def test_the_comparison_is_with_samples_of_the_same_predicted_class() -> None:
    result = found(stripes, LINE, 10)
    assert not isinstance(result.comparison, Absent)
    # Samples 0 to 20 are of class 0, at 0, 0.05, … 1; sample 10 is at 0.5, and 10 of the 20 others are farther away.
    assert len(result.comparison.others) == 20
    assert result.comparison.nearer_than == pytest.approx(0.5)
    assert result.comparison.distance == pytest.approx(0.5, abs=0.01)
    assert any("shorter than that of 50 % of the 20 other samples" in one for one in sentences(result, description(2)))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("no encoder", "no encoder"),
        ("no classes", "no classes"),
        ("no data", "not loaded"),
        ("one class", "fewer than two classes"),
        ("one predicted", "no decode is predicted as another class"),
        ("already", "already predicted as b"),
        ("not predicted", "no decode is predicted as c"),
        ("outside", "no sample 99"),
        ("nan", "code of the sample is not finite"),
        ("no codes", "no codes of samples"),
        ("text", "cannot be compared with samples"),
        ("unknown", "no predicted class"),
    ],
)
def test_it_says_why_there_is_none(case: str, reason: str) -> None:
    model: Any = Identity()
    samples = np.random.default_rng(0).standard_normal((40, 2)).astype(np.float32)
    about, dataset, codes, wanted, sample = description(2), None, codes_of(samples), None, 0
    classifier: ByRule | None = ByRule(lambda x: np.zeros(len(x)))
    if case == "no encoder":
        model.capabilities = replace(model.capabilities, encoder=False)
    elif case == "no classes":
        about = description(2, ())
    elif case in ("no data", "one class", "text"):
        classifier = None
        about = replace(about, kind="text") if case == "text" else about
        if case == "one class":
            splits = Splits(np.arange(40), np.empty(0, np.int64), np.empty(0, np.int64))
            dataset = Dataset(about, samples, splits, np.zeros(40, np.int64))
    elif case in ("already", "not predicted"):
        classifier, wanted = ByRule(lambda x: np.ones(len(x))), 1 if case == "already" else 2
    elif case == "outside":
        sample = 99
    elif case == "nan":
        samples[0] = np.nan
    elif case == "no codes":
        codes = replace(codes, drawn=True)
    elif case == "unknown":
        classifier = ByRule(lambda x: np.full(len(x), -1))
    result = at_once(find_counterfactual(model, about, dataset, classifier, codes, sample, wanted))
    assert isinstance(result, Absent)
    assert reason in result.why


def test_decodes_that_are_not_finite_have_no_class() -> None:
    class Broken(Identity):
        def decode(self, z: Tensor, condition: Tensor | None = None) -> Point:
            return Point(torch.where(z[:, :1] > 2, torch.nan, z))

    model: Any = Broken()
    result = at_once(find_counterfactual(model, description(2), None, ByRule(stripes), LINE, 0, 2))
    assert isinstance(result, Absent)
    assert not isinstance(at_once(find_counterfactual(model, description(2), None, ByRule(stripes), LINE, 0)), Absent)
