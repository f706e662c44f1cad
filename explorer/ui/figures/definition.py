"""The definition of a figure, shown below its title on a click."""

from html import escape

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from explorer.latent.evaluation.comparison_text import listed
from explorer.latent.evaluation.figure_text import titled
from explorer.latent.metrics.figure import Figure
from explorer.ui.widgets.eliding_label import popup_text
from explorer.ui.widgets.identity import set_identity

WIDTH = 380
"""Width of the popup in pixels at text scale 1."""


class FigureTitle(QToolButton):
    """A figure's title as a button; a click or Space shows its definition."""

    def __init__(self, figure: Figure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure = figure
        self.setText(titled(figure))
        self.setAutoRaise(True)
        self.setCursor(Qt.CursorShape.WhatsThisCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        tip = f"What “{figure.title}” means"
        set_identity(self, f"definition_{figure.name}", tip, tip)
        # Qt would centre the text and pad it like a button.
        self.setStyleSheet("QToolButton { padding: 1px 2px; text-align: left; }")
        self.clicked.connect(self._explain)

    @Slot()
    def _explain(self) -> None:
        # 17 pixels is the text height at scale 1.
        popup_text(self, definition_html(self._figure), round(WIDTH * self.fontMetrics().height() / 17))


def definition_html(figure: Figure, gap: str = "<br><br>") -> str:
    """Return a figure's title, unit, direction, definition, errors and needs as HTML, with ``gap`` between them."""
    over = [f"over {error.over}" for error in figure.errors]
    error = f"{gap}Its error (±) is a standard error {' and one '.join(over)}." if over else ""
    return (
        f"<b>{escape(figure.title, quote=False)}</b><br>{escape(figure.unit, quote=False)}; {figure.direction}.{gap}"
        f"{escape(figure.definition, quote=False)}{error}{gap}It needs {listed(figure.needs)}."
    )
