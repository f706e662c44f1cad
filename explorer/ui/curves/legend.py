"""The lines of curves: their colours and dashes, the short names of runs, and the legend of both in one row.

1. `CurveLegend.fitting` chooses the entries: all of them, then only those with a line, then brief names, then fewer.
2. `_widths` gives each name its width; if they do not fit together, the longest are cut first.
3. `paintEvent` draws stroke and name, entry by entry.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.experiments.loss_experiment import loss_title
from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.theme.run_mark import mark_colour
from explorer.ui.theme.theme import Theme

DOTS = (0.01, 2.2)
"""Dot pattern of log p(x), in line widths; a dash of nearly 0 with round caps is a dot."""

PALER = 0.35
"""Share of the ground in the colour of a training curve, which is noisy and must not cover the validation."""


@dataclass(frozen=True)
class Stroke:
    """A curve's line; ``width`` in logical pixels."""

    colour: str
    width: float
    dotted: bool = False

    def pen(self) -> QPen:
        """Return the Qt pen, which has the same width at every zoom."""
        pen = QPen(QColor(self.colour), self.width)
        # Cosmetic: the view's transform stretches both axes differently and would stretch the pen with them.
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap if self.dotted else Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.dotted:
            pen.setDashPattern(DOTS)
        return pen


def run_stroke(theme: Theme, scale: float, mark: int | None, split: str) -> Stroke:
    """Return the line of one run's curve, in the colour of its mark; grey for a run that no pane shows (None).

    Parameters
    ----------
    split
        ``"validation"`` is thick, ``"train"`` thin and paler, ``"log p(x)"`` dotted.
    """
    colour = theme.muted if mark is None else mark_colour(mark, theme).name()
    return _stroke(colour, theme, scale, split)


def key_stroke(theme: Theme, scale: float, split: str) -> Stroke:
    """Return the line that stands for a split in the legend, in the colour of text."""
    return _stroke(theme.muted, theme, scale, split)


def _stroke(colour: str, theme: Theme, scale: float, split: str) -> Stroke:
    if split == "train":
        return Stroke(_mixed(colour, theme.panel, PALER), 1.0 * scale)
    if split == "log p(x)":
        return Stroke(colour, 2.2 * scale, dotted=True)
    return Stroke(colour, 2.0 * scale)


def dimension_stroke(theme: Theme, scale: float, index: int, count: int) -> Stroke:
    """Return the line of one latent dimension's KL, from the accent colour to the text colour."""
    share = index / max(1, count - 1)
    return Stroke(_mixed(theme.accent, theme.text, share), 1.4 * scale)


def _mixed(one: str, other: str, share: float = 0.5) -> str:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


STROKE, GAP, BETWEEN = 1.5, 0.35, 0.7
"""Length of a stroke, and the gaps after it and between entries, in heights of text."""
MANY = 3
"""With more lines than this the legend asks only for brief names."""


@dataclass(frozen=True)
class LegendEntry:
    """Stroke and name of one line. ``strong`` marks the active run; no stroke says that something is not drawn.

    ``brief`` replaces the name if the full names do not fit.
    """

    name: str
    stroke: Stroke | None
    strong: bool = False
    brief: str = ""


