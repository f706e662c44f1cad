"""The Information window: three pages, a list of examples, and the unit.

1. The window owns an `InformationModel`. Pages show its state and ask it for changes.
2. The list has all examples. Choosing one shows its page; those that need a run are disabled, with the reason.
3. The unit belongs to the whole program (`UnitSource`); the pages follow it.
4. Another text size makes new pages, as the columns of a table have widths in pixels.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.latent.information.discrete import UNITS
from explorer.latent.information.presets import BY_NAME, PRESETS, Page
from explorer.ui.information.bars_page import BarsPage
from explorer.ui.information.densities_page import DensitiesPage
from explorer.ui.information.gaussian_page import GaussianPage, prepare
from explorer.ui.information.information_state import InformationModel, InformationState
from explorer.ui.information.run_presets import RunPresets
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.buttons import SCREEN_SHARE, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.windows import recall_geometry, remember_geometry

FIRST_SIZE = QSize(1000, 700)
"""Initial size in pixels at text scale 1."""
PAGES: tuple[tuple[Page, str, str], ...] = (
    ("bars", "Bars", "A few outcomes: drag their probabilities"),
    ("densities", "Densities", "Two Gaussians: drag their means and widths"),
    ("gaussian", "Gaussian", "KL of a Gaussian to the prior, and both directions of KL"),
)
GEOMETRY = "information"
"""Name of the window's geometry in the settings."""


