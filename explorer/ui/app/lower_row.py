"""The lower row of the window: curves beside the tabs, or, when the planes need the height, folded to a bar.

1. In a wide and high window the curves lie beside the tabs of path, selection and others (``"full"``).
2. In a narrow one they become the first tab.
3. When the planes are short the row is ``"slim"``: the bar of tabs with low curves below it.
4. When even that is too much, or the user wants it, only the ``"bar"`` of tabs is left.

The shell decides which form fits (`LowerRow.set_form`); what the user has folded or unfolded wins and is remembered.

A pressed tab unfolds a folded row. A `LongPage` that is too long for the row opens its window instead.
"""

from typing import Literal, Protocol, get_args, runtime_checkable

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSplitter, QTabWidget, QToolButton, QVBoxLayout, QWidget

from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.theme.icons import icon
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

Form = Literal["full", "slim", "bar"]
BAR, SLIM_CURVES = 32, 104
"""Heights in pixels at text scale 1 of the bar, and of the low curves below it."""
CURVES_SHARE = 0.52
"""Share of the width for the curves, beside the tabs."""
NEEDS_ROOM = QSizePolicy.Policy.Preferred
MIN_SIDE_BY_SIDE = 928
"""Minimum width in pixels at text scale 1 for curves and tabs side by side: four plots then have their width."""


@runtime_checkable
class PageWithTools(Protocol):
    """A page that has tools for the room beside the tabs."""

    @property
    def tools(self) -> QWidget:
        """The tools."""
        ...


@runtime_checkable
class LongPage(Protocol):
    """A page that can be too long for the row, and has a window of its own."""

    @property
    def reads_in_window(self) -> bool:
        """Whether the page is too long now."""
        ...

    def enlarge(self) -> None:
        """Show the page in its window."""
        ...


