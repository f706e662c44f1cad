"""What a pixel of a decode says."""

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import Description
from explorer.rendering.pictures import PixelReading


@pytest.fixture(scope="module")
def description() -> Description:
    return load(DataConfig(source="digits")).description


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (PixelReading("bernoulli"), "p(x = 1 | z) = 0.50"),
        (PixelReading("bernoulli", shown="sample"), "drawn 0.50"),
        (PixelReading("gaussian", 0.123), "mean 0.50, σ 0.12"),
        (PixelReading("continuous bernoulli"), "mean 0.50"),
        (PixelReading(), "x = 0.50"),
    ],
)
def test_a_pixel_says_its_distribution_in_model_values(
    reading: PixelReading, text: str, description: Description
) -> None:
    values = np.zeros(description.shape)
    values[0, 2, 3] = 8.0  # digits have values from 0 to 16
    assert reading.text(values, description, 2, 3) == f"Row 3, column 4: {text}"


def test_the_real_value_stands_beside_it(description: Description) -> None:
    real = np.full(description.shape, 16.0)
    text = PixelReading("bernoulli", real=real).text(np.zeros(description.shape), description, 0, 0)
    assert text == "Row 1, column 1: p(x = 1 | z) = 0.00; real x = 1.00"
