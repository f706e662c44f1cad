"""Text in narrow widgets, views that follow their data, and the order of the Tab key."""

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from explorer.jobs.queries.plane_questions import Separability
from explorer.latent.plane.box import Box
from explorer.ui.app.reading_order import in_reading_order, next_in_order
from explorer.ui.curves.curve_plot import CurvePlot, Line
from explorer.ui.curves.legend import Stroke
from explorer.ui.curves.series import TermCurve, span_while_training
from explorer.ui.plane.pane.pane_header import figure_text, figure_tip
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.theme.theme import DARK, ThemeSource
from explorer.ui.widgets.boxes import IntegerBox
from explorer.ui.widgets.labels import ElidingLabel


@pytest.fixture
def themes(qapp):
    return ThemeSource("dark")


@pytest.fixture
def area(qtbot, themes):
    window = QWidget()
    qtbot.addWidget(window)
    area = PlotArea(themes)
    QVBoxLayout(window).addWidget(area)
    window.resize(400, 400)
    window.show()
    area.camera.fit_to(Box(-1, 1, -1, 1))
    yield area
    window.hide()


def test_a_figure_is_said_in_words():
    figure = Separability(accuracy=0.814, count=300, tested="validation")
    assert figure_text(figure) == "separability 81 %"
    assert figure_text(None) == "" and figure_tip(None) == "not measured yet"
    # Where it is not defined, the header leaves it out, and the tooltip says why.
    unknown = Separability(accuracy=None, reason="the data has no labels")
    assert figure_text(unknown) == "" and figure_tip(unknown) == "not defined, the data has no labels"


def test_a_label_grows_back_to_its_whole_text(qtbot):
    row, label = QWidget(), ElidingLabel("a rather long name of a run")
    qtbot.addWidget(row)
    layout = QHBoxLayout(row)
    layout.addWidget(label)
    layout.addStretch(1)
    row.resize(60, 30)
    row.show()
    assert label.width() < 60
    row.resize(600, 30)
    qtbot.waitUntil(lambda: label.width() >= QFontMetrics(label.font()).horizontalAdvance(label.text()))


def test_an_untouched_view_glides_to_its_goal(area, qtbot):
    goal = Box(-3, 3, -3, 3)
    area.camera.glide_to(goal)
    assert area.camera.goal == goal
    assert not area.camera.visible_box().is_near(goal, 0.02)
    seen = []
    area.camera.moved.connect(lambda: seen.append(area.camera.visible_box().right))
    qtbot.waitUntil(lambda: area.camera.visible_box().top >= 3 - 1e-9)
    assert len(seen) > 3 and seen == sorted(seen)


def test_a_view_that_the_user_moved_is_kept(area, qtbot):
    area.camera.glide_to(Box(-3, 3, -3, 3))
    area.camera.zoom(1.5, area.plot_rect().center())
    before = area.camera.visible_box()
    area.camera.glide_to(Box(-9, 9, -9, 9))
    assert not area.camera.findChildren(QTimer)[0].isActive()
    assert area.camera.visible_box() == before


def test_boxes_know_how_near_and_how_full_they_are():
    box = Box(0, 10, 0, 4)
    assert box.is_near(Box(0.05, 10, 0, 4.03), 0.01) and not box.is_near(Box(0, 10, 0, 4.1), 0.01)
    assert box.is_filled_by(Box(2, 7, 1, 2)) == pytest.approx(0.5)
    assert box.is_filled_by(Box(2, 3, 1, 4)) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("epoch", "span"), [(0, 1.25 / 2), (0.7, 1.25), (6, 10), (11, 20), (21, 40), (40, 40), (44, 44)]
)
def test_curves_of_a_training_show_its_own_span(epoch, span):
    assert span_while_training(epoch, 40) == pytest.approx(max(span, epoch))


def test_a_curve_up_to_an_epoch():
    curve = TermCurve(np.arange(5.0), np.arange(5.0) * 2)
    assert curve.until(2.5).epochs.tolist() == [0, 1, 2]


@pytest.mark.parametrize("height", [70, 200])
def test_a_value_at_the_end_of_a_line_is_never_cut(qtbot, height):
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.apply_theme(DARK, 1.0)
    plot.resize(170, height)
    plot.show()
    curve = TermCurve(np.arange(5.0), np.arange(5.0))
    plot.show_lines([Line("run", curve, Stroke("#ffffff", 2.0), name="a-run-with-a-long-name", value="149.4")])
    plot.set_range((0.0, 4.0), (0.0, 4.0))
    ((name, value, top),) = plot.labels
    assert value == "149.4" and name == "", "a name without room is left to the mark"
    assert 0 <= top < height


def test_numbers_begin_where_words_do(qtbot, themes, qapp):
    column = QWidget()
    qtbot.addWidget(column)
    layout = QVBoxLayout(column)
    number, plain = IntegerBox(), QSpinBox()
    for widget in (number, plain):
        layout.addWidget(widget)
    column.show()
    assert number.lineEdit().textMargins().left() > plain.lineEdit().textMargins().left()


def test_tab_follows_the_reading_order_of_the_window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    last, first, second, third, hidden, off = (QPushButton() for _ in range(6))
    field = QLineEdit()
    rows = QVBoxLayout(window)
    row = QHBoxLayout()
    inside = QWidget()
    column = QVBoxLayout(inside)
    for widget in (field, hidden, off, third):
        column.addWidget(widget)
    scroll = QScrollArea(widgetResizable=True, focusPolicy=Qt.FocusPolicy.NoFocus)
    scroll.setWidget(inside)
    for widget in (first, second):
        row.addWidget(widget)
    rows.addLayout(row)
    rows.addWidget(scroll)
    rows.addWidget(last)
    hidden.hide()
    off.setEnabled(False)
    window.resize(200, 120)
    window.show()
    order = [first, second, field, third, last]
    assert list(in_reading_order(window)) == order
    assert next_in_order(window, last, forward=True) is first
    assert next_in_order(window, first, forward=False) is last
    assert next_in_order(window, None, forward=True) is first
