"""Moves between the pages of a long selection."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import JumpSlider
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.identity import set_identity

SLIDER_PIXELS = 90
"""Width of the slider in pixels at text scale 1."""


class SamplePager(QWidget):
    """Buttons, a slider and the range of the page; hidden if there is only one page.

    Signals
    -------
    changed
        Another page is chosen.
    """

    changed = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "selection_pager", accessible="Pages of the selection")
        self._themes = themes
        self._count, self._capacity, self._page = 0, 1, 0
        self._back = tool_button("selection_page_back", "‹", "Previous page (Page Up)")
        self._on = tool_button("selection_page_on", "›", "Next page (Page Down)")
        self._back.setAccessibleName("Previous page")
        self._on.setAccessibleName("Next page")
        self._slider = set_identity(
            JumpSlider(), "selection_page_slider", "Move through the selected samples", "Page of the selection"
        )
        self._slider.setOrientation(Qt.Orientation.Horizontal)
        self._range = set_identity(QLabel(), "selection_page_range", accessible="Samples of this page")
        self._range.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self._range, self._back, self._slider, self._on):
            row.addWidget(widget)
        self._back.clicked.connect(self._go_back)
        self._on.clicked.connect(self._go_on)
        self._slider.valueChanged.connect(self._on_slider)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def page(self) -> int:
        """The page, from 0."""
        return self._page

    @property
    def pages(self) -> int:
        """The number of pages."""
        # Integer division, rounded up; an empty selection has one empty page.
        return max(1, -(-self._count // self._capacity))

    @property
    def first(self) -> int:
        """The position of the page's first sample in the selection."""
        return self._page * self._capacity

    def set_range(self, count: int, capacity: int) -> None:
        """Set the number of samples, and of those on a page; the page keeps its first sample."""
        first = self.first
        self._count, self._capacity = count, max(1, capacity)
        # With another capacity, show the page that contains the sample that was first.
        self._page = min(first // self._capacity, self.pages - 1)
        self._show()

    def move_to(self, page: int) -> None:
        """Go to a page; do nothing if there is no such page."""
        if page != self._page and 0 <= page < self.pages:
            self._page = page
            self._show()
            self.changed.emit()

    def show_slider(self, shown: bool) -> None:
        """Show or hide the slider, for which a narrow panel has no room."""
        self._slider.setVisible(shown)

    def begin(self) -> None:
        """Go to the first page, for another selection."""
        self._page = 0
        self._show()

    def _show(self) -> None:
        # Block signals: the slider follows the page here and must not change it.
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, self.pages - 1)
            self._slider.setValue(self._page)
        last = min(self.first + self._capacity, self._count)
        self._range.setText(f"{self.first + 1:,}\N{EN DASH}{last:,} of {self._count:,}" if self._count else "")
        self._back.setEnabled(self._page > 0)
        self._on.setEnabled(self._page + 1 < self.pages)
        self.setVisible(self.pages > 1)

    @Slot()
    def _go_back(self) -> None:
        self.move_to(self._page - 1)

    @Slot()
    def _go_on(self) -> None:
        self.move_to(self._page + 1)

    @Slot(int)
    def _on_slider(self, page: int) -> None:
        self.move_to(page)

    @Slot()
    def _apply_theme(self) -> None:
        for button in (self._back, self._on):
            button.setStyleSheet(compact_button(self._themes))
        self._slider.setFixedWidth(round(SLIDER_PIXELS * self._themes.scale))
