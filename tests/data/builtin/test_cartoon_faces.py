"""Cartoon faces: reproducible, and each factor changes the part that it names."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.builtin.cartoon_faces import HAIR_STYLES, draw_faces
from explorer.data.dataset import Dataset

MIDDLE: Mapping[str, float] = {
    "hair style": 0,
    "glasses": 0,
    "face width": 0.5,
    "eye size": 0.5,
    "eye spacing": 0.5,
    "gaze": 0,
    "brow angle": 0,
    "mouth curve": 0,
    "mouth opening": 0.5,
    "skin tone": 0.3,
    "hair tone": 0.5,
}


def drawn(**changes: float) -> NDArray[np.float64]:
    """Draw the middling face with some factors changed, (3, 64, 64)."""
    values = {name: np.array([float(changes.get(name.replace(" ", "_"), value))]) for name, value in MIDDLE.items()}
    return draw_faces(values, 64)[0].astype(float)


def rows_that_differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[int, int]:
    rows = np.flatnonzero(np.abs(one - other).max(axis=(0, 2)) > 8)
    return int(rows[0]), int(rows[-1])


@pytest.fixture(scope="module")
def faces() -> Dataset:
    return catalog.load(DataConfig(source="faces"))


def test_the_set(faces: Dataset) -> None:
    assert faces.samples.shape == (2400, 3, 64, 64) and faces.samples.dtype == np.uint8
    assert faces.class_names == HAIR_STYLES and faces.description.unit_range
    assert np.array_equal(np.bincount(faces.labels), [400] * 6)
    assert set(faces.factors) == set(MIDDLE)
    assert 0.2 < faces.factors["glasses"].values.mean() < 0.3
    assert len(np.unique(faces.samples.reshape(2400, -1), axis=0)) == 2400


def test_it_is_always_the_same(faces: Dataset) -> None:
    again = catalog.load(DataConfig(source="faces"))
    assert again.description.fingerprint == faces.description.fingerprint


def test_another_size_and_grey(faces: Dataset) -> None:
    small = catalog.load(DataConfig(source="faces", picture_size=24, picture_mode="grey"))
    assert small.samples.shape == (2400, 1, 24, 24)
    grey = catalog.load(DataConfig(source="faces", picture_mode="grey"))
    weights = np.array([0.299, 0.587, 0.114]).reshape(1, 3, 1, 1)
    expected = (faces.samples[:50] * weights).sum(1, keepdims=True)
    assert np.abs(grey.samples[:50] - expected).max() <= 0.51


@pytest.mark.parametrize(
    ("factor", "low", "high", "top", "bottom"),
    [
        ("eye_size", 0, 1, 20, 48),
        ("eye_spacing", 0, 1, 20, 48),
        ("gaze", -1, 1, 24, 48),
        ("brow_angle", -1, 1, 18, 40),
        ("mouth_curve", -1, 1, 38, 60),
        ("mouth_opening", 0, 1, 38, 64),
        ("glasses", 0, 1, 22, 50),
    ],
)
def test_a_factor_changes_its_part_alone(factor: str, low: float, high: float, top: int, bottom: int) -> None:
    first, last = rows_that_differ(drawn(**{factor: low}), drawn(**{factor: high}))
    assert top <= first <= last <= bottom


def test_wider_faces_are_wider() -> None:
    def width(face: NDArray[np.float64]) -> int:
        return int((np.abs(face[:, 36] - face[:, 36, :1]).max(axis=0) > 8).sum())

    assert width(drawn(face_width=1)) >= width(drawn(face_width=0)) + 6


def test_tones_run_from_light_to_dark() -> None:
    cheeks = [drawn(skin_tone=tone)[:, 44, 32].sum() for tone in (0, 0.25, 0.5, 0.75, 1)]
    assert cheeks == sorted(cheeks, reverse=True)


def test_faces_are_mirror_images_but_for_gaze_and_long_hair() -> None:
    for style in (0, 1, 2, 5):
        face = drawn(hair_style=style)
        face[:, 25:45] = 0  # the lights in the eyes, and the bun's, are on one side
        face[:, :12] = 0
        assert np.abs(face - face[:, :, ::-1]).max() <= 2


def test_edges_are_soft() -> None:
    # Along the outline of a bald head, whose two colours are flat, pixels that the edge crosses are mixed.
    outline = drawn()[2, 6:18, :32]
    assert len(np.unique(outline)) > 8
