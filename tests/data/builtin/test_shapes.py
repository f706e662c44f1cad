import numpy as np

from explorer.config import DataConfig
from explorer.data.builtin.shapes import SHAPES, draw_shapes
from explorer.data.catalog import load


def draw(shape, x=0.5, y=0.5, scale=0.2, rotation=0.0, size=64):
    values = (np.array([value], dtype=float) for value in (x, y, scale, rotation))
    return draw_shapes(np.array([SHAPES.index(shape)]), *values, size=size)[0] / 255.0


def test_areas_are_those_of_the_geometry():
    unit = 0.2 * 64
    assert np.isclose(draw("square").sum(), 4 * unit**2, rtol=0.02)
    assert np.isclose(draw("ellipse").sum(), np.pi * 1.2 * 0.7 * unit**2, rtol=0.02)
    assert np.isclose(draw("heart").sum(), 3.6615 * unit**2, rtol=0.02)  # the area within the heart curve
    assert np.isclose(draw("ellipse", rotation=37).sum(), draw("ellipse").sum(), rtol=0.02)


def test_position_moves_the_picture_right_and_down():
    rows, columns = np.indices((64, 64)) + 0.5
    for x, y in ((0.3, 0.6), (0.7, 0.4)):
        picture = draw("ellipse", x=x, y=y)
        assert np.isclose((picture * columns).sum() / picture.sum(), 64 * x, atol=0.1)
        assert np.isclose((picture * rows).sum() / picture.sum(), 64 * y, atol=0.1)


def test_rotation_is_counter_clockwise():
    upright = draw("heart")
    quarter = draw("heart", rotation=90)
    np.testing.assert_allclose(quarter, np.rot90(upright), atol=1 / 16 + 0.01)
    rows = np.arange(64)
    assert (upright.sum(axis=1) * rows).sum() / upright.sum() < 32  # broad above, its tip below


def test_edges_are_soft():
    levels = np.unique(draw("ellipse", x=0.51, rotation=20))
    assert len(levels) > 8


def test_the_data_set():
    data = load(DataConfig(source="shapes"))
    assert data.samples.shape == (3000, 1, 32, 32) and data.samples.dtype == np.uint8
    assert data.class_names == SHAPES and np.bincount(data.labels).tolist() == [1000, 1000, 1000]
    assert set(data.factors) == {"shape", "x", "y", "scale", "rotation"}
    assert set(data.columns) == {"x", "y", "scale", "rotation"}
    edges = np.concatenate([data.samples[:, 0, [0, -1]], data.samples[:, 0, :, [0, -1]].transpose(1, 0, 2)], axis=1)
    assert (edges.reshape(3000, -1).sum(axis=1) == 0).mean() > 0.95  # hardly any shape touches the border
    again = load(DataConfig(source="shapes", split_seed=3))
    assert again.description.fingerprint == data.description.fingerprint
    assert not np.array_equal(again.splits.test, data.splits.test)
