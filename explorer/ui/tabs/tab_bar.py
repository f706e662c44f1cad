"""A row of tabs whose titles are never cut: room for a selected title's heavier letters, and less padding on demand."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QTabBar

from explorer.ui.theme.theme import ThemeSource

PADDING, TIGHT_PADDING = 10, 4
"""Pixels left and right of a title at text scale 1, as in the style sheet; and where the row is narrow."""


class TabBar(QTabBar):
    """The tabs; all have the width that they need while they are selected, so that none moves when another is."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._padding = 0
        # A sample dragged out of the selection reaches the pins of the tab Blend by waiting on its title.
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
        """Choose the padding."""
        pixels = self._pixels(tight=tight)
        # A style sheet lays the row out again: not for an equal one.
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
        # One pixel for rounding, which would cut the last letter.
        return max(0, QFontMetrics(font).horizontalAdvance(text) - normal.horizontalAdvance(text)) + 1
