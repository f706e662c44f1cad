"""The window's layout: experiment at the left, planes and decode panel in the middle, curves and path at the bottom.

`PlanesColumn` is the column in the middle; `next_in_order` moves the focus through the layout. `Shell` arranges all:

1. `Shell._wanted` lists the sides that the user wants, the most recently requested first.
2. `_fold` gives each of them its preferred size, in this order, while the planes keep their minimum size; sides for
   which there is no room are hidden.
3. `_fold_curves` moves the curves into the bottom's tabs if curves and path do not fit side by side.
4. `_set_sizes` distributes the room at the first showing and after `reset`; later the splitters keep the user's sizes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from explorer.ui.comparison.differences_line import DifferencesLine
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.plane.points.legend import LegendBar
from explorer.ui.replay.replay_bar import ReplayBar
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

LOW = 520
"""Height in pixels at scale 1 below which the column saves height."""


class PlanesColumn(QWidget):
    """The planes with replay bar, differences and legend below them.

    In a low column the differences are hidden while hints are shown, and the legend omits its counts.
    """

    def __init__(
        self,
        planes: PlanesArea,
        replay: ReplayBar,
        differences: DifferencesLine,
        legend: LegendBar,
        themes: ThemeSource,
    ) -> None:
        super().__init__()
        self._planes, self._differences, self._legend, self._themes = planes, differences, legend, themes
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(planes, 1)
        for widget in (replay, differences, legend):
            column.addWidget(widget)
        # The hint line hides itself, without a signal.
        planes.hint.installEventFilter(self)
        themes.changed.connect(self._share)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Adapt the column when the hints appear or disappear."""
        # Show and Hide are not sent while the window itself is hidden; these are.
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._share()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt the column to its new height."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        low = self.height() < LOW * self._themes.scale
        self._differences.give_way(low and not self._planes.hint.isHidden())
        self._legend.set_low(low)


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
SIZES = {LEFT: 268, RIGHT: 316, BOTTOM: 224}
"""Preferred width or height of each side, in pixels at text scale 1."""
RIGHT_SHARE = 0.4
"""Maximum width of the right side, as a share of the width beside the left one."""
BOTTOM_SHARE, MIN_BOTTOM = 0.27, 184
"""Maximum height of the bottom as a share of the window's, and its minimum in pixels at text scale 1."""
MIN_PLANES = (300, 240)
"""Minimum width and height of the planes, in pixels at text scale 1; below it a side is hidden."""
CURVES_SHARE = 0.54
"""Share of the bottom's width for the curves."""
MIN_CURVES_AND_PATH = 1060
"""Minimum width in pixels at text scale 1 for curves and path side by side."""


