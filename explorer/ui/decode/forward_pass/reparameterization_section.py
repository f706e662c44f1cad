"""The forward pass of a sample, and its cost in nats under every model in view."""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.latent.plane.projection import dimension_name
from explorer.ui.decode.decode_state import Decoded
from explorer.ui.decode.forward_pass.code_rows import CodeRow, fixed, forward_pass_rows, nats_text
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side, tool_button
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

LINE = 1.45
"""Height of a row in heights of its text."""
WIDEST_NUMBER = "−00.00"  # sets the width of all columns, so that they stay put while numbers change


class ForwardPassView(QWidget):
    """Draws the rows of a forward pass, with as many dimensions side by side as fit.

    Of many dimensions the first ones are shown; `set_expanded` shows all, in blocks below each other.
    """

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: tuple[CodeRow, ...] = ()
        self._expanded = False
        self.setObjectName("forward_pass_view")
        self.setAccessibleName("Forward pass: from the sample to its decode, step by step")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply_theme)

    @property
    def rows(self) -> tuple[CodeRow, ...]:
        """The rows shown."""
        return self._rows

    @property
    def dimensions(self) -> int:
        """Number of latent dimensions."""
        return max((len(row.values) for row in self._rows), default=0)

    @property
    def columns(self) -> int:
        """Number of dimensions that fit side by side."""
        # The label column comes first; at least one dimension is drawn even if it is cut off.
        metrics = QFontMetricsF(small_font())
        return max(1, int((self.width() - self._label_width(metrics)) / self._column_width(metrics)))

    def set_rows(self, rows: tuple[CodeRow, ...]) -> None:
        """Show the rows of a forward pass."""
        changed = len(rows) != len(self._rows) or max((len(row.values) for row in rows), default=0) != self.dimensions
        self._rows = rows
        words = "; ".join(f"{row.label}: {', '.join(map(fixed, row.values)) or row.words}" for row in rows)
        self.setAccessibleDescription(words)
        # Only the number of rows or dimensions changes the height. During a drag only numbers change.
        if changed:
            self._fit_height()
        self.update()

    def set_expanded(self, expanded: bool) -> None:
        """Show every dimension, or only those that fit in one block."""
        self._expanded = expanded
        self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size for all rows, in pixels."""
        # Each block has one line of names above its rows, and 0.6 of a line between blocks.
        blocks = -(-self.dimensions // self.columns) if self._expanded else 1
        lines = max(1, blocks) * (len(self._rows) + 1) + (max(1, blocks) - 1) * 0.6
        return QSize(120, round(lines * LINE * QFontMetricsF(small_font()).height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the number of columns to the width."""
        super().resizeEvent(event)
        # Setting the height resizes the widget again; reacting to width alone ends the loop.
        if event.oldSize().width() != event.size().width():
            self._fit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the blocks of dimensions, one below the other."""
        with QPainter(self) as painter:
            painter.setFont(small_font())
            metrics = QFontMetricsF(small_font())
            line, columns, y = LINE * metrics.height(), self.columns, 0.0
            last = self.dimensions if self._expanded else min(columns, self.dimensions)
            for first in range(0, max(1, last), columns):
                y = self._draw_block(painter, metrics, y, first, min(first + columns, last)) + 0.6 * line

    def _draw_block(self, painter: QPainter, metrics: QFontMetricsF, y: float, first: int, last: int) -> float:
        """Draw the rows of dimensions ``first`` to ``last`` (exclusive) at ``y`` pixels; return the y below them."""
        theme = self._themes.theme
        line, label, column = LINE * metrics.height(), self._label_width(metrics), self._column_width(metrics)
        painter.setPen(QColor(theme.muted))
        for index in range(first, last):
            box = QRectF(label + (index - first) * column, y, column, line)
            painter.drawText(box, RIGHT, dimension_name(index))
        for row in self._rows:
            y += line
            # z is the row that all others lead to: it stands out in weight and colour.
            is_code = row.label.startswith("z =")
            painter.setPen(QColor(theme.text if is_code else theme.muted))
            painter.setFont(_weighted(is_code))
            painter.drawText(QRectF(0, y, label, line), LEFT, row.label)
            painter.setPen(QColor(theme.text if not row.words else theme.muted))
            if row.words:
                box = QRectF(label, y, self.width() - label, line)
                words = metrics.elidedText(row.words, Qt.TextElideMode.ElideRight, box.width())
                painter.drawText(box, LEFT, words)
            for index in range(first, min(last, len(row.values))):
                box = QRectF(label + (index - first) * column, y, column, line)
                painter.drawText(box, RIGHT, fixed(row.values[index]))
        painter.setFont(small_font())
        return y + line

    def _label_width(self, metrics: QFontMetricsF) -> float:
        # 2 % more: the row of z is drawn bold, and the metrics are those of the regular font.
        return 1.02 * max((metrics.horizontalAdvance(row.label) for row in self._rows), default=0.0) + 6

    def _column_width(self, metrics: QFontMetricsF) -> float:
        return metrics.horizontalAdvance(WIDEST_NUMBER) + 6

    def _fit_height(self) -> None:
        self.setFixedHeight(self.sizeHint().height())

    @Slot()
    def _apply_theme(self) -> None:
        self._fit_height()
        self.update()


def _weighted(strong: bool) -> QFont:
    font = small_font()
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font


class ReparameterizationSection(QWidget):
    """The steps x → μ, log σ² → σ → ε → z → p(x|z) for the probe's sample, and its cost in nats for each run."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._store, self._session = state.store, state.session
        self._head = ElidingLabel()
        self._head.setProperty("role", "head")
        self._zero = tool_button("noise_zero", "ε = 0", "Set ε = 0, so that z is the mean μ")
        self._redraw = tool_button("noise_redraw", "ε", "Draw another ε: z = μ + σ·ε")
        self.forward_pass = ForwardPassView(themes)
        self._all = tool_button("dimensions_all", "All dimensions", "Show every latent dimension", checkable=True)
        self._costs: list[QLabel] = []  # one label per run; unused ones stay hidden
        self._lay_out()
        self._zero.clicked.connect(self._on_zero)
        self._redraw.clicked.connect(self._on_redraw)
        self._all.toggled.connect(self._on_all)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def costs(self) -> tuple[str, ...]:
        """The costs shown, one text per run."""
        return tuple(label.text() for label in self._costs if not label.isHidden())

    def show_decoded(self, decoded: Decoded) -> None:
        """Show the forward pass of the probe's sample; hide the section for a point."""
        probe = decoded.probe
        probed = decoded.of(probe.run) if probe is not None and probe.sample is not None else None
        forward_pass = probed.forward_pass if probed is not None else None
        self.setVisible(forward_pass is not None)
        # A run can be closed while its answer is on the way.
        if forward_pass is None or probed is None or probed.run not in self._store.runs:
            return
        self._head.setText(f"FORWARD PASS · {self._store.runs[probed.run].name}")
        # An encoder of points has no ε to draw or to set to zero.
        stochastic = forward_pass.noise is not None
        self._zero.setVisible(stochastic)
        self._redraw.setVisible(stochastic)
        # Seed 0 means ε = 0.
        self._zero.setEnabled(self._session.view.noise_seed != 0)
        self.forward_pass.set_rows(forward_pass_rows(forward_pass, self._session.view.decode_as))
        self._show_all_button()
        self._all.setText(f"All {self.forward_pass.dimensions} dimensions")
        self._show_costs(decoded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the expand button if not all dimensions fit."""
        super().resizeEvent(event)
        self._show_all_button()

    def _show_all_button(self) -> None:
        self._all.setVisible(self._all.isChecked() or self.forward_pass.dimensions > self.forward_pass.columns)

    def _show_costs(self, decoded: Decoded) -> None:
        # One label per run with a forward pass; labels are added as needed and never removed.
        forward_passes = [
            (pane.run, pane.forward_pass)
            for pane in decoded.panes
            if pane.forward_pass is not None and pane.run in self._store.runs
        ]
        for index in range(len(self._costs), len(forward_passes)):
            label = set_identity(QLabel(), f"cost_{index + 1}", "Loss of this sample with this ε, in nats")
            label.setWordWrap(True)
            self._column.addWidget(label)
            self._costs.append(label)
        for index, label in enumerate(self._costs):
            label.setVisible(index < len(forward_passes))
        # strict=False: there may be more labels than runs.
        for label, (key, forward_pass) in zip(self._costs, forward_passes, strict=False):
            text = f"{self._store.runs[key].name}: {nats_text(forward_pass)}"
            # Setting the same text still lays the column out again, on each move of a drag.
            if label.text() != text:
                label.setText(text)

    def _lay_out(self) -> None:
        row = FlowLayout(stretch=True)
        row.addWidget(self._head)
        row.addWidget(side_by_side(self._zero, self._redraw))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addLayout(row)
        self._column.addWidget(self.forward_pass)
        self._column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignLeft)

    @Slot()
    def _on_zero(self) -> None:
        self._session.set(noise_seed=0)

    @Slot()
    def _on_redraw(self) -> None:
        self._session.set(noise_seed=self._session.view.noise_seed + 1)

    @Slot(bool)
    def _on_all(self, everything: bool) -> None:
        # Also turns the arrow on the button.
        self.forward_pass.set_expanded(everything)
        self._apply_theme()

    @Slot()
    def _apply_theme(self) -> None:
        theme = self._themes.theme
        for button in (self._zero, self._redraw, self._all):
            button.setStyleSheet(compact_button(self._themes))
        self._redraw.setIcon(icon("random", theme))
        self._all.setIcon(icon("chevron-down" if self._all.isChecked() else "chevron-right", theme))