class CurveLegend(QWidget):
    """Draws entries from left to right, each elided to its share of the width; the tooltip has them in full."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LegendEntry, ...] = ()
        self._text, self._muted = QColor(), QColor()
        # Ignored: the legend takes the width that the buttons leave, and never widens the panel.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def apply_theme(self, text: str, muted: str) -> None:
        """Set the colours of the names."""
        self._text, self._muted = QColor(text), QColor(muted)
        self.update()

    def set_entries(self, entries: tuple[LegendEntry, ...]) -> None:
        """Show these entries."""
        # Called at every report of a training run; most of the time nothing has changed.
        if entries != self._entries:
            self._entries = entries
            words = ", ".join(entry.name for entry in entries)
            self.setToolTip(words)
            self.setAccessibleName(f"Lines: {words}" if words else "Lines")
            self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the legend."""
        return tuple(entry.name for entry in self._entries)

    def sizeHint(self) -> QSize:
        """Return the preferred size: one line of text, in pixels."""
        return QSize(120, self.fontMetrics().height() + 4)

    def wanted_width(self) -> int:
        """Return the width in pixels at which no line's name is cut."""
        lines = tuple(entry for entry in self._entries if entry.stroke is not None)
        if len(lines) > MANY:  # full names would leave no space for the buttons
            lines = tuple(replace(entry, name=entry.brief or entry.name) for entry in lines)
        return round(self._full_width(lines))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw strokes and names."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            em = self.fontMetrics().height()
            x, middle = 0.0, self.height() / 2
            entries = self.fitting()
            for entry, width in zip(entries, self._widths(entries), strict=True):
                if entry.stroke is not None:
                    painter.setPen(entry.stroke.pen())
                    painter.drawLine(QPointF(x, middle), QPointF(x + STROKE * em, middle))
                x += (STROKE + GAP) * em
                painter.setFont(self._font_of(entry))
                painter.setPen(self._text if entry.strong else self._muted)
                # Run names differ at both ends, so that the middle is cut.
                name = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideMiddle, math.ceil(width))
                box = QRectF(x, 0, width + 1, self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
                x += width + BETWEEN * em

    def _font_of(self, entry: LegendEntry) -> QFont:
        font = QFont(self.font())
        font.setBold(entry.strong)
        return font

    def fitting(self) -> tuple[LegendEntry, ...]:
        """Return the entries that fit: as many as leave each a readable name, and at least the first."""
        entries = self._entries
        # First drop the notes on what is not drawn; the tooltip has them.
        if self.width() < self._full_width(entries):
            entries = tuple(entry for entry in entries if entry.stroke is not None)
        if self.width() < self._full_width(entries):
            entries = tuple(replace(entry, name=entry.brief or entry.name) for entry in entries)
        # A cut word such as "va…on" explains nothing; the tooltip has them all.
        while len(entries) > 1 and self.width() < self._full_width(entries):
            entries = entries[:-1]
        return entries

    def _full_width(self, entries: tuple[LegendEntry, ...]) -> float:
        return sum(self._wanted(entries)) + self._beside(entries) + 2

    def _wanted(self, entries: tuple[LegendEntry, ...]) -> list[float]:
        return [QFontMetricsF(self._font_of(entry)).horizontalAdvance(entry.name) + 1 for entry in entries]

    def _beside(self, entries: tuple[LegendEntry, ...]) -> float:
        """Return the width of strokes and gaps, in pixels."""
        count = len(entries)
        return (count * (STROKE + GAP) + max(0, count - 1) * BETWEEN) * self.fontMetrics().height()

    def _widths(self, entries: tuple[LegendEntry, ...]) -> list[float]:
        """Return each name's width; if they do not fit together, the longest are cut first."""
        # From the shortest on: what a short name does not use is shared by the longer ones.
        wanted = self._wanted(entries)
        widths, left = [0.0] * len(wanted), max(0.0, self.width() - self._beside(entries))
        for done, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
            widths[index] = min(wanted[index], left / (len(wanted) - done))
            left -= widths[index]
        return widths


def brief_run_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without their common beginning: "digits-ae" and "digits-vae" become "ae" and "vae"."""
    # A part keeps its separator, so that joining the rest restores the name.
    parts = [re.findall(r"[^-_ .]+[-_ .]*", name) or [name] for name in names]
    alike = 0
    # At least one part of every name must be left.
    while len(names) > 1 and all(len(one) > alike + 1 and one[alike] == parts[0][alike] for one in parts):
        alike += 1
    return tuple("".join(one[alike:]) for one in parts)


def run_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Return the runs' names as their panes have them: members of a loss experiment are named by what they keep.

    Members of two experiments that keep the same have the names of their runs.
    """
    titles = [loss_title(run.config.model, run.group) if run.group is not None else "" for run in runs]
    return tuple(
        title if title and titles.count(title) == 1 else run.name for run, title in zip(runs, titles, strict=True)
    )


def brief_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Return short names of runs, without their common beginning."""
    return _titles(runs) or brief_run_names(run_names(runs))


def _titles(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    groups = {run.group.identity if run.group is not None else "" for run in runs}
    # Only if all runs belong to the same experiment: titles of different ones would be ambiguous.
    if len(runs) < 2 or len(groups) > 1 or "" in groups:
        return ()
    return tuple(loss_title(run.config.model, run.group) for run in runs)
