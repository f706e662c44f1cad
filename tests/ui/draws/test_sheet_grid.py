"""Where the pictures of a sheet of draws are."""

import pytest

from explorer.ui.draws.sheet_grid import MAX_SIDE, READABLE, sheet_grid


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("size", [(880, 600), (500, 700), (1400, 240)])
def test_all_draws_are_inside(size: tuple[int, int], pairs: bool) -> None:
    grid = sheet_grid(25, 5, *size, pairs=pairs)
    last = grid.area(24, real=pairs)
    assert last.bottom() <= size[1]
    assert max(grid.area(number).right() for number in range(25)) <= size[0]


def test_wanted_columns_are_kept_where_they_have_room() -> None:
    assert sheet_grid(12, 3, 600, 600, pairs=False).columns == 3
    # In a low tab, the same draws fill the width.
    low = sheet_grid(25, 5, 900, 110, pairs=False)
    assert low.columns > 5 and low.height <= 110


def test_rows_of_classes_are_never_broken_and_scroll() -> None:
    grid = sheet_grid(100, 10, 900, 110, pairs=False, fixed=True)
    assert grid.columns == 10 and grid.height > 110 and grid.side == READABLE


def test_words_and_bars_get_twice_the_width_of_pictures() -> None:
    grid = sheet_grid(25, 5, 700, 400, pairs=True, aspect=2.0)
    area = grid.area(24, real=True)
    assert area.width() == pytest.approx(2 * area.height(), abs=1)


def test_pictures_grow_with_the_text() -> None:
    small, large = (sheet_grid(4, 2, 2000, 2000, pairs=False, scale=scale) for scale in (1.0, 1.5))
    assert (small.side, large.side) == (MAX_SIDE, 1.5 * MAX_SIDE)
