"""The window's layout: the form at the left, planes and decode column in the middle, curves and path below.

What gives way when the window is small, in this order, and comes back in the reverse order:

1. The lower row becomes slim, then a bar, so that each plane keeps a height (`LowerRow`).
2. The decode column folds its sections, and the form its lesser settings, each by itself.
3. The left column becomes a rail of icons.
4. The decode column is hidden.

`Shell._wanted` lists the sides that the user wants, the most recently requested first: what the user has folded or
unfolded wins, and is remembered. So do the sizes that the user gives a splitter; the others follow the window.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from explorer.ui.app.left_column import RAIL, Rail
from explorer.ui.app.lower_row import Form, LowerRow, form_from_text
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings


def next_in_order(window: QWidget, current: QWidget | None, *, forward: bool) -> QWidget | None:
    """Return the widget after (or before) ``current`` in reading order; None if no widget takes the focus."""
    # Qt's own order is that of creation, which jumps between panels.
    widgets = list(in_reading_order(window))
    if not widgets:
        return None
    if current not in widgets:
        return widgets[0 if forward else -1]
    return widgets[(widgets.index(current) + (1 if forward else -1)) % len(widgets)]


def in_reading_order(parent: QWidget) -> Iterator[QWidget]:
    """Yield the descendants that take the focus by Tab, row by row, each row from left to right."""
    for child in _by_rows([child for child in _children(parent) if not child.isHidden() and not child.isWindow()]):
        # A widget with a focus proxy passes the focus on, and would stop the Tab key.
        policy = child.focusPolicy() & Qt.FocusPolicy.TabFocus
        if policy == Qt.FocusPolicy.TabFocus and child.isEnabled() and child.focusProxy() is None:
            yield child
        # Depth first: all widgets of a panel come before those of the next one.
        yield from in_reading_order(child)


def _children(parent: QWidget) -> list[QWidget]:
    return [child for child in parent.children() if isinstance(child, QWidget)]


def _by_rows(widgets: list[QWidget]) -> list[QWidget]:
    rows: list[list[QWidget]] = []
    # A widget belongs to the row of the first one if its middle is above that one's bottom edge.
    for widget in sorted(widgets, key=lambda widget: widget.y()):
        if rows and widget.geometry().center().y() <= rows[-1][0].geometry().bottom():
            rows[-1].append(widget)
        else:
            rows.append([widget])
    return [widget for row in rows for widget in sorted(row, key=lambda widget: widget.x())]


LEFT, RIGHT, BOTTOM = "left", "right", "bottom"
SIDES = (RIGHT, LEFT, BOTTOM)
"""Sides that can be hidden, the most important first."""
LEFT_WIDTH, WIDE_LEFT, WIDE_WINDOW = 224, 256, 1800
"""Width of the left column, and in a window of `WIDE_WINDOW` or more; pixels at text scale 1, as all sizes below."""
RIGHT_RANGE, RIGHT_SHARE = (304, 440), 0.228
"""Minimum and maximum width of the decode column, and its share of the window's width between them."""
BOTTOM_RANGE, BOTTOM_SHARE = (168, 240), 0.214
"""Minimum and maximum height of the lower row, and its share of the window's height between them."""
MIN_PLOT, MIN_PLOT_SLIM = 264, 240
"""Height of a plot below which the lower row becomes slim; and below which it then becomes a bar."""
PANE_HEAD, STATUS = 54, 28
"""Heights of the head of a pane with its finding, and of the status line."""
MIN_PLANES_WIDTH, MIN_PLOT_WIDTH = 560, 280
"""Widths of the planes below which a column gives way: of two planes side by side; and of one, for the last column."""
MIN_PLANES_HEIGHT = 160
"""Height of the planes below which the lower row is hidden, as the last resort."""


@dataclass(frozen=True)
class ShellParts:
    """The widgets that the shell arranges; ``status`` are the lines below the planes."""

    left: QWidget
    planes: PlanesArea
    status: tuple[QWidget, ...]
    right: QWidget
    lower: LowerRow