class LowerRow(QWidget):
    """Curves and tabs. ``splitter`` holds both side by side.

    Signals
    -------
    form_wanted
        The user folded or unfolded the row.
    """

    form_wanted = Signal()

    def __init__(
        self,
        curves: CurvesPanel,
        pages: tuple[tuple[str, QWidget], ...],
        themes: ThemeSource,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._curves, self._themes = curves, themes
        self._form: Form = "full"
        self.wanted: Form | None = None
        self._pressed: QWidget | None = None
        self._tabs = set_identity(QTabWidget(documentMode=True), "bottom_tabs", accessible="Path and selection")
        self._fold = set_identity(QToolButton(), "lower_row_fold", "Fold or unfold this row", "Fold")
        self._fold.clicked.connect(self._on_fold)
        self._corner = QWidget()
        self._corner_row = QHBoxLayout(self._corner)
        self._corner_row.setContentsMargins(0, 0, 0, 0)
        self._tools = {page: page.tools for _, page in pages if isinstance(page, PageWithTools)}
        for tools in (*self._tools.values(), self._fold):
            self._corner_row.addWidget(tools)
        self._tabs.setCornerWidget(self._corner, Qt.Corner.TopRightCorner)
        self.splitter = set_identity(
            QSplitter(Qt.Orientation.Horizontal), "bottom_splitter", accessible="Curves and path"
        )
        self.splitter.setHandleWidth(GAP)
        self.splitter.setChildrenCollapsible(False)
        for name, page in pages:
            self._tabs.addTab(page, name)
        self.splitter.addWidget(curves)
        self.splitter.addWidget(self._tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)
        self._tabs.currentChanged.connect(self._show_tools)
        # On a press of a tab, not on a change of the page, which the program causes, too.
        self._tabs.tabBarClicked.connect(self._on_tab)
        self._after_press = QTimer(self, singleShot=True, interval=0)
        self._after_press.timeout.connect(self._open_pressed)
        themes.changed.connect(self._apply_theme)
        self._show_tools()
        self._apply_theme()

    @property
    def form(self) -> Form:
        """The form that is shown."""
        return self._form

    def height_of(self, form: Form) -> int:
        """Return the height in pixels of the two folded forms."""
        return round((BAR + (SLIM_CURVES if form == "slim" else 0)) * self._themes.scale)

    def set_form(self, form: Form, width: int) -> None:
        """Show a form in a row of this width in pixels."""
        self._form = form
        among_tabs = form != "full" or width < round(MIN_SIDE_BY_SIDE * self._themes.scale)
        if among_tabs and self._tabs.indexOf(self._curves) < 0:
            self._tabs.insertTab(0, self._curves, "Curves")
        elif not among_tabs and (index := self._tabs.indexOf(self._curves)) >= 0:
            self._tabs.removeTab(index)
            self.splitter.insertWidget(0, self._curves)
            # QTabWidget hides the page that it releases.
            self._curves.show()
            self._curves.setSizePolicy(NEEDS_ROOM, NEEDS_ROOM)
            self.share()
        if form == "slim":
            self._tabs.setCurrentWidget(self._curves)
        self._curves.set_slim(form == "slim")
        if form == "slim":  # the low curves have no head for their tools
            self._corner_row.insertWidget(0, self._curves.frame.tools)
        if form == "full":
            self.setMinimumHeight(0)
            self.setMaximumHeight(16_777_215)
        else:
            self.setFixedHeight(self.height_of(form))
        self._show_tools()
        self._draw_fold()

    def share(self) -> None:
        """Divide the width between curves and tabs."""
        curves = max(1, round(CURVES_SHARE * self.width()))
        self.splitter.setSizes([curves, max(1, self.width() - curves)])
        self._show_tools()

    def show_tab(self, page: QWidget) -> None:
        """Bring a tab to the front; a folded row stays folded."""
        if self._tabs.indexOf(page) >= 0 and self._form != "slim":
            self._tabs.setCurrentWidget(page)

    def open_tab(self, page: QWidget) -> None:
        """Bring a tab to the front, and unfold a folded row for it."""
        # The slim form shows the curves already.
        if self._form == "bar" or (self._form == "slim" and page is not self._curves):
            self.wanted = "full"
            self.form_wanted.emit()
        self.show_tab(page)

    def offer_tab(self, page: QWidget, offered: bool, title: str = "") -> None:
        """Show or hide a tab, and set its title if one is given."""
        if (index := self._tabs.indexOf(page)) >= 0:
            self._tabs.setTabVisible(index, offered)
            self._tabs.setTabText(index, title or self._tabs.tabText(index))

    @property
    def current(self) -> int:
        """The index of the tab in front."""
        return self._tabs.currentIndex()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the tools beside the tabs if both fit."""
        super().resizeEvent(event)
        self._show_tools()

    def minimumSizeHint(self) -> QSize:
        """Return the height of the bar; the pages below it may be cut off, as they are hidden then."""
        return QSize(super().minimumSizeHint().width(), round(BAR * self._themes.scale))

    @Slot()
    def _show_tools(self) -> None:
        """Show the tools of the page in front beside the tabs, unless the row is folded; only it asks for room."""
        current = self._tabs.currentWidget()
        for page in filter(None, map(self._tabs.widget, range(self._tabs.count()))):
            policy = NEEDS_ROOM if page is current else QSizePolicy.Policy.Ignored
            page.setSizePolicy(policy, policy)
        bar = self._tabs.tabBar()
        tabs = sum(bar.tabRect(index).width() for index in range(bar.count()) if bar.isTabVisible(index))
        room = self._tabs.width() - tabs - self._fold.sizeHint().width()
        for page, tools in self._tools.items():
            # A tab without room would be behind an arrow; the panel's menu has the tools, too.
            fits = tools.sizeHint().width() + 2 * self._corner_row.spacing() <= room
            tools.setVisible(page is current and self._form == "full" and fits)
        if self._form != "slim":
            self._curves.frame.tools.show()  # in their own head
        elif current is self._curves:
            self._curves.frame.fit_tools(room - 2 * self._corner_row.spacing())
        else:
            self._curves.frame.tools.hide()

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        """Remember the page of the pressed tab.

        QTabBar emits this signal before it looks up which tab lies under the mouse, and a row that unfolds moves its
        tabs: the press would choose another one.
        """
        self._pressed = self._tabs.widget(index)
        self._after_press.start()

    @Slot()
    def _open_pressed(self) -> None:
        """Unfold the row for the pressed page, or open the page's window."""
        page, self._pressed = self._pressed, None
        if page is None or self._tabs.indexOf(page) < 0:
            return
        if isinstance(page, LongPage) and page.reads_in_window:
            page.enlarge()
            if self._form == "slim":  # its small height is needed for the curves
                self._tabs.setCurrentWidget(self._curves)
        else:
            self.open_tab(page)

    @Slot()
    def _on_fold(self) -> None:
        self.wanted = "full" if self._form != "full" else "bar"
        self.form_wanted.emit()

    def _draw_fold(self) -> None:
        full = self._form == "full"
        self._fold.setIcon(icon("chevron-down" if full else "chevron-up", self._themes.theme))
        self._fold.setToolTip("Fold this row to a bar" if full else "Unfold this row")
        self._fold.setAccessibleName("Fold" if full else "Unfold")

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(14 * self._themes.scale)
        self._fold.setIconSize(QSize(pixels, pixels))
        self._draw_fold()


def form_from_text(text: object) -> Form | None:
    """Return the form that the settings contain; None if they leave it to the window."""
    return next((form for form in get_args(Form) if form == text), None)
