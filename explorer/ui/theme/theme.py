"""The current theme and text scale, and their application to Qt.

1. `ThemeSource` takes the mode (system, dark, light) and the scale from the settings.
2. `apply_to` sets style, font, palette and style sheet of the application, and polishes each widget once.
3. A change of mode or scale, or of the desktop's scheme, sets them again and emits ``changed``.
4. Widgets that paint themselves or set sizes in pixels connect ``changed`` to their `_apply_theme`.
"""

from typing import Final, Literal

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QWidget

from explorer.rendering.palette import relative_luminance
from explorer.rendering.theme import DARK, LIGHT, Theme
from explorer.ui.theme.style_sheet import TEXT_PIXELS, style_sheet

__all__ = ["DARK", "LIGHT", "MODES", "Mode", "Theme", "ThemeSource", "contrast", "qt_palette", "style_sheet"]

Mode = Literal["system", "dark", "light"]
MODES: Final[tuple[Mode, ...]] = ("system", "dark", "light")
SCALES: Final = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5)
"""Text scales, the steps of Ctrl + and Ctrl −."""

HAS_STYLE: Final = "has_fusion_style"
"""Property of the application: `ThemeSource.apply_to` has set its style."""


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast, 1 to 21, between two ``"#rrggbb"`` colours."""
    pair = np.array([list(bytes.fromhex(colour[1:])) for colour in (one, other)], dtype=np.uint8)
    low, high = sorted(float(value) + 0.05 for value in relative_luminance(pair))
    return high / low


def qt_palette(theme: Theme) -> QPalette:
    """Return the palette for parts that no style sheet reaches: plots, native dialogs, selections."""
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
    # setColor without a group sets all groups, so disabled texts are set afterwards.
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.edge))
    return palette


def _set_style_sheet(app: QApplication, sheet: str) -> None:
    """Set the style sheet of the application and polish each widget once.

    `QApplication.setStyleSheet` polishes all widgets for which it has cached rules, each with all its descendants: a
    widget inside ten others is polished eleven times. Here the cache is cleared before, so Qt polishes none of them.
    """
    if not app.styleSheet():
        app.setStyleSheet(sheet)
        return
    style = app.style()
    style.unpolish(app)
    app.setStyleSheet(sheet)
    for widget in app.allWidgets():
        if widget.parent() is None:
            _polish(widget, style)


def _polish(widget: QWidget, style: QStyle) -> None:
    # Parents come first, because fonts and palettes are inherited.
    style.polish(widget)
    QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
    for child in widget.children():
        if isinstance(child, QWidget):
            _polish(child, style)


class ThemeSource(QObject):
    """Holds the theme and the text scale, applies them to the application, and emits ``changed``.

    Parameters
    ----------
    mode
        ``"system"`` follows the desktop, also while the program runs; ``"dark"`` and ``"light"`` are fixed.
    scale
        Factor on all text and marks.
    """

    changed = Signal()

    def __init__(self, mode: Mode = "system", scale: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = mode
        self._scale = scale
        self._app: QApplication | None = None
        self._hints = QGuiApplication.styleHints()
        # Read before our own palette is set: the only clue on desktops that do not report a colour scheme.
        self._system_was_dark = QGuiApplication.palette().window().color().lightness() < 128
        self._theme = self._wanted()
        self._hints.colorSchemeChanged.connect(self._follow)

    @property
    def theme(self) -> Theme:
        """The current theme."""
        return self._theme

    @property
    def mode(self) -> Mode:
        """The chosen mode: system, dark or light."""
        return self._mode

    @property
    def scale(self) -> float:
        """Factor on all text and marks."""
        return self._scale

    def apply_to(self, app: QApplication) -> None:
        """Apply the theme to the application, now and at every change."""
        # Once for all windows: each style that Qt replaces leaves an object behind.
        if not app.property(HAS_STYLE):
            app.setStyle("Fusion")  # native styles ignore parts of a style sheet
            app.setProperty(HAS_STYLE, True)
        self._app = app
        self._apply_theme()

    def set_mode(self, mode: Mode) -> None:
        """Set the mode: follow the desktop, or fix dark or light."""
        if mode not in MODES:
            raise ValueError(f"unknown theme mode {mode!r}: choose from {', '.join(MODES)}")
        self._mode = mode
        self._update(self._wanted(), self._scale)

    def set_scale(self, scale: float) -> None:
        """Set the factor on all text and marks, clipped to 0.8 … 2.5."""
        self._update(self._theme, min(max(scale, SCALES[0]), SCALES[-1]))

    @Slot()
    def larger(self) -> None:
        """Increase the text scale by one step."""
        self.set_scale(next((step for step in SCALES if step > self._scale + 1e-6), SCALES[-1]))

    @Slot()
    def smaller(self) -> None:
        """Decrease the text scale by one step."""
        self.set_scale(next((step for step in reversed(SCALES) if step < self._scale - 1e-6), SCALES[0]))

    @Slot()
    def reset_scale(self) -> None:
        """Reset the text scale to 1."""
        self.set_scale(1.0)

    def _update(self, theme: Theme, scale: float) -> None:
        # A new style sheet restyles every widget, which takes a noticeable moment.
        if theme == self._theme and scale == self._scale:
            return
        self._theme, self._scale = theme, scale
        self._apply_theme()
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

    def _apply_theme(self) -> None:
        if self._app is None:
            return
        # Font before style sheet: widgets without a font rule inherit it.
        font = self._app.font()
        font.setPixelSize(round(TEXT_PIXELS * self._scale))
        self._app.setFont(font)
        self._app.setPalette(qt_palette(self._theme))
        _set_style_sheet(self._app, style_sheet(self._theme, self._scale))

    @Slot()
    def _follow(self) -> None:
        if self._mode == "system":
            self._update(self._wanted(), self._scale)
