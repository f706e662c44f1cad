"""The marks of runs: each run in view has its own, and keeps it while it is in view."""

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from explorer.rendering.palette import RUN_COLOURS
from explorer.rendering.theme import DARK, LIGHT
from explorer.session import Pane, Session
from explorer.ui.state.panes import RunMarks
from explorer.ui.theme.run_mark import SHAPES, SYMBOLS, mark_path, mark_pixmap


def show(session: Session, *keys: str) -> None:
    session.set_silent(panes=tuple(Pane(key, copy=number) for number, key in enumerate(keys)))


def test_each_run_has_a_mark_and_keeps_it() -> None:
    session = Session()
    marks = RunMarks(session)
    show(session, "a", "b", "b", "c")
    assert [marks.of(key) for key in "abc"] == [0, 1, 2]
    show(session, "c", "d")
    assert [marks.of(key) for key in "abcd"] == [None, None, 2, 0]


def test_changes_are_announced_once() -> None:
    session = Session()
    marks, news = RunMarks(session), []
    marks.changed.connect(lambda: news.append(1))
    show(session, "a", "b")
    show(session, "b", "a")
    assert len(news) == 1


@pytest.mark.parametrize("mark", range(len(SHAPES)))
def test_a_mark_is_centred_and_as_wide_as_asked(mark: int) -> None:
    box = mark_path(mark, QPointF(50, 50), 12).boundingRect()
    assert 9 <= box.width() <= 14.5 and 9 <= box.height() <= 14.5
    assert abs(box.center().x() - 50) < 0.01 and abs(box.center().y() - 50) < 2.2


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_colour_of_a_mark_is_that_of_the_theme(qapp: object, theme: object) -> None:
    image = mark_pixmap(0, theme, 24).toImage()
    assert image.pixelColor(12, 12) == QColor(RUN_COLOURS[theme.dark][0])
    assert image.pixelColor(0, 0).alpha() == 0
    assert mark_pixmap(None, theme, 24).toImage().pixelColor(12, 12).alpha() == 0  # hollow


def test_every_shape_has_a_symbol_for_plots() -> None:
    assert len(SHAPES) == len(SYMBOLS) == len(RUN_COLOURS[True]) == len(RUN_COLOURS[False])