@dataclass(frozen=True)
class ShellParts:
    """The widgets that the shell arranges; ``below`` are the titles and widgets of the bottom's tabs."""

    left: QWidget
    planes: QWidget
    right: QWidget
    curves: QWidget
    below: tuple[tuple[str, QWidget], ...]


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
        self._sized = False
        self._tabs = set_identity(QTabWidget(documentMode=True), "bottom_tabs", accessible="Path and selection")
        self._below = set_identity(
            QSplitter(Qt.Orientation.Horizontal), "bottom_splitter", accessible="Curves and path"
        )
        self._across = set_identity(QSplitter(Qt.Orientation.Horizontal), "columns_splitter", accessible="Columns")
        self._seen = set_identity(QSplitter(Qt.Orientation.Horizontal), "seen_splitter", accessible="Planes and decode")
        self._down = set_identity(QSplitter(Qt.Orientation.Vertical), "rows_splitter", accessible="Rows")
        self._sides = {LEFT: parts.left, RIGHT: parts.right, BOTTOM: self._below}
        self._arrange()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, 0, GAP, GAP)
        layout.addWidget(self._across)
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
        """Show only planes and decode panel, or everything."""
        self._planes_only = only
        self._fold()

    @property
    def planes_only(self) -> bool:
        """Whether only planes and decode panel are shown."""
        return self._planes_only

    @Slot()
    def reset(self) -> None:
        """Restore the initial layout."""
        self._wanted, self._planes_only = list(SIDES), False
        self._fold()
        self._set_sizes()

    def show_tab(self, widget: QWidget) -> None:
        """Bring one of the bottom's tabs to the front."""
        if self._tabs.indexOf(widget) >= 0:
            self._tabs.setCurrentWidget(widget)

    def offer_tab(self, widget: QWidget, offered: bool, title: str = "") -> None:
        """Show or hide one of the bottom's tabs, and set its title if one is given."""
        if (index := self._tabs.indexOf(widget)) >= 0:
            self._tabs.setTabVisible(index, offered)
            self._tabs.setTabText(index, title or self._tabs.tabText(index))

    def remember(self) -> None:
        """Write the layout to the settings."""
        store = settings()
        for name, splitter in self._splitters():
            store.setValue(f"layout/{name}", splitter.saveState())
        store.setValue("layout/sides", ",".join(self._wanted))
        store.setValue("layout/tab", self._tabs.currentIndex())

    def recall(self) -> None:
        """Read the layout from the settings, if they contain one."""
        store = settings()
        sides = store.value("layout/sides")
        if isinstance(sides, str):
            self._wanted = [side for side in sides.split(",") if side in SIDES]
        for name, splitter in self._splitters():
            state = store.value(f"layout/{name}")
            if isinstance(state, QByteArray):
                self._sized = splitter.restoreState(state) or self._sized
        self._fold()

    def showEvent(self, event: QShowEvent) -> None:
        """Set the panels' sizes at the first showing, unless the settings contained them."""
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            self._fold()
            self._set_sizes()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show or hide sides for the new size."""
        super().resizeEvent(event)
        self._fold()

    def _arrange(self) -> None:
        for _, splitter in self._splitters():
            splitter.setHandleWidth(GAP)
            # Sides are hidden by their actions; a panel collapsed by a drag would be hard to find again.
            splitter.setChildrenCollapsible(False)
        for name, widget in self._parts.below:
            self._tabs.addTab(widget, name)
        rows = (
            (self._below, self._parts.curves, self._tabs),
            (self._seen, self._parts.planes, self._parts.right),
            (self._down, self._seen, self._below),
            (self._across, self._parts.left, self._down),
        )
        for splitter, first, second in rows:
            splitter.addWidget(first)
            splitter.addWidget(second)
        # When the window grows, the planes get all of the new room.
        for splitter, grows in ((self._seen, 0), (self._down, 0), (self._across, 1)):
            splitter.setStretchFactor(grows, 1)
            splitter.setStretchFactor(1 - grows, 0)
        self._set_sizes()

    def _set_sizes(self) -> None:
        left, right, bottom = (self._scaled(SIZES[side]) for side in (LEFT, RIGHT, BOTTOM))
        right = min(right, round(RIGHT_SHARE * (self.width() - (left if self.is_shown(LEFT) else 0))))
        self._across.setSizes([left, max(1, self.width() - left)])
        self._seen.setSizes([max(1, self.width() - left - right), right])
        bottom = min(bottom, max(self._scaled(MIN_BOTTOM), round(BOTTOM_SHARE * self.height())))
        self._down.setSizes([max(1, self.height() - bottom), bottom])
        self._share_bottom()

    @Slot()
    def _fold(self) -> None:
        room = {
            True: self.width() - self._scaled(MIN_PLANES[0]),
            False: self.height() - self._scaled(MIN_PLANES[1]),
        }
        before = [self.is_shown(side) for side in SIDES]
        shown = set()
        for side in self._wanted:
            across = side != BOTTOM
            if self._scaled(SIZES[side]) <= room[across]:
                room[across] -= self._scaled(SIZES[side])
                shown.add(side)
        if self._planes_only:  # the wanted sides are kept for later
            shown &= {RIGHT}
        for side, widget in self._sides.items():
            widget.setVisible(side in shown)
        self._fold_curves()
        if before != [self.is_shown(side) for side in SIDES]:
            self.sides_changed.emit()

    def _fold_curves(self) -> None:
        """Move the curves into the tabs if both do not fit side by side, or back beside them."""
        left = self._scaled(SIZES[LEFT]) if self.is_shown(LEFT) else 0
        narrow = self.width() - left < self._scaled(MIN_CURVES_AND_PATH)
        among_tabs = self._tabs.indexOf(self._parts.curves) >= 0
        if narrow and not among_tabs:
            self._tabs.insertTab(0, self._parts.curves, "Curves")
        elif among_tabs and not narrow:
            self._tabs.removeTab(self._tabs.indexOf(self._parts.curves))
            self._below.insertWidget(0, self._parts.curves)
            # QTabWidget hides the page that it releases.
            self._parts.curves.show()
            self._share_bottom()

    def _share_bottom(self) -> None:
        curves = max(1, round(CURVES_SHARE * self._below.width()))
        self._below.setSizes([curves, max(1, self._below.width() - curves)])

    def _splitters(self) -> tuple[tuple[str, QSplitter], ...]:
        columns, rows = (
            (("columns", self._across), ("seen", self._seen)),
            (("rows", self._down), ("bottom", self._below)),
        )
        return (*columns, *rows)

    def _scaled(self, pixels: int) -> int:
        return round(pixels * self._themes.scale)
