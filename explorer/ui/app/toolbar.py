"""The header: the menus, mouse modes, overlays, compare, fit and undo in one row; the data in view at the right."""

import sys
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QMenuBar, QSizePolicy, QToolButton, QWidget

from explorer.data.catalog import source_title
from explorer.jobs.overlays.catalog import overlays as all_overlays
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.ui.actions.actions import Actions
from explorer.ui.actions.menus import OVERLAY_MENU, SUBMENUS, fill_menu, fill_menu_bar
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import MenuCards
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.menus import StayingMenu

GROUPS = (
    ("mode_probe", "mode_pan", "mode_select", "mode_path"),
    ("fit", "link_views", "same_scale", "random", "undo", "redo"),
)
WITH_TEXT = GROUPS[0]
"""Actions whose text is shown beside the icon if there is room."""
GIVES_WAY = ("device", "data", "texts", "menus")
"""What is given up in a narrow window, in this order; of the menus the first one stays, with an arrow to the others."""
MENU_PADDING = 18
"""Width of a menu's title besides its text, in pixels at scale 1."""


class Toolbar(QWidget):
    """Menus and tools in one row, which drops `GIVES_WAY` in a narrow window.

    Signals
    -------
    compare_wanted : str
        The key of a run chosen in the compare menu: the path of its directory.
    """

    compare_wanted = Signal(str)

    def __init__(self, state: AppState, actions: Actions, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "toolbar", accessible="Tools")
        self._table = actions["compare_table"]
        self._themes = themes
        self._store, self._session = state.store, state.session
        self._folders = state.folders
        self.menus = set_identity(QMenuBar(), "menu_bar", accessible="Menus")
        # On macOS the menus are at the top of the screen, and this widget takes no room.
        self.menus.setNativeMenuBar(sys.platform == "darwin")
        fill_menu_bar(self.menus, actions)
        self._buttons: dict[str, QToolButton] = {}
        self._overlays = self._menu_button("overlays", "Overlays", "Choose what is drawn over and under the points")
        self._compare = self._menu_button("compare", "Compare", "Open another run in a new pane")
        self._data, self._device = QLabel(), QLabel()
        self._shown_data: object = ()  # what the label was made of
        overlays = StayingMenu(parent=self._overlays)
        fill_menu(overlays, f"{OVERLAY_MENU} - {SUBMENUS['points'][1]}", actions)
        self._overlays.setMenu(overlays)
        terms = {f"action_overlay_{overlay.name}": overlay.term for overlay in all_overlays()}
        for menu in (overlays, self.menus.findChild(StayingMenu, "menu_overlays")):
            assert isinstance(menu, StayingMenu)
            MenuCards(menu, terms, themes)
        self._compare_menu = StayingMenu(parent=self._compare)
        # Filled when it opens: the list of runs may have changed since.
        self._compare_menu.aboutToShow.connect(self._fill_compare)
        self._compare_menu.triggered.connect(self._on_compare)
        self._compare.setMenu(self._compare_menu)
        self._arrange(actions)
        self._apply_theme()
        themes.changed.connect(self._apply_theme)
        for signal in (state.store.opened, state.store.closed, state.store.details_changed):
            signal.connect(self._show_data)
        state.session.listen(self.show_view)

    def set_device(self, title: str) -> None:
        """Show the device at the right."""
        self._device.setText(title)
        self._make_room()

    def show_view(self, old: View, new: View) -> None:
        """Name the data of the active run, and tick the runs in view."""
        if old.active_run != new.active_run:
            self._show_data()
        if old.panes != new.panes and self._compare_menu.isVisible():
            self._tick_compare()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show texts and status according to the new width."""
        super().resizeEvent(event)
        self._make_room()

    def _arrange(self, actions: Actions) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 6, 8, 6)
        row.setSpacing(2)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        self._add_separator(row)
        self._add_group(row, actions, GROUPS[0])
        self._add_separator(row)
        row.addWidget(self._overlays)
        row.addWidget(self._compare)
        self._add_separator(row)
        self._add_group(row, actions, GROUPS[1])
        # Everything after the stretch is aligned to the right.
        row.addStretch(1)
        for name, label, tip in (
            ("data_status", self._data, "Data of the active run"),
            ("device_status", self._device, "Device that training runs on; choose it in the form"),
        ):
            set_identity(label, name, tip).setProperty("role", "muted")
            # The labels give way before the buttons do.
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            row.addWidget(label)
            row.addSpacing(12)
        self._add_group(row, actions, ("copy_command",))

    def _add_separator(self, row: QHBoxLayout) -> None:
        line = QFrame()
        line.setProperty("rule", "upright")
        row.addSpacing(6)
        row.addWidget(line)
        row.addSpacing(6)

    def _add_group(self, row: QHBoxLayout, actions: Actions, names: Sequence[str]) -> None:
        for name in names:
            button = QToolButton(autoRaise=True)
            # A button takes text, icon, tooltip and state from its action.
            button.setDefaultAction(actions[name])
            set_identity(button, f"{name}_button", actions[name].toolTip(), actions[name].text())
            if name == "mode_select":
                self._add_shapes(button, actions)
            self._buttons[name] = button
            row.addWidget(button)

    def _add_shapes(self, button: QToolButton, actions: Actions) -> None:
        """Add a menu with the shapes of a selection to the button."""
        menu = set_identity(QMenu(button), "select_shapes", accessible="Select by")
        fill_menu(menu, SUBMENUS["shape"][1], actions)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def _menu_button(self, name: str, text: str, tip: str) -> QToolButton:
        # InstantPopup: the button has no action of its own besides its menu.
        button = QToolButton(autoRaise=True, popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return set_identity(button, f"{name}_button", tip, text)

    def _make_room(self) -> None:
        """Show as much as fits: at best the texts of the tools, the data and the device."""
        # QMenuBar would rather hide its last menus than keep its width.
        metrics, pad = self.menus.fontMetrics(), round(MENU_PADDING * self._themes.scale)
        titles = [action.text().replace("&", "") for action in self.menus.actions()]
        widths = [metrics.horizontalAdvance(title) + pad for title in titles]
        self._menus_width, self._first_menu_width = sum(widths) + pad, widths[0] + 2 * pad
        row = self.layout()
        assert row is not None
        for given_up in range(len(GIVES_WAY) + 1):
            self._show_parts({part: index >= given_up for index, part in enumerate(GIVES_WAY)})
            row.invalidate()
            if row.sizeHint().width() <= self.width():
                break

    def _show_parts(self, shown: dict[str, bool]) -> None:
        words = shown["texts"]
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for name, button in self._buttons.items():
            button.setToolButtonStyle(beside if words and name in WITH_TEXT else alone)
        for button in (self._overlays, self._compare):
            button.setToolButtonStyle(beside if words else alone)
        self._data.setVisible(shown["data"] and bool(self._data.text()))
        self._device.setVisible(shown["device"])
        if not self.menus.isNativeMenuBar():
            # Menus without room are behind an arrow, which QMenuBar adds by itself.
            self.menus.setFixedWidth(self._menus_width if shown["menus"] else self._first_menu_width)

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(16 * self._themes.scale)
        for button in (*self._buttons.values(), self._overlays, self._compare):
            button.setIconSize(QSize(pixels, pixels))
        self._overlays.setIcon(icon("overlays", self._themes.theme))
        self._compare.setIcon(icon("compare", self._themes.theme))
        self._make_room()

    @Slot()
    def _show_data(self) -> None:
        run = self._store.runs.get(self._session.view.active_run or "")
        shown = None if run is None else (run.config.data, id(run.dataset))
        # Runs that train report often, and their data stay the same.
        if shown != self._shown_data:
            self._shown_data = shown
            self._data.setText("" if run is None else data_in_words(run))
            self._make_room()

    @Slot()
    def _fill_compare(self) -> None:
        self._compare_menu.clear()
        self._compare_menu.addAction(self._table)
        self._compare_menu.addSeparator()
        for path in self._folders.listed_paths():
            action = self._compare_menu.addAction(path.name)
            action.setData(str(path))
            # A checked run is visible; choosing it again closes its panes.
            action.setCheckable(True)
        self._tick_compare()
        if not self._folders.listed_paths():
            self._compare_menu.addAction("No runs yet; train one with the form").setEnabled(False)

    def _tick_compare(self) -> None:
        # The menu stays open, and a run that is opened may take the place of another one.
        shown = {pane.run for pane in self._session.view.panes}
        for action in self._compare_menu.actions():
            action.setChecked(action.data() in shown)

    @Slot(QAction)
    def _on_compare(self, action: QAction) -> None:
        if action.data():
            self.compare_wanted.emit(action.data())


def data_in_words(run: OpenRun) -> str:
    """Return the data of a run in words: ``"MNIST 28×28, 10,000 samples"``."""
    name = source_title(run.config.data.source)
    known = run.dataset
    return f"{name}, {len(known):,} samples" if known is not None else name
