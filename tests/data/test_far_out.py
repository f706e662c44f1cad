from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.dataset import description_from_json, description_to_json
from explorer.data.far_out import far_features, power_text, shared_range, spread_of
from explorer.data.transform import Transform

Table = NDArray[np.float64]


def table(rows: int = 300, features: int = 4) -> Table:
    return np.random.default_rng(0).normal(size=(rows, features))


def standardized(values: Table, train: int | None = None) -> Transform:
    part = values[:train]
    scale = part.std(axis=0)
    return Transform(part.mean(axis=0).astype("f4"), np.where(scale > 0, scale, 1).astype("f4"))


def with_wild_values() -> Table:
    values = table()
    values[16, 1], values[300 - 1, 2] = 1e9, -1e12
    return values


def with_sentinel() -> Table:
    values = table()
    values[[3, 4, 5], 0] = -9999
    return values


def with_many_zeros() -> Table:
    values = table()
    values[:, 3] = 0.0
    values[7, 3] = 500.0
    return values


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (table, {}),
        (with_wild_values, {2: (299,), 1: (16,)}),
        (with_sentinel, {0: (3, 4, 5)}),
        (with_many_zeros, {3: (7,)}),
        (lambda: np.exp(3 * table()), {}),  # a long tail is no fault
        (lambda: np.eye(300)[:, :2] * 2, {}),  # rare counts are none either
        (lambda: np.full((20, 3), 7.0), {}),
        (lambda: table(1), {}),
    ],
)
def test_values_far_out_are_found_with_their_samples(
    values: Callable[[], Table], found: dict[int, tuple[int, ...]]
) -> None:
    made = values()
    features = far_features(made, standardized(made))
    assert {one.feature: tuple(sorted(one.samples)) for one in features} == found
    assert all(not one.is_rare and one.count == len(one.samples) for one in features)


def test_a_pixel_that_is_lit_in_validation_alone_is_rare_and_not_wrong() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (120, 16)).astype(float)
    pixels[:, 5] = 0
    pixels[110, 5] = 200
    (one,) = far_features(pixels, standardized(pixels, 100))
    assert one.is_rare and one.feature == 5 and one.distance == pytest.approx(200)
    together = Transform(np.array(100, "f4"), np.array(70, "f4"))
    assert far_features(pixels, together) == ()  # one scale for all features is right
    pixels[111, 3] = 1e6
    assert [one.is_rare for one in far_features(pixels, standardized(pixels, 100))] == [False, True]


def test_features_of_different_units_share_no_range() -> None:
    assert shared_range(table(50, 12) * 10.0 ** np.arange(12)) is None
    assert shared_range(np.random.default_rng(0).integers(0, 256, (90, 30)).astype(float)) is not None


def test_the_spread_ignores_a_few_values_and_is_never_0() -> None:
    values = table(1000, 2)
    values[0], values[:, 1] = 1e9, 3.0
    middle, spread = spread_of(values)
    assert middle[0] == pytest.approx(0, abs=0.1) and spread[0] == pytest.approx(1, rel=0.1) and spread[1] > 0


def test_the_report_and_the_run_name_the_rows_of_the_file(tmp_path: Path) -> None:
    lines = [",".join(f"{value:.3f}" for value in row) for row in table()]
    lines[1] = "1.0,,2.0,3.0"  # left out, so that samples and rows differ
    lines[16] = "0.1,1e9,0.3,0.4"
    (tmp_path / "t.csv").write_text("a,b,c,d\n" + "\n".join(lines) + "\n")
    dataset = catalog.load(DataConfig(source=str(tmp_path / "t.csv")))
    (one,) = dataset.description.far_out
    assert (one.samples, one.rows, one.values) == ((15,), (17,), (1e9,))
    (warning,) = [text for text in dataset.report.warnings if "far out" in text]
    assert "b has 1 value far out" in warning and "row 17: 1e+09" in warning
    assert description_from_json(description_to_json(dataset.description)).far_out == (one,)


def test_values_marked_as_missing_are_compared_as_they_are_kept(tmp_path: Path) -> None:
    rows = [f"{value:.3f},0.5{index % 7}" for index, value in enumerate(table(40, 1)[:, 0])]
    rows[3] = "-1e12,0.5"
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(rows) + "\n")
    dataset = catalog.load(DataConfig(source=str(tmp_path / "t.csv"), missing_marks=("-1e+12",)))
    assert len(dataset) == 39 and dataset.description.far_out == ()


def test_large_numbers_become_powers_of_ten() -> None:
    assert [power_text(value) for value in (636.4, 9999, 2.5e6, 9.6e11)] == ["636", "9,999", "10⁶", "10¹²"]