class Shell(QWidget):
    """Arranges the window's panels. A side is shown if it is wanted and there is room for it.

    Signals
    -------
    sides_changed
        The visible sides changed.
    """

    sides_changed = Signal()

    def __init__(self, parts: ShellParts, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts, self._themes = parts, themes
        self._wanted: list[str] = list(SIDES)
        self._planes_only = False
        self._moved: set[str] = set()  # splitters that the user has moved
        self._across = set_identity(QSplitter(Qt.Orientation.Horizontal), "columns_splitter", accessible="Columns")
        self._seen = set_identity(QSplitter(Qt.Orientation.Horizontal), "seen_splitter", accessible="Planes and decode")
        self._down = set_identity(QSplitter(Qt.Orientation.Vertical), "rows_splitter", accessible="Rows")
        self._rail = Rail(themes)
        self._rail.unfold.clicked.connect(self._on_unfold)
        self._sides = {LEFT: parts.left, RIGHT: parts.right, BOTTOM: parts.lower}
        self._arrange()
        for _, splitter in self._splitters():
            splitter.splitterMoved.connect(self._on_moved)
        parts.lower.form_wanted.connect(self._fold)
        parts.planes.rows_changed.connect(self._fold)
        themes.changed.connect(self._fold)

    def is_shown(self, side: str) -> bool:
        """Return whether a side is shown."""
        # isHidden and not isVisible: the latter is False while the window is minimized.
        return not self._sides[side].isHidden()

    def want(self, side: str, wanted: bool) -> None:
        """Show or hide a side; the most recently requested side is hidden last."""
        self._wanted = [other for other in self._wanted if other != side]
        if wanted:
            self._wanted.insert(0, side)
            self._planes_only = False
        self._fold()

    @Slot(bool)
    def set_planes_only(self, only: bool) -> None:
        """Show only planes and decode column, or everything."""
        self._planes_only = only
        self._fold()

    @property
    def planes_only(self) -> bool:
        """Whether only planes and decode column are shown."""
        return self._planes_only

    @Slot()
    def reset(self) -> None:
        """Restore the initial layout."""
        self._wanted, self._planes_only = list(SIDES), False
        self._parts.lower.wanted = None
        self._moved = set()
        self._fold()

    def remember(self) -> None:
        """Write the layout to the settings."""
        store = settings()
        for name, splitter in self._splitters():
            if name in self._moved:
                store.setValue(f"layout/{name}", splitter.saveState())
            else:
                store.remove(f"layout/{name}")
        store.setValue("layout/sides", ",".join(self._wanted))
        store.setValue("layout/lower", self._parts.lower.wanted or "")

    def recall(self) -> None:
        """Read the layout from the settings, if they contain one."""
        store = settings()
        sides = store.value("layout/sides")
        if isinstance(sides, list):  # some formats of settings files split a text at its commas
            sides = ",".join(map(str, sides))
        if isinstance(sides, str):
            self._wanted = [side for side in sides.split(",") if side in SIDES]
        self._parts.lower.wanted = form_from_text(store.value("layout/lower"))
        for name, splitter in self._splitters():
            state = store.value(f"layout/{name}")
            if isinstance(state, QByteArray) and splitter.restoreState(state):
                self._moved.add(name)
        self._fold()

    def showEvent(self, event: QShowEvent) -> None:
        """Set the panels' sizes, which only now are certain."""
        super().showEvent(event)
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show, fold or hide sides for the new size."""
        super().resizeEvent(event)
        self._fold()

    def _arrange(self) -> None:
        for _, splitter in self._splitters():
            splitter.setHandleWidth(GAP)
            # Sides are hidden by their actions; a panel collapsed by a drag would be hard to find again.
            splitter.setChildrenCollapsible(False)
        planes = QWidget()
        column = QVBoxLayout(planes)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(self._parts.planes, 1)
        for line in self._parts.status:
            column.addWidget(line)
        rows = (
            (self._seen, planes, self._parts.right),
            (self._down, self._seen, self._parts.lower),
            (self._across, self._parts.left, self._down),
        )
        for splitter, first, second in rows:
            splitter.addWidget(first)
            splitter.addWidget(second)
        # When the window grows, the planes get all of the new room.
        for splitter, grows in ((self._seen, 0), (self._down, 0), (self._across, 1)):
            splitter.setStretchFactor(grows, 1)
            splitter.setStretchFactor(1 - grows, 0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP, 0, GAP, GAP)
        layout.setSpacing(GAP)
        layout.addWidget(self._rail)
        layout.addWidget(self._across, 1)

    # Sizes

    def _width_of(self, side: str) -> int:
        scale = self._themes.scale
        if side == LEFT:
            return round((WIDE_LEFT if self.width() >= WIDE_WINDOW * scale else LEFT_WIDTH) * scale)
        low, high = (round(limit * scale) for limit in RIGHT_RANGE)
        return min(max(low, round(RIGHT_SHARE * self.width())), high)

    def _bottom_height(self) -> int:
        low, high = (self._scaled(limit) for limit in BOTTOM_RANGE)
        return min(max(low, round(BOTTOM_SHARE * self.window().height())), high)

    def _set_sizes(self) -> None:
        """Set the sizes of the plan for each splitter that the user has not moved."""
        left = self._width_of(LEFT) if self.is_shown(LEFT) else 0
        right, bottom = self._width_of(RIGHT), self._bottom_height()
        if self._parts.lower.form != "full":
            bottom = self._parts.lower.height_of(self._parts.lower.form)
        if "columns" not in self._moved:
            self._across.setSizes([left, max(1, self._across.width() - left - GAP)])
        if "seen" not in self._moved:
            self._seen.setSizes([max(1, self._seen.width() - right - GAP), right])
        if "rows" not in self._moved or self._parts.lower.form != "full":
            self._down.setSizes([max(1, self._down.height() - bottom - GAP), bottom])
        if "bottom" not in self._moved:
            self._parts.lower.share()

    # Folding

    @Slot()
    def _fold(self) -> None:
        before = [self.is_shown(side) for side in SIDES]
        shown = self._fitting_columns()
        if BOTTOM in self._wanted and self._height_with("bar") >= self._scaled(MIN_PLANES_HEIGHT):
            shown.add(BOTTOM)
        if self._planes_only:  # the wanted sides are kept for later
            shown &= {RIGHT}
        for side, widget in self._sides.items():
            widget.setVisible(side in shown)
        self._rail.setVisible(LEFT in self._wanted and LEFT not in shown and not self._planes_only)
        beside = self._width_of(LEFT) if LEFT in shown else 0 if self._rail.isHidden() else self._rail.width()
        width = self.width() - 2 * GAP - (beside + GAP if beside else 0)
        self._parts.lower.set_form(self._parts.lower.wanted or self._fitting_form(), width)
        self._set_sizes()
        if before != [self.is_shown(side) for side in SIDES]:
            self.sides_changed.emit()

    def _fitting_columns(self) -> set[str]:
        """Return the columns that fit beside the planes, the most important one first."""
        shown: set[str] = set()
        room, min_planes = self.width() - 2 * GAP, self._scaled(MIN_PLOT_WIDTH)
        for side in self._wanted:
            if side == BOTTOM:
                continue
            # The rail is shown while the left column is hidden.
            rail = self._scaled(RAIL) + GAP if LEFT in self._wanted and LEFT not in shown and side != LEFT else 0
            if self._width_of(side) + GAP > room - rail - min_planes:
                break  # a less important column must not take its place
            room -= self._width_of(side) + GAP
            min_planes = self._scaled(MIN_PLANES_WIDTH)
            shown.add(side)
        return shown

    def _fitting_form(self) -> Form:
        """Return the form of the lower row that leaves each plot its height."""
        rows = max(1, self._parts.planes.rows)
        forms: tuple[tuple[Form, int], ...] = (("full", MIN_PLOT), ("slim", MIN_PLOT_SLIM))
        for form, min_plot in forms:
            height = (self._height_with(form) - (rows - 1) * GAP) / rows - self._scaled(PANE_HEAD)
            if height >= self._scaled(min_plot):
                return form
        return "bar"

    def _height_with(self, form: Form) -> int:
        """Return the height left for the panes by the lower row in this form."""
        lower = self._bottom_height() if form == "full" else self._parts.lower.height_of(form)
        return self.height() - lower - 2 * GAP - GAP // 2 - self._scaled(STATUS)

    @Slot()
    def _on_moved(self) -> None:
        self._moved |= {name for name, splitter in self._splitters() if splitter is self.sender()}

    @Slot()
    def _on_unfold(self) -> None:
        self.want(LEFT, True)

    def _splitters(self) -> tuple[tuple[str, QSplitter], ...]:
        columns = (("columns", self._across), ("seen", self._seen))
        return (*columns, ("rows", self._down), ("bottom", self._parts.lower.splitter))

    def _scaled(self, pixels: int) -> int:
        return round(pixels * self._themes.scale)
