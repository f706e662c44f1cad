"""The look in use: dark or light and at which scale, and the source that dresses the application in it."""

from typing import Final, Literal

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from explorer.rendering.palette import relative_luminance
from explorer.rendering.theme import DARK, LIGHT, Theme
from explorer.ui.theme.style_sheet import TEXT_PIXELS, style_sheet

__all__ = ["DARK", "LIGHT", "MODES", "Mode", "Theme", "ThemeSource", "contrast", "qt_palette", "style_sheet"]

Mode = Literal["system", "dark", "light"]
MODES: Final[tuple[Mode, ...]] = ("system", "dark", "light")
SCALES: Final = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5)
"""The steps that Ctrl + and Ctrl − go through."""


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast, 1 to 21, between two ``"#rrggbb"`` colours."""
    pair = np.array([list(bytes.fromhex(colour[1:])) for colour in (one, other)], dtype=np.uint8)
    low, high = sorted(float(value) + 0.05 for value in relative_luminance(pair))
    return high / low


def qt_palette(theme: Theme) -> QPalette:
    """Return the palette for what no style sheet reaches: plots, native dialogs, selections."""
    roles = {
        QPalette.ColorRole.Window: theme.ground,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.raised,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.danger,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.accent_text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.LinkVisited: theme.accent,
        QPalette.ColorRole.Mid: theme.line,
        QPalette.ColorRole.Dark: theme.line,
        QPalette.ColorRole.Light: theme.hover,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.edge))
    return palette


class ThemeSource(QObject):
    """Which theme and text scale are in use; dresses the application and tells when they change.

    Parameters
    ----------
    mode
        ``"system"`` follows the desktop, live; ``"dark"`` and ``"light"`` stay.
    scale
        Factor on all text and marks.
    """

    changed = Signal()

    def __init__(self, mode: Mode = "system", scale: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = mode
        self._scale = scale
        self._dressed: QApplication | None = None
        self._hints = QGuiApplication.styleHints()
        # Asked for before our own palette is set: the only clue on desktops that do not tell their colour scheme.
        self._system_was_dark = QGuiApplication.palette().window().color().lightness() < 128
        self._theme = self._wanted()
        self._hints.colorSchemeChanged.connect(self._follow)

    @property
    def theme(self) -> Theme:
        """The colours in use."""
        return self._theme

    @property
    def mode(self) -> Mode:
        """What was asked for: the system's, dark or light."""
        return self._mode

    @property
    def scale(self) -> float:
        """Factor on all text and marks."""
        return self._scale

    def dress(self, app: QApplication) -> None:
        """Return the application this look, now and at every change."""
        app.setStyle("Fusion")  # the platform's own styles ignore parts of the sheet
        self._dressed = app
        self._redress()

    def set_mode(self, mode: Mode) -> None:
        """Follow the system, or stay dark or light."""
        if mode not in MODES:
            raise ValueError(f"unknown theme mode {mode!r}: choose from {', '.join(MODES)}")
        self._mode = mode
        self._update(self._wanted(), self._scale)

    def set_scale(self, scale: float) -> None:
        """Set the factor on all text and marks, kept within 0.8 to 2.5."""
        self._update(self._theme, min(max(scale, SCALES[0]), SCALES[-1]))

    @Slot()
    def larger(self) -> None:
        """Go one step up in text size."""
        self.set_scale(next((step for step in SCALES if step > self._scale + 1e-6), SCALES[-1]))

    @Slot()
    def smaller(self) -> None:
        """Go one step down in text size."""
        self.set_scale(next((step for step in reversed(SCALES) if step < self._scale - 1e-6), SCALES[0]))

    @Slot()
    def reset_scale(self) -> None:
        """Go back to the normal text size."""
        self.set_scale(1.0)

    def _update(self, theme: Theme, scale: float) -> None:
        if theme == self._theme and scale == self._scale:
            return
        self._theme, self._scale = theme, scale
        self._redress()
        self.changed.emit()

    def _wanted(self) -> Theme:
        if self._mode == "system":
            return DARK if self._system_is_dark() else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _system_is_dark(self) -> bool:
        scheme = self._hints.colorScheme()
        if scheme == Qt.ColorScheme.Unknown:
            return self._system_was_dark
        return scheme == Qt.ColorScheme.Dark

    def _redress(self) -> None:
        if self._dressed is None:
            return
        font = self._dressed.font()
        font.setPixelSize(round(TEXT_PIXELS * self._scale))
        self._dressed.setFont(font)
        self._dressed.setPalette(qt_palette(self._theme))
        self._dressed.setStyleSheet(style_sheet(self._theme, self._scale))

    @Slot()
    def _follow(self) -> None:
        if self._mode == "system":
            self._update(self._wanted(), self._scale)
