"""The row of tabs below the planes, in three sizes; the smallest can be folded to a bar.

1. ``compact``: in a large window the curves are beside the tabs (the form ``"full"``), in a narrow one they are
   the first tab. When the planes are short the row is ``"slim"``: the bar of tabs with low curves below it. If there is
   still too little room, or the user folds the row, only the ``"bar"`` of tabs is left.
2. ``wide`` and ``enlarged``: one widget with all tabs, the curves first.

The shell decides which form and size fit (`LowerRow.set_form`). If the user folds or unfolds the row, this has priority
and is remembered. The size and the current tab are in the View (`View.tab_size`, `View.tab`), so the session saves
them. A tab that is not offered now, because another run is active, comes back with its run.

If the tabs do not fit, the page's tools are hidden first, then the tabs get less padding, then the other buttons of
the page are hidden, and finally the rightmost tabs move into a menu. The current tab is always shown.

A pressed tab unfolds a folded row. A `LongPage` that is too long for the row opens its window instead.
"""

from typing import Literal, get_args

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSplitter, QTabWidget, QVBoxLayout, QWidget

from explorer.session import View
from explorer.ui.actions.actions import Actions
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.services.app_state import AppState
from explorer.ui.tabs.tab_bar import TabBar
from explorer.ui.tabs.tab_buttons import TabButtons
from explorer.ui.tabs.tab_page import SIZES, LongPage, PageWithTools, Tab, TabSize
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

Form = Literal["full", "slim", "bar"]
BAR, SLIM_CURVES = 32, 104
"""Heights in pixels at text scale 1 of the bar, and of the low curves below it."""
CURVES_SHARE = 0.52
"""Share of the width for the curves, beside the tabs, unless the tabs need more."""
NEEDS_ROOM = QSizePolicy.Policy.Preferred
MIN_SIDE_BY_SIDE = 928
"""Minimum width in pixels at text scale 1 for curves and tabs side by side: four plots then have their width."""
LARGEST, SMALLEST = "The tabs already have their largest size", "The tabs already have their smallest size"
NO_ROOM = "The window is too narrow for larger tabs"


