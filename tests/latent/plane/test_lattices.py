"""Lattices, chunks of long work, quantiles of the prior, and points with room for a picture."""

import itertools

import numpy as np
import pytest
from scipy.stats import norm

from explorer.latent.codes.draws import quantile_cells, quantile_codes
from explorer.latent.plane.box import FINEST, MAX_CELLS, Box, Lattice, lattices
from explorer.latent.plane.projection import axes_projection, fit_projection
from explorer.latent.plane.sampling import non_overlapping_rows
from explorer.latent.steps import MIN_ROWS, SECONDS, at_once, in_chunks

RNG = np.random.default_rng(0)


def test_a_lattice_lies_row_by_row_from_the_bottom_left():
    points = Lattice(Box(0, 6, -1, 1), rows=2, columns=3).points()
    assert points.tolist() == [[1, -0.5], [3, -0.5], [5, -0.5], [1, 0.5], [3, 0.5], [5, 0.5]]


def test_lattices_become_finer_down_to_readable_cells_and_never_too_many():
    box = Box(-3, 3, -2, 2)
    found = lattices(box, (600, 400))
    assert all(one.box == box for one in found)
    assert all(len(coarse) < len(fine) <= MAX_CELLS for coarse, fine in itertools.pairwise(found))
    sides = [600 / one.columns for one in found]
    assert all(coarse == pytest.approx(2 * fine, rel=0.1) for coarse, fine in itertools.pairwise(sides))
    assert FINEST <= sides[-1] < 2 * FINEST
    assert len(lattices(box, (600, 400), max_cells=1)) == 1
    assert len(lattices(box, (5, 3))) == 1
    assert {one.rows for one in lattices(box, (600, 400), flat=True)} == {1}


@pytest.mark.parametrize("row_seconds", [0.0, 0.0002, 1.0])
def test_chunks_cover_all_rows_and_none_takes_long(row_seconds):
    now, parts = [0.0], []
    values = RNG.normal(size=(1000, 3))

    def work(rows):
        part = values[rows]
        parts.append(len(part))
        now[0] += row_seconds * len(part)
        return part

    assert (at_once(in_chunks(1000, work, clock=lambda: now[0])) == values).all()
    settled = parts[8:-1]
    assert not settled or max(settled) <= max(MIN_ROWS, SECONDS / max(row_seconds, 1e-9))
    if row_seconds == 0.0002:
        assert max(parts) == 20
    assert sum(parts) == 1000 and (row_seconds == 0 or len(parts) > 40)


@pytest.mark.parametrize("count", [1, 2, 5, 8, 64])
def test_quantiles_hold_equal_shares_of_a_standard_normal(count):
    cells = quantile_cells(count)
    assert np.allclose(norm.cdf(cells.middles), (np.arange(count) + 0.5) / count)
    assert np.allclose(cells.middles, -cells.middles[::-1])
    edges = norm.ppf(np.arange(1, count) / count)
    assert np.allclose(cells.widths[1:-1], np.diff(edges))
    if count > 1:  # what has no end reaches as far out as it does in from its median
        assert cells.widths[0] / 2 == pytest.approx(edges[0] - cells.middles[0])


def test_an_even_sheet_begins_at_the_upper_left():
    codes = quantile_codes(3, 2)
    third = norm.ppf(5 / 6)
    assert np.allclose(codes[[0, 2, 6, 4]], [[-third, third], [third, third], [-third, -third], [0, 0]])
    assert quantile_codes(3, 1).shape == (3, 1)


def overlap(points, size):
    """Count pairs of boxes that overlap, by comparing all."""
    away = np.abs(points[:, None] - points[None]) / size
    return int((away.max(-1) < 1 - 1e-9).sum() - len(points)) // 2


def test_chosen_points_do_not_cover_each_other_and_most_room_is_used():
    points, size = RNG.normal(size=(3000, 2)), (0.3, 0.2)
    chosen = non_overlapping_rows(points, size)
    assert len(set(chosen.tolist())) == len(chosen) and overlap(points[chosen], size) == 0
    greedy: list[int] = []
    for row in range(len(points)):
        if all((np.abs(points[row] - points[other]) / size).max() >= 1 for other in greedy):
            greedy.append(row)
    assert len(chosen) > 0.75 * len(greedy)


def test_a_choice_stays_while_the_plane_is_moved():
    points, size = RNG.uniform(0, 10, size=(2000, 2)), (0.5, 0.5)
    left, right = np.flatnonzero(points[:, 0] < 7), np.flatnonzero(points[:, 0] > 1)
    before, after = (
        set(non_overlapping_rows(points, size, left).tolist()),
        set(non_overlapping_rows(points, size, right).tolist()),
    )
    middle = set(np.flatnonzero((points[:, 0] > 2.5) & (points[:, 0] < 5.5)).tolist())
    assert len(middle & before & after) > 0.9 * len(middle & (before | after))


def test_points_that_are_nowhere_are_never_chosen():
    points = np.array([[np.nan, 0], [0, 0], [0, np.inf]])
    assert non_overlapping_rows(points, (1, 1)).tolist() == [1]
    assert len(non_overlapping_rows(points[:0], (1, 1))) == 0


@pytest.mark.parametrize("projection", [axes_projection(2), axes_projection(1), axes_projection(4, (3, 1)), None])
def test_many_codes_at_once_equal_those_of_each_point(projection):
    projection = projection or fit_projection(RNG.normal(size=(40, 5)).astype(np.float32))
    z, points = RNG.normal(size=projection.latent_dim), RNG.normal(size=(6, 2))
    expected = [projection.replace_components(z, point) for point in points]
    assert np.allclose(projection.codes_at(z, points), expected)


def test_boxes():
    box = Box(0, 4, -1, 1)
    assert (box.width, box.height) == (4, 2)
    assert box.grown(0.5) == Box(-2, 6, -2, 2)
    assert box.contains(np.array([[0.0, 0.0], [5, 0], [1, np.nan]])).tolist() == [True, False, False]
