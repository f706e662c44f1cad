"""Directions drawn as samples: two hues around 0."""

import numpy as np

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.dataset import Dataset
from explorer.rendering.differences import NEGATIVE, POSITIVE, drawn_as_sample
from explorer.rendering.render import render

GROUND = (10, 20, 30)


def test_a_grey_direction_has_the_ground_at_zero_and_full_hues_at_its_ends(digits: Dataset) -> None:
    direction = np.zeros((1, 8, 8), np.float32)
    direction[0, 0, 0], direction[0, 1, 1], direction[0, 2, 2] = 0.4, -0.4, 0.2
    picture, about = drawn_as_sample(direction, digits.description, GROUND)
    pixels = np.rint(255 * picture).astype(int)
    assert tuple(pixels[:, 5, 5]) == GROUND
    assert tuple(pixels[:, 0, 0]) == POSITIVE and tuple(pixels[:, 1, 1]) == NEGATIVE
    assert np.allclose(pixels[:, 2, 2], (np.array(GROUND) + POSITIVE) / 2, atol=1)
    assert about.value_range == (0.0, 1.0) and about.shape == (3, 8, 8)


def test_a_zero_direction_and_one_with_nan_are_drawn(digits: Dataset) -> None:
    for value in (0.0, np.nan):
        picture, _ = drawn_as_sample(np.full((1, 8, 8), value), digits.description, GROUND)
        assert np.allclose(255 * picture, np.array(GROUND).reshape(3, 1, 1))


def test_colours_go_around_the_middle_grey(digits: Dataset) -> None:
    direction = np.random.default_rng(0).normal(size=(3, 8, 8)).astype(np.float32)
    picture, about = drawn_as_sample(direction, digits.description, GROUND)
    assert about.shape == (3, 8, 8)
    assert np.allclose(picture, 0.5 + direction / (2 * np.abs(direction).max()), atol=1e-6)


def test_named_values_and_signals_are_drawn_too() -> None:
    table = assemble(DataConfig(), name="table", kind="vector", samples=np.random.rand(20, 4).astype(np.float32))
    direction = np.array([0.1, -0.5, 0, 0.2], np.float32)
    values, about = drawn_as_sample(direction, table.description, GROUND)
    assert np.allclose(about.transform.apply(values), 6 * direction, atol=1e-6), "the longest bar is full"
    assert render(values, about).std() > 0