class LowerRow(QWidget):
    """Curves and tabs. ``splitter`` holds both side by side.

    Signals
    -------
    form_wanted
        The user folded or unfolded the row, or its tabs need another width.
    """

    form_wanted = Signal()

    def __init__(
        self,
        state: AppState,
        actions: Actions,
        curves: CurvesPanel,
        tabs: tuple[Tab, ...],
        themes: ThemeSource,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._curves, self._themes = state.session, curves, themes
        self._form: Form = "full"
        self._size: TabSize = "compact"
        self.wanted: Form | None = None
        self._pressed: QWidget | None = None
        # Stable keys for the session, as titles change with the data.
        self._keys = {curves: "curves", **{tab.page: tab.key for tab in tabs}}
        self._offered = {tab.page for tab in tabs} | {curves}
        self._tabs = set_identity(QTabWidget(), "bottom_tabs", accessible="Tabs below the planes")
        self._bar = set_identity(TabBar(themes), "bottom_tab_bar", accessible="Tabs below the planes")
        self._larger, self._smaller = actions["enlarge_tabs"], actions["shrink_tabs"]
        self._tips = self._larger.toolTip(), self._smaller.toolTip()
        self._buttons = TabButtons(state.messages, self._larger, self._smaller, themes)
        self.splitter = set_identity(
            QSplitter(Qt.Orientation.Horizontal), "bottom_splitter", accessible="Curves and tabs"
        )
        self.splitter.setHandleWidth(GAP)
        # A part collapsed by a drag would be hard to find again; the row has a button to fold it.
        self.splitter.setChildrenCollapsible(False)
        self._add(tabs)
        self.splitter.addWidget(curves)
        self.splitter.addWidget(self._tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)
        self._after_press = QTimer(self, singleShot=True, interval=0)
        # Deferred, because a layout must not be changed while it is computed.
        self._after_layout = QTimer(self, singleShot=True, interval=0)
        self._needed = 0
        self._connect()
        self._show_front()

    def _add(self, tabs: tuple[Tab, ...]) -> None:
        self._tabs.setTabBar(self._bar)
        # After setTabBar: Qt passes the mode to the current bar.
        self._tabs.setDocumentMode(True)
        self._tabs.setCornerWidget(self._buttons, Qt.Corner.TopRightCorner)
        for tab in tabs:
            self._tabs.addTab(tab.page, tab.title)
            if isinstance(tab.page, PageWithTools):
                self._buttons.add_tools(tab.page, tab.page.tools)

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._on_current)
        # On a press of a tab, not on a change of the page, which the program causes, too.
        self._tabs.tabBarClicked.connect(self._on_tab)
        self._after_press.timeout.connect(self._open_pressed)
        self._after_layout.timeout.connect(self.form_wanted)
        self._curves.frame.plots.installEventFilter(self)
        self._larger.triggered.connect(self.enlarge)
        self._smaller.triggered.connect(self.shrink)
        self._buttons.fold_wanted.connect(self._on_fold)
        self._buttons.tab_wanted.connect(self.open_tab)
        self._themes.changed.connect(self._show_tools)
        self._session.listen(self.show_view)

    @property
    def form(self) -> Form:
        """The form that is shown."""
        return self._form

    @property
    def pages(self) -> dict[str, QWidget]:
        """The pages by the keys of their tabs."""
        return {key: page for page, key in self._keys.items()}

    @property
    def size_shown(self) -> TabSize:
        """The size that is shown."""
        return self._size

    def height_of(self, form: Form) -> int:
        """Return the height in pixels of the two folded forms."""
        return round((BAR + (SLIM_CURVES if form == "slim" else 0)) * self._themes.scale)

    def show_view(self, old: View, new: View) -> None:
        """Bring the tab of the View to the front."""
        if old.tab != new.tab:
            self._show_front()

    def set_form(self, form: Form, width: int, size: TabSize = "compact", *, may_enlarge: bool = True) -> None:
        """Show a form in a row of this width in pixels; only the compact size has other forms than the full one.

        ``may_enlarge`` says whether the window has room for the largest size.
        """
        self._form, self._size = form, size
        narrow = width < round(MIN_SIDE_BY_SIDE * self._themes.scale)
        self._put_curves(among_tabs=size != "compact" or form != "full" or narrow)
        self._curves.set_slim(form == "slim")
        if form == "slim":  # the low curves have no head for their tools
            self._buttons.take_tools(self._curves.frame.tools)
        if form == "full":
            self.setMinimumHeight(0)
            self.setMaximumHeight(16_777_215)
        else:
            self.setFixedHeight(self.height_of(form))
        self._buttons.show_size(size, folded=form != "full")
        why_not = LARGEST if size == "enlarged" else NO_ROOM if size == "wide" and not may_enlarge else ""
        self._larger.setEnabled(not why_not)
        self._larger.setToolTip(why_not or self._tips[0])
        self._smaller.setEnabled(size != "compact")
        self._smaller.setToolTip(SMALLEST if size == "compact" else self._tips[1])
        self._show_front()

    def _put_curves(self, *, among_tabs: bool) -> None:
        """Make the curves the first tab, or put them beside the tabs."""
        index = self._tabs.indexOf(self._curves)
        # Block signals: the current tab follows the View, not the insertion and removal of tabs.
        with QSignalBlocker(self._tabs):
            if among_tabs and index < 0:
                self._tabs.insertTab(0, self._curves, "Curves")
            elif not among_tabs and index >= 0:
                self._tabs.removeTab(index)
                self.splitter.insertWidget(0, self._curves)
                # QTabWidget hides the page that it releases.
                self._curves.show()
                self._curves.setSizePolicy(NEEDS_ROOM, NEEDS_ROOM)
                self.share()

    def share(self) -> None:
        """Divide the width between curves and tabs."""
        pages, room = self._pages(), self.width() - self.splitter.handleWidth()
        loose = self._tabs_width(pages, tight=False) + self._buttons_width(pages)
        least = self._tabs_width(pages, tight=True) + self._buttons.min_width(None)
        # Reduce the padding and hide the page's buttons before the plots have to scroll.
        tabs = max(least, min(max(round((1 - CURVES_SHARE) * room), loose), room - self._curves.frame.needed_width))
        self.splitter.setSizes([max(1, room - tabs), max(1, tabs)])
        self._show_tools()

    @Slot()
    def enlarge(self) -> None:
        """Show the next larger size; a folded row is unfolded for it."""
        if self.wanted == "bar":
            self.wanted = None
        # Not an undo step, because it changes only the layout of the window.
        self._session.set_silent(tab_size=SIZES[min(SIZES.index(self._size) + 1, len(SIZES) - 1)])

    @Slot()
    def shrink(self) -> None:
        """Show the next smaller size."""
        self._session.set_silent(tab_size=SIZES[max(SIZES.index(self._size) - 1, 0)])

    def show_tab(self, page: QWidget) -> None:
        """Bring a tab to the front; a folded row stays folded."""
        if self._tabs.indexOf(page) >= 0 and self._form != "slim":
            self._session.set_silent(tab=self._keys[page])
            self._show_front()

    @Slot(QWidget)
    def open_tab(self, page: QWidget) -> None:
        """Bring a tab to the front, and unfold a folded row for it."""
        # The slim form shows the curves already.
        if self._form == "bar" or (self._form == "slim" and page is not self._curves):
            self.wanted = "full"
            self.form_wanted.emit()
        self.show_tab(page)

    def offer_tab(self, page: QWidget, offered: bool, title: str = "") -> None:
        """Show or hide a tab, and set its title if one is given."""
        index = self._tabs.indexOf(page)
        title = title or self._tabs.tabText(index)
        # Called at each change of the runs in view; usually nothing has changed.
        if index < 0 or (offered, title) == (page in self._offered, self._tabs.tabText(index)):
            return
        (self._offered.add if offered else self._offered.discard)(page)
        with QSignalBlocker(self._tabs):
            self._tabs.setTabVisible(index, offered)
            self._tabs.setTabText(index, title)
        self._show_front()
        self.form_wanted.emit()

    @property
    def current(self) -> int:
        """The index of the tab in front."""
        return self._tabs.currentIndex()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the tools beside the tabs if both fit."""
        super().resizeEvent(event)
        self._show_tools()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Share the width again when the plots change."""
        if event.type() == QEvent.Type.LayoutRequest and self._curves.frame.needed_width != self._needed:
            self._needed = self._curves.frame.needed_width
            self._after_layout.start()
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        """Return the height of the bar; the pages below it may be cut off, as they are hidden then."""
        return QSize(super().minimumSizeHint().width(), round(BAR * self._themes.scale))

    def _pages(self) -> list[QWidget]:
        """Return the pages whose tabs are offered, from left to right."""
        return [page for page in map(self._tabs.widget, range(self._tabs.count())) if page in self._offered]

    def _show_front(self) -> None:
        """Bring the tab of the View to the front; the slim row shows the curves."""
        pages, current = self._pages(), self._tabs.currentWidget()
        chosen = [page for page in pages if self._keys[page] == self._session.view.tab]
        if self._form == "slim":
            chosen = [self._curves]
        # If the View has no tab: the current page, else the first one after the curves.
        others = [page for page in pages if page is not self._curves]
        front = next(iter((*chosen, *(page for page in others if page is current), *others)), None)
        if front is not None:
            with QSignalBlocker(self._tabs):
                self._tabs.setCurrentWidget(front)
        self._show_tools()

    def _buttons_width(self, pages: list[QWidget]) -> int:
        # The widest over all pages, so that no tab moves when the page changes.
        return max(map(self._buttons.min_width, pages), default=0)

    def _tabs_width(self, pages: list[QWidget], *, tight: bool) -> int:
        return sum(self._bar.width_of(self._tabs.indexOf(page), tight=tight) for page in pages)

    def _fit_tabs(self) -> int:
        """Show the tabs that fit, and return the pixels that are left beside them."""
        pages, width = self._pages(), self._tabs.width()
        tight = self._tabs_width(pages, tight=False) + self._buttons_width(pages) > width
        shown = pages
        if tight and self._tabs_width(pages, tight=True) + self._buttons.min_width(None) > width:
            shown = self._first_tabs(pages, width - self._buttons.min_width(None, more=True))
        self._bar.set_tight(tight)
        with QSignalBlocker(self._tabs):
            for page in pages:
                self._tabs.setTabVisible(self._tabs.indexOf(page), page in shown)
        titles = [(self._tabs.tabText(self._tabs.indexOf(page)), page) for page in pages if page not in shown]
        self._buttons.show_rest(titles)
        return width - self._tabs_width(shown, tight=tight)

    def _first_tabs(self, pages: list[QWidget], width: int) -> list[QWidget]:
        """Return the pages whose tabs fit into this width: the one in front, and as many as fit from the left."""
        shown = [page for page in pages if page is self._tabs.currentWidget()]
        for page in pages:
            if page not in shown:
                if self._tabs_width([*shown, page], tight=True) > width:
                    break
                shown.append(page)
        return shown

    @Slot()
    def _show_tools(self) -> None:
        """Show the tools of the page in front beside the tabs, unless the row is folded; only it asks for room."""
        current = self._tabs.currentWidget()
        for page in filter(None, map(self._tabs.widget, range(self._tabs.count()))):
            policy = NEEDS_ROOM if page is current else QSizePolicy.Policy.Ignored
            page.setSizePolicy(policy, policy)
        # The panel's menu has the tools, too.
        room = self._buttons.fit(current, self._fit_tabs())
        if self._form != "slim":
            self._curves.frame.tools.show()  # in their own head
        elif current is self._curves:
            self._curves.frame.fit_tools(room)
        else:
            self._curves.frame.tools.hide()

    @Slot(int)
    def _on_current(self, index: int) -> None:
        """Keep the tab that the user has chosen; the program's own changes are blocked."""
        page = self._tabs.widget(index)
        if page is not None and self._form != "slim":
            self._session.set_silent(tab=self._keys[page])
        self._show_tools()

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
        # The enlarged row is as high as the window.
        if isinstance(page, LongPage) and page.reads_in_window and self._size != "enlarged":
            page.enlarge()
            self._show_front()  # the slim row needs its small height for the curves
        else:
            self.open_tab(page)

    @Slot()
    def _on_fold(self) -> None:
        self.wanted = "full" if self._form != "full" else "bar"
        self.form_wanted.emit()


def form_from_text(text: object) -> Form | None:
    """Return the form that the settings contain; None if they leave it to the window."""
    return next((form for form in get_args(Form) if form == text), None)
