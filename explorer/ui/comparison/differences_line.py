"""One line below the planes on the differences between the runs in view."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from explorer.session import View
from explorer.ui.comparison.comparison_table import FOLLOW_MILLISECONDS, comparison_in_view, keys_in_view
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

KEY = "differences/shown"


class DifferencesLine(QFrame):
    """Shown if two or more runs are in view and their figures differ; a click opens the table.

    Signals
    -------
    table_wanted
        The line was clicked.
    """

    table_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._lifetime, self._figures = state, state.lifetime, state.figures
        self._wanted = settings().value(KEY, True, type=bool) is True
        set_identity(self, "differences_line", accessible="What differs")
        self._text = set_identity(ElidingLabel(), "differences_text", accessible="What differs")
        # Ignored: the text elides instead of widening the window.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._more = set_identity(QToolButton(), "differences_table", "Compare the open runs in a table (T)", "Table")
        self._more.setText("Table")
        self._more.setAutoRaise(True)
        self._more.clicked.connect(self.table_wanted)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._more)
        self._shown: object = None  # what the line was made of, to skip equal reports
        self._has_words = False
        self._soon = QTimer(self, interval=FOLLOW_MILLISECONDS, singleShot=True)
        self._soon.timeout.connect(self._show)
        for news in (state.figures.changed, state.store.opened, state.store.closed):
            news.connect(self._follow)
        state.session.listen(self.show_view)
        themes.changed.connect(self._apply_theme)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        self._apply_theme()

    @property
    def words(self) -> str:
        """The full text."""
        return self._text.text()

    @property
    def wanted(self) -> bool:
        """Whether the user wants the line."""
        return self._wanted

    @Slot(bool)
    def want(self, wanted: bool) -> None:
        """Show the line when it has something to say, or never; the choice is stored."""
        self._wanted = wanted
        settings().setValue(KEY, wanted)
        self._show()

    def stop(self) -> None:
        """Stop following; called when the window closes."""
        self._soon.stop()

    def show_view(self, old: View, new: View) -> None:
        """Follow the runs in view."""
        if old.panes != new.panes:
            self._follow()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the table."""
        # On release, like a button: a press that is dragged away does nothing.
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.table_wanted.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another font size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    @Slot()
    @Slot(str)
    def _follow(self, key: str = "") -> None:
        if not self._lifetime.closed and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _show(self) -> None:
        known = tuple((key, self._figures.of(key)) for key in keys_in_view(self._state))
        # Runs that train report often, and their figures stay the same meanwhile.
        if (self._wanted, known) != self._shown:
            self._shown = self._wanted, known
            self._show_text(sum(figures is not None for _, figures in known))

    def _show_text(self, known: int) -> None:
        found = comparison_in_view(self._state) if self._wanted and known > 1 else None
        # If nothing can be compared the line is hidden; the table says why.
        if found is not None and found.in_short:
            self._text.setText(found.in_short)
            self.setToolTip("\n\n".join((*found.words, "Click for the table (T).")))
        self._has_words = found is not None and bool(found.in_short)
        self.setVisible(self._has_words)

    @Slot()
    def _apply_theme(self) -> None:
        pad = round(3 * self._themes.scale)
        self._row.setContentsMargins(4 * pad, 1, pad, 1)
        self._more.setStyleSheet(f"padding: 1px {2 * pad}px;")
        theme, radius = self._themes.theme, round(8 * self._themes.scale)
        style = f"background: {theme.panel}; border: 1px solid {theme.line}; border-radius: {radius}px;"
        self.setStyleSheet(f"#differences_line {{ {style} }}")
