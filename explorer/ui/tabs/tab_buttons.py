"""The buttons beside the tabs: further tabs, tools of the current page, copy as command, export, and size.

Buttons that do not fit are hidden, the tools of the page first. The buttons for the size and the menu of the tabs that
do not fit always stay.
"""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from explorer.ui.state.tasks import Messages
from explorer.ui.tabs.tab_page import PageWithCommand, PageWithExports, TabSize
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import tool_button
from explorer.ui.widgets.identity import set_identity

SHRINK = "Shrink the tabs"
ICON_PIXELS = 14


class TabButtons(QWidget):
    """Buttons at the right of the row of tabs.

    Signals
    -------
    fold_wanted
        The user wants to fold the row to a bar, or to unfold it.
    tab_wanted
        The user has chosen this page in the menu of the tabs that do not fit.
    """

    fold_wanted = Signal()
    tab_wanted = Signal(QWidget)

    def __init__(
        self,
        messages: Messages,
        larger: QAction,
        smaller: QAction,
        themes: ThemeSource,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_identity(self, "tab_buttons", accessible="Tools of the tab")
        self._messages, self._smaller, self._themes = messages, smaller, themes
        self._page: QWidget | None = None
        self._tools: dict[QWidget, QWidget] = {}
        self._size: TabSize = "compact"
        self._folded = False
        # Tabs that do not fit, which a menu lists.
        self._rest: list[tuple[str, QWidget]] = []
        self.more = tool_button("tabs_more", "", "Show the tabs that do not fit")
        self.copy = tool_button("tabs_copy", "", "Copy the command that computes what this tab shows")
        self.export = tool_button("tabs_export", "", "Save what this tab shows")
        self.enlarge, self.shrink = tool_button("tabs_enlarge", "", ""), tool_button("tabs_shrink", "", "")
        self.enlarge.setDefaultAction(larger)
        self.shrink.setDefaultAction(smaller)
        self.fold = tool_button("lower_row_fold", "", "Fold this row to a bar")
        names = ("More tabs", "Copy as command", "Export", "Enlarge the tabs", "Shrink the tabs", "Fold")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        for button, name in zip(self._buttons, names, strict=True):
            button.setAccessibleName(name)
            self._row.addWidget(button)
        self._menu = set_identity(QMenu(self), "tabs_export_menu", accessible="Export")
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.export.setMenu(self._menu)
        self._tabs_menu = set_identity(QMenu(self), "tabs_more_menu", accessible="More tabs")
        self._tabs_menu.aboutToShow.connect(self._fill_tabs)
        self._tabs_menu.triggered.connect(self._on_tab)
        self.more.setMenu(self._tabs_menu)
        for button in (self.more, self.export):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.copy.clicked.connect(self._on_copy)
        self.fold.clicked.connect(self._on_fold)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def _buttons(self) -> tuple[QToolButton, ...]:
        return self.more, self.copy, self.export, self.enlarge, self.shrink, self.fold

    def add_tools(self, page: QWidget, tools: QWidget) -> None:
        """Take the tools of a page; they are shown while the page is in front."""
        self._tools[page] = tools
        self._row.insertWidget(1, tools)

    def take_tools(self, tools: QWidget) -> None:
        """Take the tools of a page that shows and hides them itself."""
        self._row.insertWidget(1, tools)

    def show_size(self, size: TabSize, *, folded: bool) -> None:
        """Show the buttons that apply at a size, or in the folded row."""
        self._size, self._folded = size, folded
        self._draw_fold()

    def min_width(self, page: QWidget | None, *, more: bool = False) -> int:
        """Return the width in pixels of a page's buttons without its tools; ``more`` includes the menu of tabs."""
        # By size hints: hidden buttons have no width yet.
        buttons = (*([self.more] if more else []), *self._of_size(), *self._of_page(page))
        return sum(button.sizeHint().width() for button in buttons)

    def show_rest(self, tabs: list[tuple[str, QWidget]]) -> None:
        """List the tabs that do not fit, as title and page, in a menu."""
        self._rest = tabs
        self.more.setVisible(bool(tabs))

    def fit(self, page: QWidget | None, room: int) -> int:
        """Show what the page in front offers in ``room`` pixels; return the pixels that are left."""
        self._page = page
        sized = [*([self.more] if self._rest else []), *self._of_size()]
        room -= sum(button.sizeHint().width() for button in sized)
        tools = self._tools.get(page) if page is not None and not self._folded else None
        shown: list[QWidget] = []
        # In order of importance. Stop at the first that does not fit, so that no less important one is shown instead.
        for widget in (*self._of_page(page), *([] if tools is None else [tools])):
            width = widget.sizeHint().width()
            if width > room:
                break
            shown.append(widget)
            room -= width
        for widget in (*self._buttons, *self._tools.values()):
            widget.setVisible(widget in sized or widget in shown)
        return room

    def _of_size(self) -> tuple[QToolButton, ...]:
        # The largest size has no lower row to fold.
        return (self.shrink,) if self._size == "enlarged" else (self.enlarge, self.fold)

    def _of_page(self, page: QWidget | None) -> list[QToolButton]:
        """Return the buttons that apply to a page, the most important first."""
        if self._folded:
            return []
        offers = ((self.export, PageWithExports), (self.copy, PageWithCommand))
        return [button for button, kind in offers if isinstance(page, kind)]

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        # Fill the menu when it opens: its entries depend on the contents of the page.
        if isinstance(self._page, PageWithExports):
            self._menu.addActions(list(self._page.export_actions()))
            copy = self._menu.addAction("Copy picture", self._on_copy_picture)
            copy.setToolTip("Copy what the tab shows as a picture")

    @Slot()
    def _fill_tabs(self) -> None:
        self._tabs_menu.clear()
        for title, page in self._rest:
            # Store the page, not its index: the tabs may change while the menu is open.
            self._tabs_menu.addAction(title).setData(page)

    @Slot(QAction)
    def _on_tab(self, action: QAction) -> None:
        self.tab_wanted.emit(action.data())

    @Slot()
    def _on_copy(self) -> None:
        command = self._page.copy_command() if isinstance(self._page, PageWithCommand) else ""
        self._messages.copy_command(command)

    @Slot()
    def _on_copy_picture(self) -> None:
        if self._page is not None:
            QGuiApplication.clipboard().setPixmap(self._page.grab())
            self._messages.remark("The picture is copied")

    @Slot()
    def _on_fold(self) -> None:
        # From wide to compact first, and only then to the bar.
        if self._size == "wide":
            self._smaller.trigger()
        else:
            self.fold_wanted.emit()

    def _draw_fold(self) -> None:
        shrinks = self._size == "wide"
        self.fold.setIcon(icon("chevron-up" if self._folded else "chevron-down", self._themes.theme))
        self.fold.setToolTip(SHRINK if shrinks else "Unfold this row" if self._folded else "Fold this row to a bar")
        self.fold.setAccessibleName(SHRINK if shrinks else "Unfold" if self._folded else "Fold")

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        pixels = round(ICON_PIXELS * scale)
        self.more.setIcon(icon("chevron-right", self._themes.theme))
        self.copy.setIcon(icon("copy", self._themes.theme))
        self.export.setIcon(icon("save", self._themes.theme))
        for button in self._buttons:
            button.setIconSize(QSize(pixels, pixels))
            button.setStyleSheet(
                f"QToolButton {{ padding: {round(4 * scale)}px {round(6 * scale)}px; }}"
                "QToolButton::menu-indicator { image: none; width: 0; }"
            )
        self._draw_fold()
