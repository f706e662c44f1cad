"""A row of tabs whose titles are never cut: room for a selected title's heavier letters, and less padding on demand."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QTabBar

from explorer.ui.theme.theme import ThemeSource

PADDING, TIGHT_PADDING = 10, 4
"""Padding left and right of a title in pixels at text scale 1: normal, as in the style sheet, and tight."""


class TabBar(QTabBar):
    """The tabs. Each has the width that it needs when selected, so that no tab moves with the selection."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._padding = 0
        # A dragged sample held over the title of the tab Blend opens that tab, where it can be dropped.
        self.setAcceptDrops(True)
        self.setChangeCurrentOnDrag(True)

    def tabSizeHint(self, index: int) -> QSize:
        """Return the size of a tab with the font of a selected one, which Qt leaves out."""
        return super().tabSizeHint(index) + QSize(self._heavier(index), 0)

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Return the whole size: Qt would shorten the titles before it shows arrows."""
        return self.tabSizeHint(index)

    def width_of(self, index: int, *, tight: bool) -> int:
        """Return the width in pixels that a tab has with the normal or the tight padding."""
        # The style sheet has the normal padding until `set_tight` is called.
        padding = self._padding or self._pixels(tight=False)
        return self.tabSizeHint(index).width() + 2 * (self._pixels(tight=tight) - padding)

    def set_tight(self, tight: bool) -> None:
        """Choose the tight or the normal padding."""
        pixels = self._pixels(tight=tight)
        # Setting a style sheet lays out the row again, so skip equal ones.
        if pixels != self._padding:
            self._padding = pixels
            self.setStyleSheet(f"QTabBar::tab {{ padding-left: {pixels}px; padding-right: {pixels}px; }}")

    def _pixels(self, *, tight: bool) -> int:
        return round((TIGHT_PADDING if tight else PADDING) * self._themes.scale)

    def _heavier(self, index: int) -> int:
        font = QFont(self.font())
        normal = QFontMetrics(font)
        font.setWeight(QFont.Weight.DemiBold)
        text = self.tabText(index)
        # One more pixel, as rounding would cut the last letter.
        return max(0, QFontMetrics(font).horizontalAdvance(text) - normal.horizontalAdvance(text)) + 1