class InformationWindow(QDialog):
    """Not modal: it stays open beside the main window and can show values of the followed sample."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "information_window", accessible="Information").setWindowTitle("Information")
        # Dialogs have no such buttons by default, but this one is used like a window.
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self._state, self._themes, self._units = state, themes, state.units
        self._scale = themes.scale
        self._awaited = ""
        self.model = InformationModel(self)
        self.run_presets = RunPresets(state, self)
        self._make_head()
        self.pages = QStackedWidget()
        self._areas: list[QScrollArea] = []
        self._column = QVBoxLayout(self)
        self._arrange()
        self._make_pages()
        self._connect()
        self._show_head()
        self._recall()
        state.tasks.do("formulas", prepare, _ignore, aside=True)
        # No button has the focus at first: a ring around one would look chosen.
        self.setFocus()

    def show_preset(self, name: str) -> None:
        """Show an example by its key, once its values are there; do nothing if it needs a run that is not open."""
        preset = BY_NAME[name]
        values = self.run_presets.values(name) if preset.needs_run else {}
        # The forward pass of the sample may still be computed: the example is shown when it is there.
        self._awaited = name if values is None and self.run_presets.is_waiting else ""
        if values is not None:
            self.model.set(self.model.state.with_preset(preset, **values))

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the session while the window is visible."""
        super().showEvent(event)
        # A hidden window must not slow down the answers to the planes.
        self.run_presets.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no more questions."""
        self.run_presets.set_active(False)
        super().hideEvent(event)

    def reject(self) -> None:
        """Store the geometry and close; Qt calls it for Esc and when the window is closed."""
        remember_geometry(self, GEOMETRY)
        super().reject()

    @Slot(object, object)
    def show_state(self, old: InformationState, new: InformationState) -> None:
        """Show another page or example."""
        self._show_head()

    def _show_head(self) -> None:
        state = self.model.state
        index = [page for page, _, _ in PAGES].index(state.page)
        self._page_buttons[index].setChecked(True)
        # The first time that the third page is shown.
        if index == len(self._areas):
            self._make_gaussian()
        if self.pages.currentIndex() != index:
            self.pages.setCurrentIndex(index)
        # Undo and a change of page choose an entry, too; choosing emits no `activated`.
        if self._presets.currentData() != state.preset:
            self._presets.choose(state.preset)
        self._presets.setToolTip(BY_NAME[state.preset].about)
        self._undo.setEnabled(self.model.can_undo)
        self._redo.setEnabled(self.model.can_redo)

    @Slot()
    def _show_unit(self) -> None:
        for button in self._unit_buttons:
            button.setChecked(button.text() == self._units.unit.name)

    @Slot()
    def _offer_presets(self) -> None:
        """Enable the examples whose run is open; the tooltips of the others say what to do."""
        for name, why in self.run_presets.reasons().items():
            self._presets.set_usable(name, BY_NAME[name].about, why)
        # Values of the sample that an example waits for may have come.
        if self._awaited:
            self.show_preset(self._awaited)

    @Slot(int)
    def _on_page(self, index: int) -> None:
        self.model.turn_to(PAGES[index][0])

    @Slot(int)
    def _on_preset(self, index: int) -> None:
        name = self._presets.itemData(index)
        if isinstance(name, str):
            self.show_preset(name)
            self._show_head()

    @Slot(int)
    def _on_unit(self, index: int) -> None:
        self._units.set_unit(tuple(UNITS.values())[index])

    @Slot()
    def _apply_theme(self) -> None:
        self._undo.setIcon(icon("undo", self._themes.theme))
        self._redo.setIcon(icon("redo", self._themes.theme))
        if self._themes.scale != self._scale:
            self._scale = self._themes.scale
            self._make_pages()
            self._show_head()

    def _make_head(self) -> None:
        self._title = QLabel("Information")
        self._title.setProperty("role", "title")
        self._page_buttons = [
            tool_button(f"information_page_{page}", title, tip, checkable=True) for page, title, tip in PAGES
        ]
        self._unit_buttons = [
            tool_button(f"information_{name}", name, tip, checkable=True)
            for name, tip in (("nats", "Natural logarithm: 1 nat = 1.443 bits"), ("bits", "Logarithm to base 2"))
        ]
        self._groups = []
        for buttons in (self._page_buttons, self._unit_buttons):
            group = QButtonGroup(self)
            for index, button in enumerate(buttons):
                group.addButton(button, index)
            self._groups.append(group)
        self._presets = set_identity(ChoiceBox(), "information_preset", "Choose an example", "Preset")
        for page, title, _ in PAGES:
            self._presets.add_heading(title)
            for preset in PRESETS:
                if preset.page == page:
                    self._presets.add(preset.title, preset.name, preset.about)
                    self._presets.set_short_text(preset.name, preset.short)
        self._undo = tool_button("information_undo", "", "Undo the last change in this window (Ctrl+Z)")
        self._redo = tool_button("information_redo", "", "Redo the last undone change (Ctrl+Shift+Z)")

    def _arrange(self) -> None:
        scale = self._themes.scale
        head = QHBoxLayout()
        head.setContentsMargins(round(8 * scale), 0, 0, 0)
        head.addWidget(self._title)
        head.addSpacing(round(14 * scale))
        head.addWidget(_switch(self._page_buttons))
        head.addSpacing(round(8 * scale))
        head.addWidget(self._undo)
        head.addWidget(self._redo)
        head.addStretch(1)
        label = QLabel("Preset")
        label.setProperty("role", "muted")
        label.setBuddy(self._presets)
        head.addWidget(label)
        self._presets.setMinimumWidth(round(150 * scale))
        self._presets.setMaximumWidth(round(250 * scale))
        head.addWidget(self._presets, 100)
        head.addSpacing(round(8 * scale))
        head.addWidget(_switch(self._unit_buttons))
        self._column.setContentsMargins(16, 12, 16, 16)
        self._column.setSpacing(10)
        self._column.addLayout(head)
        self._column.addWidget(self.pages, 1)

    def _make_pages(self) -> None:
        # The pages hold no state of their own: the model keeps it.
        for area in self._areas:
            self.pages.removeWidget(area)
            area.deleteLater()
        self.bars = BarsPage(self.model, self._units, self._themes)
        self.densities = DensitiesPage(self.model, self._units, self._themes)
        # The third page waits until it is shown: its formulas take long when matplotlib is not loaded yet.
        self.gaussian: GaussianPage | None = None
        self._areas = [_scrolling(page) for page in (self.bars, self.densities)]
        for area in self._areas:
            self.pages.addWidget(area)

    def _make_gaussian(self) -> None:
        self.gaussian = GaussianPage(self.model, self._units, self._state.tasks, self._themes)
        self._areas.append(_scrolling(self.gaussian))
        self.pages.addWidget(self._areas[-1])

    def _connect(self) -> None:
        self._groups[0].idClicked.connect(self._on_page)
        self._groups[1].idClicked.connect(self._on_unit)
        self._presets.activated.connect(self._on_preset)
        self._undo.clicked.connect(self.model.undo)
        self._redo.clicked.connect(self.model.redo)
        for keys, slot in (("Ctrl+Z", self.model.undo), ("Ctrl+Shift+Z", self.model.redo), ("Ctrl+Y", self.model.redo)):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self.model.changed.connect(self.show_state)
        self._units.changed.connect(self._show_unit)
        self.run_presets.changed.connect(self._offer_presets)
        self._themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self._show_unit()
        self._offer_presets()

    def _recall(self) -> None:
        room = self.screen().availableSize() * SCREEN_SHARE
        self.resize((FIRST_SIZE * self._themes.scale).boundedTo(room))
        recall_geometry(self, GEOMETRY)


def _ignore(value: object) -> None:
    """Ignore the result: what it computed is cached."""


class ScrolledPage(QScrollArea):
    """A page that scrolls if the window is too low for it; it passes its width on to the page."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the page to the new width."""
        page = self.widget()
        if isinstance(page, GaussianPage):
            page.fit_width(event.size().width())
        super().resizeEvent(event)


def _scrolling(page: QWidget) -> QScrollArea:
    area = set_identity(ScrolledPage(widgetResizable=True), f"{page.objectName()}_scroll", accessible="Page")
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    # The ground of the window shows between the cards.
    for widget in (area.viewport(), page):
        widget.setAutoFillBackground(False)
    return area


def _switch(buttons: Sequence[QWidget]) -> QWidget:
    """Return exclusive buttons side by side."""
    frame = QFrame()
    frame.setProperty("panel", "raised")
    row = QHBoxLayout(frame)
    row.setContentsMargins(2, 2, 2, 2)
    row.setSpacing(2)
    for button in buttons:
        row.addWidget(button)
    return frame
