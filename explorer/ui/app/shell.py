"""The window's layout: the form at the left, planes and decode column in the middle, the row of tabs below.

The tabs have three sizes (`View.tab_size`). A change of size destroys or reparents no panel: it only
changes the sizes and directions of the two splitters that hold planes, decode column and tabs.

- ``compact``: all planes beside the decode column, above a low row.
- ``wide``: the row is higher. The active plane alone is above it, and the decode column is as wide as this plane.
- ``enlarged``: the row has the height of the window, in place of the form. The active plane is above the decode
  column, right of the row.

What gives way when the window is small, in this order, and comes back in the reverse order:

1. The lower row becomes slim, then a bar, so that each plane keeps a height (`LowerRow`).
2. The decode column folds its sections, and the form its lesser settings, each by itself.
3. The left column becomes a rail of icons.
4. The decode column is hidden.

`Shell._wanted` lists the sides that the user wants, the most recently requested first: what the user has folded or
unfolded wins, and is remembered. So do the sizes that the user gives a splitter, for each size of the tabs; the others
follow the window.
"""

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from explorer.session import Session, View
from explorer.ui.app.left_column import RAIL, Rail
from explorer.ui.app.lower_row import Form, LowerRow, form_from_text
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.status.status_line import StatusLine
from explorer.ui.tabs.tab_page import SIZES, TabSize
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

