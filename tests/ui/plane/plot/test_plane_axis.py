"""The vertical axis of a plane: as wide as its numbers, and of stable width."""

import pyqtgraph as pg
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from explorer.rendering.theme import DARK
from explorer.ui.plane.plot.plot_area import PlaneAxis


def test_it_widens_for_its_numbers_and_never_narrows_by_itself(qtbot: QtBot) -> None:
    axis = PlaneAxis("left")
    plot = pg.PlotWidget(axisItems={"left": axis})
    qtbot.addWidget(plot)
    plot.resize(300, 300)
    with qtbot.waitExposed(plot):
        plot.show()
    axis.apply_theme(DARK, 1.0, QFont())
    widths: list[float] = []
    set_width = axis.setWidth
    axis.setWidth = lambda width: (widths.append(width), set_width(width))
    axis.fit_numbers(-1.0, 1.0)
    axis.fit_numbers(-20_000.0, 20_000.0)
    assert len(widths) == 2
    assert widths[1] > widths[0]
    # A narrower axis would move the view, whose new numbers may need the width again: an endless loop.
    axis.fit_numbers(-1.0, 1.0)
    assert len(widths) == 2
    plot.close()
