"""Codes that consist of maps, and codes of thousands of numbers."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.ui.decode.code.code_bars import CodeBars
from explorer.ui.decode.code.code_maps import CodeMaps, PassMaps, maps_text
from explorer.ui.decode.forward_pass.forward_pass_section import FEW, MOST, ForwardPassView, pass_rows
from explorer.ui.theme.theme import ThemeSource

SHAPE = (4, 3, 5)
CODE = np.linspace(-2, 1, 60)


@pytest.fixture
def maps(themes: ThemeSource, qtbot: QtBot) -> CodeMaps:
    maps = CodeMaps("code_maps", themes)
    qtbot.addWidget(maps)
    maps.resize(300, 200)
    maps.show()
    maps.show_code(tuple(CODE), SHAPE, 0)
    return maps


def test_maps_share_one_grey_scale(maps: CodeMaps) -> None:
    assert maps.limits == (-2, 1)
    image = maps.grab().toImage()
    ratio = image.devicePixelRatio()

    def grey(channel: int, row: int, column: int) -> int:
        area = maps.area(channel)
        x, y = area.left() + (column + 0.5) * area.width() / 5, area.top() + (row + 0.5) * area.height() / 3
        return image.pixelColor(round(x * ratio), round(y * ratio)).red()

    assert grey(3, 2, 4) == 255
    for unit in (7, 22, 41):
        place = (int(index) for index in np.unravel_index(unit, SHAPE))
        assert abs(grey(*place) - 255 * (CODE[unit] + 2) / 3) <= 2


def test_a_click_and_the_arrow_keys_choose_a_value(maps: CodeMaps, qtbot: QtBot) -> None:
    area = maps.area(2)
    point = QPointF(area.left() + 0.5 * area.width(), area.top() + 0.9 * area.height())
    unit = int(np.ravel_multi_index((2, 2, 2), SHAPE))
    assert maps.unit_at(point) == unit and maps.unit_at(QPointF(299, 199)) is None
    with qtbot.waitSignal(maps.chosen) as chosen:
        qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert chosen.args == [unit]
    assert maps.words_of(unit).endswith("map 3, row 3, column 3")
    maps.show_code(tuple(CODE), SHAPE, unit)
    with qtbot.waitSignal(maps.chosen) as chosen:
        qtbot.keyClick(maps, Qt.Key.Key_Up)
    assert chosen.args == [int(np.ravel_multi_index((2, 1, 2), SHAPE))]
    with qtbot.assertNotEmitted(maps.chosen):
        qtbot.keyClick(maps, Qt.Key.Key_Down)  # there is no row below


@pytest.mark.parametrize("code", [np.zeros(60), np.full(60, np.nan), np.r_[np.inf, np.zeros(59)]])
def test_codes_without_a_range_are_drawn(maps: CodeMaps, code: np.ndarray) -> None:
    maps.show_code(tuple(code), SHAPE, 3)
    assert not maps.grab().isNull()


def test_maps_fit_and_are_not_cut(maps: CodeMaps) -> None:
    for shape in ((1, 64, 64), (3, 8, 8), (512, 2, 2), (16, 4, 1)):
        maps.show_code((0.5,) * int(np.prod(shape)), shape)
        last = max((maps.area(channel) for channel in range(shape[0])), key=lambda area: area.bottom())
        assert last.bottom() <= maps.height() and maps.area(0).right() <= maps.width()
    assert maps_text((1, 8, 8)) == "1 map of 8 × 8" and maps_text((4, 8, 6)) == "4 maps of 8 × 6"


def forward_pass(count: int, noise: float = 0.0, *, is_point: bool = False) -> ForwardPass:
    values = np.linspace(-1, 1, count, dtype=np.float32)
    x = np.zeros((1, 2, 2), np.float32)
    spread = None if is_point else np.zeros(count, np.float32)
    drawn = None if is_point else np.full(count, noise, np.float32)
    return ForwardPass(0, x, values, spread, drawn, values + noise, x, 1.0, None)


def test_a_forward_pass_of_maps_shows_mean_and_spread_and_z_once_it_is_drawn(themes: ThemeSource, qtbot: QtBot) -> None:
    shown = PassMaps(themes)
    qtbot.addWidget(shown)
    shown.show()

    def visible() -> list[str]:
        names = ("mean", "sigma", "z")
        found = [shown.findChild(CodeMaps, f"pass_maps_{name}") for name in names]
        return [name for name, maps in zip(names, found, strict=True) if maps is not None and maps.isVisible()]

    shown.show_pass(forward_pass(60), SHAPE, "z = μ + σ·ε")
    assert visible() == ["mean", "sigma"]
    shown.show_pass(forward_pass(60, 0.5), SHAPE, "z = μ + σ·ε")
    assert visible() == ["mean", "sigma", "z"]
    shown.show_pass(forward_pass(60, is_point=True), SHAPE, "z = f(x)")
    assert visible() == ["z"]


def test_a_table_of_thousands_of_dimensions_shows_the_first_ones(themes: ThemeSource, qtbot: QtBot) -> None:
    table = ForwardPassView(themes)
    qtbot.addWidget(table)
    table.set_rows(pass_rows(forward_pass(4096)), "z = μ + σ·ε")
    assert len(table.rows) == MOST and len(table.accessibleDescription()) < 3000
    few = table.height()
    table.set_expanded(True)
    assert table.height() > few * MOST / FEW / 2


def test_bars_that_share_a_pixel_show_the_longest(themes: ThemeSource, qtbot: QtBot) -> None:
    bars = CodeBars(themes)
    qtbot.addWidget(bars)
    bars.resize(256, bars.height())
    bars.show()
    code = np.zeros(4096)
    code[[100, 3000]] = 5.0, -5.0
    bars.set_range(np.tile([-5.0, 5.0], (4096, 1)))
    bars.set_code(tuple(code))
    drawn = bars._drawn_bars()
    assert len(drawn) == bars.width() and {100, 3000} <= {unit for _, unit in drawn}
    assert not bars.grab().isNull()