LEFT, RIGHT, BOTTOM = "left", "right", "bottom"
SIDES = (RIGHT, LEFT, BOTTOM)
"""Sides that can be hidden, the most important first."""
LEFT_WIDTH, WIDE_LEFT, WIDE_WINDOW = 224, 256, 1800
"""Width of the left column, and in a window of `WIDE_WINDOW` or more; pixels at text scale 1, as all sizes below."""
RIGHT_RANGE, RIGHT_SHARE = (304, 440), 0.228
"""Minimum and maximum width of the decode column, and its share of the window's width between them."""
BOTTOM_RANGE, BOTTOM_SHARE = (168, 240), 0.214
"""Minimum and maximum height of the lower row, and its share of the window's height between them."""
WIDE_RANGE, WIDE_SHARE, MIN_WIDE_PLOT = (320, 460), 0.409, 200
"""The same for the wide row, and the minimum height of the plot above it, if the row's own minimum allows it."""
ENLARGED_RANGE, ENLARGED_SHARE, MIN_ENLARGED = (340, 560), 0.289, 480
"""Minimum and maximum width of the column beside the enlarged row, its share of the window's width, and the minimum
width of that row; below it the row is wide instead."""
PLANE_SHARE = 0.53
"""The plane's share of the height of the column beside the enlarged row."""
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
    """The widgets that the shell arranges; the status line is below the planes."""

    left: QWidget
    planes: PlanesArea
    status: StatusLine
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

    def __init__(self, parts: ShellParts, session: Session, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts, self._session, self._themes = parts, session, themes
        self._wanted: list[str] = list(SIDES)
        self._planes_only = False
        self._size: TabSize = "compact"  # that of the View, if there is room for it
        self._moved: dict[str, QByteArray] = {}  # states of the splitters that the user has moved
        self._arranged: object = None  # the size and form that the splitters are arranged for
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
        session.listen(self.show_view)

    def show_view(self, old: View, new: View) -> None:
        """Arrange the panels for another size of the tabs."""
        if old.tab_size != new.tab_size:
            self._fold()

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
            if side == LEFT and self._size == "enlarged":  # the enlarged tabs take its place
                self._session.set_silent(tab_size="wide")
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
        self._moved, self._arranged = {}, None
        self._session.set_silent(tab_size="compact")
        self._fold()

    def remember(self) -> None:
        """Write the layout to the settings."""
        store = settings()
        self._keep_moved()
        for key in self._all_keys():
            if key in self._moved:
                store.setValue(f"layout/{key}", self._moved[key])
            else:
                store.remove(f"layout/{key}")
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
        states = {key: store.value(f"layout/{key}") for key in self._all_keys()}
        self._moved = {key: state for key, state in states.items() if isinstance(state, QByteArray)}
        self._arranged = None
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
        column = self._middle = QVBoxLayout(planes)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(self._parts.planes, 1)
        column.addWidget(self._parts.status)
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
        if side == LEFT:
            return self._scaled(WIDE_LEFT if self.width() >= self._scaled(WIDE_WINDOW) else LEFT_WIDTH)
        if self._size == "enlarged":
            return self._between(ENLARGED_RANGE, ENLARGED_SHARE * self.width())
        return self._between(RIGHT_RANGE, RIGHT_SHARE * self.width())

    def _bottom_height(self) -> int:
        height = self.window().height()
        compact = self._between(BOTTOM_RANGE, BOTTOM_SHARE * height)
        if self._size == "compact":
            return compact
        left = self.height() - self._scaled(MIN_WIDE_PLOT + PANE_HEAD + STATUS) - 2 * GAP - GAP // 2
        return max(compact, min(self._between(WIDE_RANGE, WIDE_SHARE * height), left))

    def _between(self, limits: tuple[int, int], size: float) -> int:
        low, high = map(self._scaled, limits)
        return min(max(low, round(size)), high)

    def _arrange_for_size(self) -> None:
        """Set the directions and sizes of the splitters for the size of the tabs; keep what the user has moved."""
        lower, enlarged = self._parts.lower, self._size == "enlarged"
        # The sizes of a folded row are not chosen by the user.
        arranged = self._size, lower.form == "full", lower.splitter.count()
        again, self._arranged = self._arranged != arranged, arranged
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._down.setOrientation(across if enlarged else down)
        self._seen.setOrientation(down if enlarged else across)
        if (self._down.indexOf(lower) == 0) != enlarged:
            self._down.insertWidget(0 if enlarged else 1, lower)
        # From the outside in: each splitter's size depends on the one around it.
        for name, splitter in self._splitters():
            splitter.refresh()  # otherwise it notices only later that a side was hidden
            # Sizes set by the user have priority over the defaults until the layout is reset.
            state = self._moved.get(self._key(name)) if self._is_movable(name, splitter) else None
            if state is None:
                self._set_default_sizes(name, splitter)
            elif again:
                direction = splitter.orientation()
                splitter.restoreState(state)
                splitter.setOrientation(direction)  # a damaged state may have another direction

    def _set_default_sizes(self, name: str, splitter: QSplitter) -> None:
        room = splitter.height() if splitter.orientation() == Qt.Orientation.Vertical else splitter.width()
        form = self._parts.lower.form
        if name == "bottom":
            self._parts.lower.share()
        elif name == "columns":
            left = self._width_of(LEFT) if self.is_shown(LEFT) else 0
            splitter.setSizes([left, max(1, room - (left + GAP if left else 0))])
        elif name == "rows":
            bottom = self._bottom_height() if form == "full" else self._parts.lower.height_of(form)
            second = self._width_of(RIGHT) if self._size == "enlarged" else bottom
            splitter.setSizes([max(1, room - second - GAP), second])
        elif self._size == "enlarged":
            planes = round(PLANE_SHARE * room)
            splitter.setSizes([planes, max(1, room - planes - GAP)])
        else:
            right = max(self._width_of(RIGHT), (room - GAP) // 2 if self._size == "wide" else 0)
            splitter.setSizes([max(1, room - right - GAP), right])

    # Folding

    @Slot()
    def _fold(self) -> None:
        before = [self.is_shown(side) for side in SIDES]
        self._keep_moved()
        self._size = "compact"  # whether columns fit is decided by their usual widths
        shown = self._fitting_columns()
        if BOTTOM in self._wanted and self._height_with("bar") >= self._scaled(MIN_PLANES_HEIGHT):
            shown.add(BOTTOM)
        if self._planes_only:  # the wanted sides are kept for later
            shown &= {RIGHT}
        self._size = self._fitting_size(shown)
        if self._size == "enlarged":
            shown -= {LEFT}
        for side, widget in self._sides.items():
            widget.setVisible(side in shown)
        folded = LEFT in self._wanted and LEFT not in shown and not self._planes_only
        self._rail.setVisible(folded and self._size != "enlarged")
        # Without the decode column, its room goes to the other planes.
        alone = self._size == "enlarged" or (self._size == "wide" and RIGHT in shown)
        self._parts.planes.show_alone(alone)
        self._parts.status.show_alone(alone)
        self._middle.activate()
        beside = self._width_of(LEFT) if LEFT in shown else 0 if self._rail.isHidden() else self._rail.width()
        width = self.width() - 2 * GAP - (beside + GAP if beside else 0)
        form = self._parts.lower.wanted or self._fitting_form() if self._size == "compact" else "full"
        self._parts.lower.set_form(form, width, self._size, may_enlarge=self._may_enlarge())
        self._arrange_for_size()
        if before != [self.is_shown(side) for side in SIDES]:
            self.sides_changed.emit()

    def _fitting_size(self, shown: set[str]) -> TabSize:
        """Return the size of the View, or the next smaller one with room, for the sides that are shown."""
        wanted = self._session.view.tab_size if BOTTOM in shown else "compact"
        return "wide" if wanted == "enlarged" and not self._may_enlarge() else wanted

    def _may_enlarge(self) -> bool:
        return self.width() >= self._scaled(MIN_ENLARGED + ENLARGED_RANGE[0]) + 3 * GAP

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
        for name, splitter in self._splitters():
            if splitter is self.sender():
                self._moved[self._key(name)] = splitter.saveState()

    def _keep_moved(self) -> None:
        """Store the current states of the splitters that the user has moved: they change with the window's size."""
        if self._arranged is None:  # their states have not been restored yet
            return
        for name, splitter in self._splitters():
            if self._key(name) in self._moved and self._is_movable(name, splitter):
                self._moved[self._key(name)] = splitter.saveState()

    def _is_movable(self, name: str, splitter: QSplitter) -> bool:
        """Return whether the user can choose the sizes of a splitter; not for a folded row or a single part."""
        return splitter.count() > 1 and (name != "rows" or self._parts.lower.form == "full")

    @Slot()
    def _on_unfold(self) -> None:
        self.want(LEFT, True)

    def _splitters(self) -> tuple[tuple[str, QSplitter], ...]:
        """Return the splitters with their names, each before those inside it."""
        columns = (("columns", self._across), ("rows", self._down))
        return (*columns, ("seen", self._seen), ("bottom", self._parts.lower.splitter))

    def _key(self, name: str, size: TabSize | None = None) -> str:
        """Return the key of a splitter in the settings; rows and planes have one for each size of the tabs."""
        size = size or self._size
        return name if size == "compact" or name in ("columns", "bottom") else f"{name}_{size}"

    def _all_keys(self) -> list[str]:
        return list(dict.fromkeys(self._key(name, size) for name, _ in self._splitters() for size in SIZES))

    def _scaled(self, pixels: int) -> int:
        return round(pixels * self._themes.scale)
