"""Paints the table of a traversal: heads, names, bars, cells, and the chosen row and cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.data.dataset import Description
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import TraversalRow
from explorer.latent.steps import Absent
from explorer.ui.pictures.renderers import CENTRE, LEFT, RIGHT, fitted_box, small_font, strong_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.traverse.traverse_layout import TableColumns, TableLine
from explorer.ui.traverse.traverse_pictures import CellPictures
from explorer.ui.traverse.traverse_questions import ShownSection
from explorer.ui.traverse.traverse_words import ADD_NAME, ADD_NAME_BRIEF, TITLES, dimension_of, short_words

WRAPPED = LEFT | Qt.TextFlag.TextWordWrap
BAR, RADIUS = 4, 5
"""Thickness of a bar, and radius of rounded corners, in pixels at text scale 1."""
TWO_LINES = 2.1
"""Height of a row, in heights of text, from which there are two lines for a name."""


@dataclass(frozen=True)
class TraversalCell:
    """A cell: the key of its row, and its step."""

    key: str
    step: int


@dataclass(frozen=True, eq=False)
class Table:
    """Everything that is painted.

    Attributes
    ----------
    names
        Names of latent dimensions by their index.
    notes
        The notes that are shown below each section.
    chosen
        The key of the chosen row.
    pointed
        The cell under the mouse, or chosen by the keys.
    """

    columns: TableColumns
    lines: tuple[TableLine, ...]
    sections: Mapping[Section, ShownSection]
    description: Description
    names: Mapping[int, str]
    notes: Mapping[Section, tuple[str, ...]]
    chosen: str
    pointed: TraversalCell | None = None


class TablePainter:
    """Paints a `Table` at a scroll position."""

    def __init__(self, themes: ThemeSource) -> None:
        self._themes = themes
        self.pictures = CellPictures(themes)

    def paint(self, painter: QPainter, table: Table, area: QRectF, scrolled: float, ratio: float) -> None:
        """Paint the lines in ``area`` of the viewport, the contents moved up by ``scrolled`` pixels."""
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(small_font())
        # Only lines in view: a model of 256 dimensions has thousands of cells.
        seen = [line for line in table.lines if line.top + line.height > scrolled + area.top()]
        seen = [line for line in seen if line.top < scrolled + area.bottom()]
        self._paint_chosen(painter, table, scrolled)
        for section in dict.fromkeys(line.section for line in seen):
            self._paint_probe_column(painter, table, section, scrolled)
        for line in seen:
            box = QRectF(0, line.top - scrolled, table.columns.right, line.height)
            shown = table.sections[line.section]
            if line.kind == "head":
                self._paint_head(painter, table, shown, box)
            elif line.kind == "note":
                painter.setPen(QColor(self._themes.theme.muted))
                painter.drawText(
                    box.adjusted(table.columns.symbol, 0, -table.columns.symbol, 0),
                    WRAPPED,
                    table.notes[line.section][line.number],
                )
            elif (row := row_of(shown, line)) is not None:
                self._paint_row(painter, table, shown, row, box, ratio, difference=line.kind == "difference")
        self._paint_pointed(painter, table, scrolled)

    def paint_sticky_head(self, painter: QPainter, table: Table, section: Section, height: float) -> None:
        """Paint the head of a section at the top, over what is scrolled below it."""
        box = QRectF(0, 0, table.columns.right, height)
        painter.fillRect(box, QColor(self._themes.theme.panel))
        self._paint_head(painter, table, table.sections[section], box, sticky=True)

    # Grounds and outlines

    def _paint_chosen(self, painter: QPainter, table: Table, scrolled: float) -> None:
        lines = [line for line in table.lines if key_of(table, line) == table.chosen and line.kind != "note"]
        if not lines:
            return
        top, bottom = lines[0].top - scrolled, lines[-1].top + lines[-1].height - scrolled
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._themes.theme.accent_quiet))
        radius = RADIUS * self._themes.scale
        # One ground for a row and its difference.
        painter.drawRoundedRect(QRectF(0, top, table.columns.right, bottom - top), radius, radius)

    def _paint_probe_column(self, painter: QPainter, table: Table, section: Section, scrolled: float) -> None:
        lines = [line for line in table.lines if line.section == section and line.kind != "note"]
        # A head alone, or one that still waits, has no cell of the probe to frame.
        if len(lines) < 2 or table.sections[section].answer is None:
            return
        columns, theme, scale = table.columns, self._themes.theme, self._themes.scale
        top, bottom = lines[0].top - scrolled, lines[-1].top + lines[-1].height - scrolled
        painter.setPen(QPen(QColor(theme.accent), 1.2 * scale))
        painter.setBrush(QColor(theme.accent_quiet))
        radius = RADIUS * scale
        painter.drawRoundedRect(_around_probe(columns, scale, top + 2 * scale, bottom - top - scale), radius, radius)

    def _paint_pointed(self, painter: QPainter, table: Table, scrolled: float) -> None:
        # The outline of the pointed cell is last, so that no neighbour paints over it.
        box = None if table.pointed is None else cell_box(table, table.pointed)
        if box is None:
            return
        width = 2 * self._themes.scale
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._themes.theme.accent), width))
        painter.drawRoundedRect(box.translated(0, -scrolled).adjusted(-1, -1, 1, 1), width, width)

    # Heads

    def _paint_head(
        self, painter: QPainter, table: Table, shown: ShownSection, box: QRectF, *, sticky: bool = False
    ) -> None:
        columns, theme, scale, answer = table.columns, self._themes.theme, self._themes.scale, shown.answer
        title = TITLES[shown.section]
        is_first = shown.section == "dimensions"
        if not is_first and not sticky:
            painter.fillRect(QRectF(0, box.top() - 4 * scale, columns.right, 1), QColor(theme.line))
        painter.setFont(small_font() if is_first else strong_font())
        painter.setPen(QColor(theme.muted))
        # As far as the numbers of the column beside it, which have a head of one word.
        title_box = QRectF(columns.symbol, box.top(), columns.measure - columns.symbol - 4 * scale, box.height())
        if answer is None:
            title_box.setRight(columns.right)
        painter.drawText(title_box, LEFT, _fitting(painter, title_box.width(), title, title.split()[0]))
        painter.setFont(small_font())
        if answer is None:
            return
        measure = answer.measure_title
        measured = QRectF(columns.measure, box.top(), columns.measured - columns.measure, box.height())
        painter.drawText(measured, RIGHT, _fitting(painter, measured.width(), measure, measure.split(",")[0]))
        low, high = answer.ends
        cells = QRectF(columns.cells, box.top(), columns.cells_right - columns.cells, box.height())
        painter.drawText(cells, LEFT, low)
        painter.drawText(cells, RIGHT, high)
        change = QRectF(columns.cells_right, box.top(), columns.changed - columns.cells_right, box.height())
        painter.drawText(change, RIGHT, _fitting(painter, change.width(), "change, L2", "change"))
        painter.setPen(QColor(theme.accent_ink))
        # The word may be wider than its column; in light letters it fits into more of them.
        is_narrow = QFontMetricsF(strong_font()).horizontalAdvance("probe") > columns.cell_width
        painter.setFont(small_font() if is_narrow else strong_font())
        if sticky:
            painter.setBrush(QColor(theme.accent_quiet))
            painter.drawRoundedRect(_around_probe(columns, scale, 2 * scale, box.height()), RADIUS, RADIUS)
        left = columns.cell_left(columns.centre) - columns.stride / 2
        painter.drawText(QRectF(left, box.top(), 2 * columns.stride, box.height()), CENTRE, "probe")
        painter.setFont(small_font())

    # Rows

    def _paint_row(
        self, painter: QPainter, table: Table, shown: ShownSection, row: TraversalRow, box: QRectF, ratio: float, *,
        difference: bool,
    ) -> None:  # fmt: skip
        columns = table.columns
        size = QSizeF(columns.cell_width, columns.cell_height)
        # While the settings change, a row may still have another number of steps.
        steps = tuple(step for step in columns.steps if step < len(row.codes))
        cells = self.pictures.of(row, table.description, steps, size, ratio, difference=difference)
        for column, step in enumerate(steps):
            area = QRectF(QPointF(columns.cell_left(column), _top_of_cell(columns, box)), size)
            painter.drawImage(fitted_box(cells[step], area), cells[step])
        if difference:
            self._paint_legend(painter, table, box)
            return
        theme = self._themes.theme
        painter.setFont(strong_font())
        painter.setPen(QColor(theme.text))
        painter.drawText(
            QRectF(columns.symbol, box.top(), columns.name - columns.symbol, box.height()), LEFT, row.direction.symbol
        )
        painter.setFont(small_font())
        self._paint_name(painter, table, row, box)
        answer = shown.answer
        if answer is not None:
            share = answer.measured == "variance"
            measures = [answer.measure_of(one) for one in shown.rows.values()]
            left = columns.measure, columns.measure_bar, columns.measured
            self._paint_bar(painter, box, left, answer.measure_of(row), measures, share, theme.accent)
        changes = [_change(one) for one in shown.rows.values()]
        right = columns.change, columns.change_bar, columns.changed
        self._paint_bar(painter, box, right, _change(row), changes, False, theme.muted)

    def _paint_name(self, painter: QPainter, table: Table, row: TraversalRow, box: QRectF) -> None:
        columns, theme, direction = table.columns, self._themes.theme, row.direction
        index = dimension_of(direction.key)
        own = "" if index is None else table.names.get(index, "")
        forms = (own,) if own else (direction.words, short_words(direction.words))
        if index is not None and not own:
            forms = (ADD_NAME, ADD_NAME_BRIEF)
        factor = "" if direction.factor is None else direction.factor.words
        line = painter.fontMetrics().height()
        lines: list[tuple[tuple[str, ...], str]] = [(forms, theme.text if own else theme.muted)]
        if factor and box.height() >= TWO_LINES * line:
            lines.append(((factor, direction.factor.name if direction.factor else ""), theme.muted))
        elif factor and not own:
            lines = [((factor, direction.factor.name if direction.factor else ""), theme.muted)]
        top = box.center().y() - len(lines) * line / 2
        for number, (texts, colour) in enumerate(lines):
            painter.setPen(QColor(colour))
            area = QRectF(columns.name, top + number * line, columns.name_width, line)
            painter.drawText(area, LEFT, _fitting(painter, area.width(), *texts))

    def _paint_bar(
        self, painter: QPainter, box: QRectF, place: tuple[float, float, float], value: float | None,
        values: Sequence[float | None], as_share: bool, colour: str,
    ) -> None:  # fmt: skip
        """Paint a value as a bar, as a share of the largest, and as a number that ends at the right of the place."""
        if value is None:
            return
        left, width, right = place
        if width > 0:
            largest = max((one for one in values if one is not None), default=0.0)
            # A KL below 0 is an estimation error; its bar has the length 0.
            share = min(1.0, max(0.0, value / largest)) if largest > 0 else 0.0
            thick = BAR * self._themes.scale
            painter.setPen(Qt.PenStyle.NoPen)
            for length, ink in ((1.0, self._themes.theme.hover), (share, colour)):
                painter.setBrush(QColor(ink))
                bar = QRectF(left, box.center().y() - thick / 2, width * length, thick)
                painter.drawRoundedRect(bar, thick / 2, thick / 2)
        painter.setPen(QColor(self._themes.theme.text))
        area = QRectF(left + width, box.top(), right - left - width, box.height())
        painter.drawText(area, RIGHT, f"{value:.0%}".replace("%", " %") if as_share else short_number(value))

    def _paint_legend(self, painter: QPainter, table: Table, box: QRectF) -> None:
        columns, theme, scale = table.columns, self._themes.theme, self._themes.scale
        painter.setPen(QColor(theme.muted))
        area = QRectF(columns.name, box.top(), columns.name_width, box.height())
        painter.drawText(area, LEFT, _fitting(painter, area.width(), "minus the probe", "minus"))
        if table.description.kind != "image":
            return
        colours, line = self.pictures.colours, painter.fontMetrics().height()
        left, side = columns.cells_right + (columns.right - columns.changed), 9 * scale
        room = columns.right - left - side - 4 * scale
        # The words only where both fit: one word beside one sign would not look like a legend.
        words = ("brighter", "darker")
        if any(painter.fontMetrics().horizontalAdvance(word) > room for word in words):
            words = ("+", "−")
        for number, (word, colour) in enumerate(zip(words, (colours.high, colours.low), strict=True)):
            middle = box.center().y() + (number - 0.5) * line
            painter.fillRect(QRectF(left, middle - side / 2, side, side), QColor(*colour))
            painter.drawText(QRectF(left + side + 4 * scale, middle - line / 2, room, line), LEFT, word)


def row_of(shown: ShownSection, line: TableLine) -> TraversalRow | None:
    """Return the decoded row of a line; None if it has none yet."""
    known = shown.decoded.get(shown.keys[line.number]) if line.number < len(shown.keys) else None
    return None if known is None else known[0]


def key_of(table: Table, line: TableLine) -> str:
    """Return the key of the row of a line; "" for heads and notes."""
    keys = table.sections[line.section].keys
    is_row = line.kind in ("row", "difference") and line.number < len(keys)
    return keys[line.number] if is_row else ""


def cell_box(table: Table, cell: TraversalCell) -> QRectF | None:
    """Return where a cell is, in the contents; None if it is not shown."""
    columns = table.columns
    line = next((one for one in table.lines if one.kind == "row" and key_of(table, one) == cell.key), None)
    if line is None or cell.step not in columns.steps:
        return None
    top = _top_of_cell(columns, QRectF(0, line.top, 1, line.height))
    return QRectF(columns.cell_left(columns.steps.index(cell.step)), top, columns.cell_width, columns.cell_height)


def _top_of_cell(columns: TableColumns, box: QRectF) -> float:
    return box.top() + (box.height() - columns.cell_height) / 2


def short_number(value: float) -> str:
    """Return a number with about three digits, of at most six characters."""
    # Units of a table's columns are free, so that a change may be 1e8, or 1e-6.
    if value >= 99_999.5 or 0 < value < 0.0005:
        return f"{value:.1e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e\N{MINUS SIGN}")
    # As many digits as leave the numbers of a column equally wide.
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:,.{digits}f}"


def _around_probe(columns: TableColumns, scale: float, top: float, height: float) -> QRectF:
    left = columns.cell_left(columns.centre) - 2.5 * scale
    return QRectF(left, top, columns.cell_width + 5 * scale, height)


def _change(row: TraversalRow) -> float | None:
    return None if isinstance(row.change, Absent) else row.change.value


def _fitting(painter: QPainter, width: float, *forms: str) -> str:
    """Return the first form that fits; of a longer one, the middle is left out."""
    metrics = painter.fontMetrics()
    fitting = (form for form in forms if form and metrics.horizontalAdvance(form) <= width)
    shortest = next((form for form in reversed(forms) if form), "")
    return next(fitting, metrics.elidedText(shortest, Qt.TextElideMode.ElideMiddle, round(width)))


def notes_height(text: str, width: float) -> float:
    """Return the height in pixels of a note that is wrapped to a width."""
    return (
        QFontMetricsF(QFont(small_font()))
        .boundingRect(QRectF(0, 0, max(1.0, width), 10_000), int(WRAPPED), text)
        .height()
    )
