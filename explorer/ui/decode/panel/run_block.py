"""The part of the decode column that one run has: its mark, name and reconstruction, its decode and the difference."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.data.dataset import Description
from explorer.jobs.experiments.loss_experiment import name_forms
from explorer.latent.bound.derivation import decimals
from explorer.latent.information.discrete import NATS, Unit
from explorer.ui.decode.decode_state import fixed
from explorer.ui.decode.fold import FittingLine, longest
from explorer.ui.pictures.difference_view import DifferenceView
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font, strong_font
from explorer.ui.pictures.sample_view import PictureCell
from explorer.ui.state.panes import RunMarks
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.run_mark import draw_mark
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.identity import set_identity

LINE = 1.4
"""Height of a line in heights of its text."""
MARK = 10
"""Side of a mark in pixels at text scale 1."""
MIN_NAME = 6.0
"""Width of a name in heights of text below which the figure beside it is left out instead."""


class RunHead(QWidget):
    """One line: mark and name of a run, and its reconstruction at the right. Long names lose their middle."""

    def __init__(self, name: str, marks: RunMarks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks, self._themes = marks, themes
        self._key = ""
        self.name, self.figure, self._short = "", "", ""
        self.mark: WhyMark | None = None
        set_identity(self, name, accessible="Run that decodes")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        marks.changed.connect(self.update)
        themes.changed.connect(self._apply_theme)

    def show_run(self, key: str, name: str, figure: str, short: str = "") -> None:
        """Show a run by its mark and name, and a figure; ``short`` is the figure for little room."""
        if (key, name, figure, short) == (self._key, self.name, self.figure, self._short):
            return
        self._key, self.name, self.figure, self._short = key, name, figure, short or figure
        words = f"{name}, {figure}" if figure else name
        self.setAccessibleName(words)
        self.setToolTip(words)
        if self.mark is not None:
            self.mark.setVisible(bool(figure))
        self.update()

    def set_mark(self, mark: WhyMark) -> None:
        """Show a mark at the right of the figure."""
        self.mark = mark
        mark.setParent(self)
        mark.setVisible(bool(self.figure))
        self._place_mark()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the mark at the right."""
        super().resizeEvent(event)
        self._place_mark()

    def _place_mark(self) -> None:
        if self.mark is not None:
            self.mark.move(self.width() - self.mark.width(), (self.height() - self.mark.height()) // 2)

    @property
    def _mark_room(self) -> float:
        return 0.0 if self.mark is None or not self.figure else self.mark.width() + 4.0

    def sizeHint(self) -> QSize:
        """Return one line of text, in pixels."""
        return QSize(120, round(LINE * QFontMetricsF(small_font()).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark, the name and the figure."""
        theme, metrics = self._themes.theme, QFontMetricsF(small_font())
        side = MARK * self._themes.scale
        left, line = side + 0.55 * metrics.height(), QRectF(self.rect()).adjusted(0, 0, -self._mark_room, 0)
        figure = self._fitting(metrics, line.width() - left)
        taken = metrics.horizontalAdvance(figure) + 10 if figure else 0.0
        with QPainter(self) as painter:
            draw_mark(painter, QPointF(side / 2, self.height() / 2), side, self._marks.of(self._key), theme)
            painter.setFont(small_font())
            painter.setPen(QColor(theme.muted))
            painter.drawText(line, RIGHT, figure)
            painter.setFont(strong_font())
            painter.setPen(QColor(theme.text))
            room = max(1.0, line.width() - left - taken)
            painter.drawText(QRectF(left, 0, room + 2, self.height()), LEFT, shortened(self.name, room))

    def _fitting(self, metrics: QFontMetricsF, width: float) -> str:
        """Return the figure beside the whole name, else its short form beside a part of it, else nothing."""
        name = QFontMetricsF(strong_font()).horizontalAdvance(self.name)
        least = min(name, MIN_NAME * metrics.height())
        return longest((self.figure,), width - name - 10) or longest((self._short,), width - least - 10)

    @Slot()
    def _apply_theme(self) -> None:
        self.updateGeometry()
        self.update()


def shortened(name: str, width: float) -> str:
    """Return a name of a run that fits ``width`` pixels: in a shorter form, or without its middle.

    Runs often differ in the last characters of their names.
    """
    metrics = QFontMetricsF(strong_font())
    forms = name_forms(name)
    fitting = (form for form in forms if metrics.horizontalAdvance(form) <= width)
    return next(fitting, metrics.elidedText(forms[-1], Qt.TextElideMode.ElideMiddle, width))


class RunBlock:
    """The widgets of one run: ``head``, ``decode``, ``difference``, and ``figure``, the line below two pictures."""

    def __init__(self, number: int, tasks: Tasks, marks: RunMarks, themes: ThemeSource, parent: QWidget) -> None:
        end = "" if number == 1 else f"_{number}"
        self.head = RunHead(f"run_head_{number}", marks, themes, parent)
        self.figure = FittingLine(f"run_figure_{number}", themes, parent)
        self.decode = PictureCell(tasks, themes, f"decode_view{end}", parent)
        self.difference = PictureCell(tasks, themes, f"difference_view{end}", parent, DifferenceView)
        self.run = ""

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """All widgets of the run."""
        return self.head, self.figure, self.decode, self.difference

    def show_difference(self, decoded: NDArray[Any], real: NDArray[Any], description: Description, name: str) -> None:
        """Show decode − real in model units."""
        # Zero minus zero is the same for both: the offset of the transform falls out.
        change = (np.asarray(decoded, np.float32) - np.asarray(real, np.float32)) / description.transform.scale
        self.difference.view.show_sample(np.asarray(change, np.float32), description)
        self.difference.view.setAccessibleName(f"Difference of {name}: decode − real")


def reconstruction_texts(nats: float | None, unit: Unit = NATS) -> tuple[str, str]:
    """Return a reconstruction as text in a unit, and its short form; with an ellipsis until it is known."""
    number = "…" if nats is None else fixed(nats * unit.per_nat, decimals(nats, unit=unit))
    return f"reconstruction {number} {unit.name}", f"{number} {unit.name}"
