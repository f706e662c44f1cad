"""The measures along the path below the slider: names, plots over t, and the values at t."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.latent.paths.path_answer import PathAnswer, PathRow
from explorer.latent.steps import Absent
from explorer.rendering.drawing import number
from explorer.ui.path.over_t.nearest_line import NearestLine
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.path.over_t.path_plots import MIN_HEIGHT, ClassBand, ClassRow, MeasureLine, MeasurePlot, row_colour
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPUTING = "computing …"
FIRST_PLOTS = 2
"""Number of plots that have priority over the nearest sample."""
TITLES = {
    "distance": ("Distance per step", "How much the decode changes from one step to the next"),
    "error": (
        "Off-manifold error",
        "|z − mean of q(z|decode(z))| in latent units: distance from z to the code of its decode",
    ),
    "density": ("Density of codes", "Density of the codes, relative to the density at their median; near 0 is a hole"),
}


class RangeLabel(QWidget):
    """The ends of a plot's vertical axis: the largest value at the top, 0 at the bottom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = QLabel(), QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in self._ends:
            label.setProperty("role", "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            column.addWidget(label)
        column.insertStretch(1, 1)

    def set_range(self, top: float | None) -> None:
        """Set the largest value; None for a plot without lines."""
        for label, value in zip(self._ends, (top, 0.0), strict=True):
            label.setText("" if value is None or top is None else f"<small>{number(value, 3)}</small>")


@dataclass(frozen=True, eq=False)
class _MeasureRow:
    """The widgets of one measure."""

    name: QLabel
    span: RangeLabel
    plot: MeasurePlot
    values: QLabel

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return self.name, self.span, self.plot, self.values


class MeasureView(QObject):
    """Fills the lower rows of the panel's grid.

    Signals
    -------
    chosen : float
        The t that was pressed in a plot.
    """

    chosen = Signal(float)

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._answer: PathAnswer | None = None
        self._t = 0.0
        self._room = 0.0
        self._shown: tuple[str, ...] = ()
        self._class_names: tuple[str, ...] = ()
        self.rows = {name: self._row(name, tip, axis) for name, (_, tip) in TITLES.items()}
        self.band = set_identity(ClassBand(themes, axis), "path_classes", accessible="Class along the path")
        self._band_name = set_identity(QLabel("Class"), "path_classes_name", "Class of the decode at each t")
        self._band_values = set_identity(QLabel(), "path_classes_values", accessible="Class at t")
        self._band_values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._band_values.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.nearest = set_identity(NearestLine(themes), "path_nearest", accessible="Nearest real sample at t")
        self._nearest_name = set_identity(
            QLabel("Nearest real sample"), "path_nearest_name", "The real sample whose code is nearest to z at t"
        )
        self.band.chosen.connect(self.chosen)
        themes.changed.connect(self._write_values)

    def add_to(self, grid: QGridLayout, first_row: int) -> None:
        """Add the widgets to a grid of four columns."""
        self._grid, self._first_row = grid, first_row
        for place, row in enumerate(self.rows.values()):
            for column, widget in enumerate(row.widgets):
                grid.addWidget(widget, first_row + place, column)
        last = first_row + len(self.rows)
        grid.addWidget(self._band_name, last, 0, 1, 2)
        grid.addWidget(self.band, last, 2)
        grid.addWidget(self._band_values, last, 3)
        grid.addWidget(self._nearest_name, last + 1, 0, 1, 2)
        grid.addWidget(self.nearest, last + 1, 2, 1, 2)

    def set_room(self, pixels: float, scale: float) -> None:
        """Show as many measures as fit into ``pixels`` of height, the most important first; 0 shows none."""
        line, plot = 20 * scale, (1.2 * MIN_HEIGHT + 4) * scale
        # Only whole plots: in a lower one the scale would be unreadable.
        fitting = int((pixels - line) // plot) if pixels else 0
        # The first two plots have priority over the nearest sample, the last one has not.
        shows_nearest = fitting > FIRST_PLOTS or pixels >= 2 * line + FIRST_PLOTS * plot
        if shows_nearest:
            fitting = int((pixels - 2 * line) // plot)
        self._shown = tuple(TITLES)[: max(0, fitting)]
        for place, (name, row) in enumerate(self.rows.items()):
            for widget in row.widgets:
                widget.setVisible(name in self._shown)
            # Otherwise hidden rows keep their share of the height.
            self._grid.setRowStretch(self._first_row + place, 2 if name in self._shown else 0)
        labels: tuple[QWidget, ...] = (self.band, self._band_name, self._band_values)
        for widget in labels:
            widget.setVisible(pixels >= line)
        for widget in (self.nearest, self._nearest_name):
            widget.setVisible(shows_nearest)

    def show_answer(self, answer: PathAnswer | None, knots: tuple[float, ...], class_names: tuple[str, ...]) -> None:
        """Show the measures of a path; None while they are computed."""
        self._answer, self._class_names = answer, class_names
        self.band.set_knots(knots)
        for name, row in self.rows.items():
            lines, reason = _lines(answer, name)
            row.plot.set_knots(knots)
            row.plot.show_lines(lines, reason)
            # The unit comes with the answer: L2 of pixels, or nats of a likelihood.
            title, unit = TITLES[name][0], _unit(answer, name)
            row.name.setText(f"{title}<br><small>{unit}</small>" if unit else title)
            row.span.set_range(row.plot.top if lines else None)
        # Without the user's classifier, the class is that of the nearest codes; the label says so.
        rows, reason, how = _classes(answer)
        self.band.show_rows(rows, class_names, reason)
        self._band_name.setText("Class of neighbours" if "nearest" in how else "Class of decode")
        self._band_name.setToolTip(f"Class at each t: {how}" if how else "Class of the decode at each t")
        self._write_values()

    def show_t(self, t: float) -> None:
        """Show the values at t."""
        self._t = t
        for row in self.rows.values():
            row.plot.show_t(t)
        self.band.show_t(t)
        self._write_values()

    def _row(self, name: str, tip: str, axis: PathAxis) -> _MeasureRow:
        label = set_identity(QLabel(), f"path_{name}_name", tip)
        span = set_identity(RangeLabel(), f"path_{name}_range", accessible="Largest value and 0")
        plot = set_identity(MeasurePlot(self._themes, axis), f"path_{name}", accessible=TITLES[name][0])
        plot.chosen.connect(self.chosen)
        values = set_identity(QLabel(), f"path_{name}_values", accessible=f"{TITLES[name][0]} at t")
        values.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return _MeasureRow(label, span, plot, values)

    def _write_values(self) -> None:
        theme = self._themes.theme
        for row in self.rows.values():
            texts = []
            for line in row.plot.lines:
                # Use the nearest step: no values were measured between steps.
                value = float(line.values[np.abs(line.t - self._t).argmin()])
                texts.append(f'<b style="color: {row_colour(theme, second=line.second)}">{number(value, 2)}</b>')
            row.values.setText("<br>".join(texts))
        labels = [int(row.classes[np.abs(row.t - self._t).argmin()]) for row in self.band.rows]
        names = [self._class_names[label] if 0 <= label < len(self._class_names) else "?" for label in labels]
        plain = " ".join(f"● {name}" for name in names)
        # Long names would widen the column, so that the frames change size while t moves.
        fits = self._band_values.fontMetrics().horizontalAdvance(plain) <= self._band_values.width()
        colours = (self.band.colour_of(label).name() for label in labels)
        self._band_values.setText(
            " ".join(
                f'<span style="color: {colour}">●</span>{f" {name}" if fits else ""}'
                for colour, name in zip(colours, names, strict=True)
            )
        )
        self._band_values.setToolTip(", ".join(names))


def _rows_of(answer: PathAnswer | None) -> list[tuple[PathRow, bool]]:
    """Return the rows that are defined, each with True for the second row."""
    found = () if answer is None else answer.rows
    return [(row, place > 0) for place, row in enumerate(found) if not isinstance(row, Absent)]


def _lines(answer: PathAnswer | None, name: str) -> tuple[list[MeasureLine], str]:
    """Return the lines of a measure, or the reason why there are none."""
    lines, reason = [], "" if answer is not None else COMPUTING
    for row, second in _rows_of(answer):
        assert answer is not None
        if name == "distance":
            # Draw the distance of a step at its midpoint.
            lines.append(MeasureLine((answer.t[:-1] + answer.t[1:]) / 2, row.distances, second))
            continue
        values: NDArray[Any] | Absent | None = None if row.measures is None else getattr(row.measures, name)
        if values is None:
            reason = COMPUTING
        elif isinstance(values, Absent):
            reason = values.why
        else:
            lines.append(MeasureLine(answer.t, values, second))
    return lines, "" if lines else reason


def _unit(answer: PathAnswer | None, name: str) -> str:
    if name == "distance":
        return "" if answer is None else f"decoded, {answer.unit.split(' over ')[0]}"
    return "latent units" if name == "error" else "1 at the median code"


def _classes(answer: PathAnswer | None) -> tuple[list[ClassRow], str, str]:
    """Return the classes of the rows, the reason why there are none, and how they were found."""
    rows, reason, how = [], "" if answer is not None else COMPUTING, ""
    for row, _ in _rows_of(answer):
        assert answer is not None
        if row.measures is None:
            reason = COMPUTING
        elif isinstance(row.measures.classes, Absent):
            reason = row.measures.classes.why
        else:
            rows.append(ClassRow(answer.t, row.measures.classes))
            how = row.measures.classes_by
    return rows, "" if rows else reason, how
