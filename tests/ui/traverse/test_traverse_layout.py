from itertools import pairwise

import pytest

from explorer.ui.traverse.traverse_layout import (
    Stack,
    content_height,
    fit_columns,
    lay_out,
    line_at,
    rows_in_view,
    shown_steps,
)
from explorer.ui.traverse.traverse_painter import short_number
from explorer.ui.traverse.traverse_words import dimension_of, short_words

KEYS = tuple(f"z{number + 1}" for number in range(10))
STACKS = (Stack("dimensions", KEYS, frozenset({"z1"})), Stack("local", ("u1", "u2", "u3"), notes=(14.0,)))


@pytest.mark.parametrize(
    ("steps", "fitting", "shown"),
    [
        (13, 13, tuple(range(13))),
        (13, 40, tuple(range(13))),
        (13, 5, (0, 3, 6, 9, 12)),
        (3, 9, (0, 1, 2)),
        (41, 13, (0, 3, 7, 10, 13, 17, 20, 23, 27, 30, 33, 37, 40)),
        (13, 1, (0, 6, 12)),
    ],
)
def test_steps_that_do_not_fit_are_left_out_evenly(steps: int, fitting: int, shown: tuple[int, ...]) -> None:
    assert shown_steps(steps, fitting) == shown
    # The ends and the probe are always there, and both sides are alike.
    assert {0, steps // 2, steps - 1} <= set(shown)
    assert tuple(steps - 1 - step for step in reversed(shown)) == shown


@pytest.mark.parametrize(
    ("width", "height"), [(968, 560), (968, 760), (1160, 260), (560, 110), (300, 90), (1900, 1000)]
)
@pytest.mark.parametrize("pictures", [True, False])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_columns_do_not_overlap(width: int, height: int, pictures: bool, scale: float) -> None:
    columns = fit_columns(width, height, 13, STACKS, scale=scale, pictures=pictures)
    edges = [columns.symbol, columns.name, columns.measure, columns.measured, columns.cells, columns.cells_right]
    assert edges == sorted(edges)
    assert columns.name + columns.name_width <= columns.measure + 1
    if width >= 540 * scale:
        assert columns.cells_right <= columns.change and columns.changed <= width
    assert columns.cell_width > 0 and columns.cell_height > 0
    assert columns.column_at(columns.cell_left(columns.centre) + 1) == columns.centre
    assert columns.column_at(columns.cells - 1) is None


def test_all_rows_fit_where_the_height_allows() -> None:
    columns = fit_columns(968, 780, 13, STACKS)
    assert content_height(lay_out(STACKS, columns)) <= 780
    # Otherwise rows keep a size that can be read, and the table scrolls.
    low = fit_columns(968, 200, 13, STACKS)
    assert low.row_height > 30
    assert content_height(lay_out(STACKS, low)) > 200


def test_lines_are_stacked_without_gaps_and_say_which_rows_are_in_view() -> None:
    lines = lay_out(STACKS, fit_columns(968, 200, 13, STACKS))
    kinds = [(line.kind, line.section) for line in lines]
    assert kinds[:3] == [("head", "dimensions"), ("row", "dimensions"), ("difference", "dimensions")]
    assert kinds[-1] == ("note", "local")
    assert all(one.top + one.height <= other.top + 1e-9 for one, other in pairwise(lines))
    assert line_at(lines, lines[4].top + 1) is lines[4]
    assert rows_in_view(lines, 0, lines[1].top + 1) == {"dimensions": (0, 1)}
    assert rows_in_view(lines, lines[10].top + 1, content_height(lines)) == {"dimensions": (8, 2), "local": (0, 3)}


@pytest.mark.parametrize(
    ("key", "index"), [("z6", 5), ("z10", 9), ("u1", None), ("PC2", None), ("", None), ("z", None)]
)
def test_only_keys_of_dimensions_name_one(key: str, index: int | None) -> None:
    assert dimension_of(key) == index


def test_short_forms() -> None:
    assert short_words("mostly z₁ and −z₅") == "z₁, −z₅"
    assert [short_number(value) for value in (0, 3e-5, 0.0398, 0.48, 9.387, 11.26, 418.2, 8e7)] == [
        "0.000",
        "3.0e−5",
        "0.040",
        "0.48",
        "9.39",
        "11.3",
        "418",
        "8.0e7",
    ]
