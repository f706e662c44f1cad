"""The diagram of a model with the numbers below it, which can be saved, and the section that folds it."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from explorer.models.architecture import Architecture
from explorer.rendering.network_diagram import NetworkDiagram, Tone, described, network_diagram, weights_text
from explorer.ui.decode.fold import Fold
from explorer.ui.pictures.renderers import CENTRE, small_font
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path, widgets_as_bytes, write_bytes

HEIGHT = 92
"""Height of the diagram in pixels at text scale 1."""
OPACITY = 0.24
"""Opacity of the trapezoids of weights."""


HAT = "\u0302"
"""The combining circumflex, which many fonts put far above a small letter: it is drawn by hand."""


def _draw_hat(painter: QPainter, foot: QPointF, half: float) -> None:
    tip = foot - QPointF(0, half)
    painter.drawPolyline(QPolygonF([foot - QPointF(half, 0), tip, foot + QPointF(half, 0)]))


class DiagramView(QWidget):
    """Paints the diagram; shapes and numbers of weights are in tooltips."""

    def __init__(self, name: str, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._network: Architecture | None = None
        self.diagram: NetworkDiagram | None = None
        set_identity(self, name, accessible="The networks of the model")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_network(self, network: Architecture | None) -> None:
        """Draw a model."""
        # A form reports every key press, and most change no layer.
        if network != self._network:
            self._network = network
            self.setAccessibleDescription("" if network is None else described(network))
            self._arrange()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(120, round(HEIGHT * self._themes.scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the diagram to the width."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the weights, the layers, and the texts."""
        if self.diagram is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for shape in self.diagram.shapes:
                fill = self._colour(shape.tone)
                if not shape.strong:
                    fill.setAlphaF(OPACITY)
                # An edge in the ground's colour keeps the sheets of a stack apart.
                painter.setPen(QPen(QColor(self._themes.theme.panel), 0.6) if shape.strong else Qt.PenStyle.NoPen)
                painter.setBrush(fill)
                painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in shape.points]))
            painter.setFont(small_font())
            line = QFontMetricsF(small_font()).height()
            for text in self.diagram.texts:
                painter.setPen(self._colour(text.tone))
                box = QRectF(text.x - 100, text.y - line / 2, 200, line)
                # Centred in a box that is wide enough for every text.
                painter.drawText(box, CENTRE, text.text.removesuffix(HAT))
                if text.text.endswith(HAT):
                    _draw_hat(painter, QPointF(text.x, text.y - 0.22 * line), 0.16 * line)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the layer or the weights under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.diagram is not None:
            tip = self.diagram.tip_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def _colour(self, tone: Tone) -> QColor:
        theme = self._themes.theme
        colours: dict[Tone, str] = {
            "encoder": theme.warning, "decoder": theme.accent, "code": theme.text, "data": theme.muted,
            "muted": theme.muted,
        }  # fmt: skip
        return QColor(colours[tone])

    def _arrange(self) -> None:
        metrics = QFontMetricsF(small_font())
        # Texts are measured here, as the layout of the diagram knows no fonts.
        self.diagram = (
            None
            if self._network is None
            else network_diagram(
                self._network, self.width(), self.height(), metrics.height(), metrics.horizontalAdvance
            )
        )
        self.update()

    @Slot()
    def _apply_theme(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self._arrange()


class NetworkView(QWidget):
    """The diagram, and below it how much smaller the code is, and the numbers of weights. A right click saves it."""

    def __init__(self, name: str, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._themes, self._name = tasks, themes, name
        self._file_name = "network"
        self.view = DiagramView(f"{name}_diagram", themes)
        self._summary = set_identity(QLabel(wordWrap=True), f"{name}_summary", accessible="Size of the code")
        self._weights = set_identity(QLabel(wordWrap=True), f"{name}_weights", accessible="Numbers of weights")
        set_identity(self, f"{name}_view", accessible="Network")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self.view, self._summary, self._weights):
            column.addWidget(widget)
        for label in (self._summary, self._weights):
            label.setProperty("role", "muted")

    @property
    def texts(self) -> tuple[str, str]:
        """The lines below the diagram."""
        return self._summary.text(), self._weights.text()

    def show_network(self, network: Architecture | None, file_name: str = "network") -> None:
        """Draw a model; ``file_name`` is the suggested name of a saved diagram, without its ending."""
        self._file_name = file_name
        self.view.show_network(network)
        if network is not None:
            for label, text in ((self._summary, network.summary), (self._weights, weights_text(network))):
                # A label with a new text is laid out again, and the whole form with it.
                if text != label.text():
                    label.setText(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to save the diagram."""
        menu = QMenu(self)
        menu.addAction("Save diagram…").triggered.connect(self.save)
        # `exec` returns when the menu is closed; what was chosen has been done by then.
        menu.exec(event.globalPos())
        menu.deleteLater()

    @Slot()
    def save(self) -> None:
        """Ask for a file, and save the diagram as PNG, SVG or PDF."""
        path = ask_path(self, "Save diagram", f"{self._file_name}.svg", FIGURE_KINDS)
        if path is not None:
            margin, theme = self.fontMetrics().height() // 2, self._themes.theme
            # Drawn now, in this thread: only writing is left to the background task.
            data = widgets_as_bytes([self.view, self._summary, self._weights], path.suffix, margin, theme.panel)
            self._tasks.save(path, lambda _: write_bytes(path, data))


class NetworkSection(Fold):
    """The diagram of a model; hidden for a model without networks.

    Parameters
    ----------
    name
        Stable name of the section; the open and folded state is remembered by it.
    """

    def __init__(self, name: str, tasks: Tasks, themes: ThemeSource, *, starts_open: bool) -> None:
        self.view = NetworkView(name, tasks, themes)
        self._save = tool_button(f"{name}_save", "", "Save the diagram as SVG, PDF or PNG")
        super().__init__(
            name, "Network", self.view, themes, tools=(self._save,), starts_open=starts_open, why="phi_theta"
        )
        self._save.clicked.connect(self.view.save)
        themes.changed.connect(self._set_icon)
        self._set_icon()

    def show_network(self, network: Architecture | None, file_name: str = "network") -> None:
        """Draw a model, or hide the section."""
        self.setVisible(network is not None)
        if network is not None:
            self.view.show_network(network, file_name)
            self.set_brief(network.brief)

    @Slot()
    def _set_icon(self) -> None:
        self._save.setIcon(icon("save", self._themes.theme))
