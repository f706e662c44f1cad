import numpy as np
import pytest

from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.latent.paths.decoded_length import decoded_length

UNIT = Transform(np.float32(0), np.float32(1))


def test_decoded_length_sums_distances_and_names_its_unit():
    pictures = np.zeros((3, 1, 2, 2), np.float32)
    pictures[1], pictures[2] = 2, 5
    picture = Description("p", "image", (1, 2, 2), UNIT, True, (0, 16))
    length = decoded_length(pictures, picture)
    assert length.value == pytest.approx((4 + 6) / 16)
    assert "pixel values from 0 to 1" in length.unit
    vector = Description("v", "vector", (4,), UNIT, False, (0, 1))
    assert "own units" in decoded_length(pictures.reshape(3, 4), vector).unit
