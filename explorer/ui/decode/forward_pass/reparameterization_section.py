"""A sample's way through its model, with what it costs by every model in view."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.ui.decode.decoded import Decoded
from explorer.ui.decode.forward_pass.code_rows import nats_text, way_rows
from explorer.ui.decode.forward_pass.forward_pass_view import ForwardPassView
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity


class ReparameterizationSection(QWidget):
    """x → μ, log σ² → σ → ε → z → p(x|z) of the probe's sample by the probe's run; the cost in nats by each run."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._store, self._session = state.store, state.session
        self._head = ElidingLabel()
        self._head.setProperty("role", "head")
        self._zero = _tool("noise_zero", "ε = 0", "Set ε = 0, so that z is the mean μ")
        self._redraw = _tool("noise_redraw", "ε", "Draw another ε: z = μ + σ·ε")
        self.way = ForwardPassView(themes)
        self._all = _tool("way_all", "", "Show every latent dimension")
        self._all.setCheckable(True)
        self._costs: list[QLabel] = []
        self._lay_out()
        self._zero.clicked.connect(self._on_zero)
        self._redraw.clicked.connect(self._on_redraw)
        self._all.toggled.connect(self._on_all)
        themes.changed.connect(self._redress)
        self._redress()

    @property
    def costs(self) -> tuple[str, ...]:
        """What is said of the costs, run by run."""
        return tuple(label.text() for label in self._costs if not label.isHidden())

    def show_decoded(self, decoded: Decoded) -> None:
        """Show the way of the probe's sample; nothing for a place."""
        probe = decoded.probe
        own = decoded.of(probe.run) if probe is not None and probe.sample is not None else None
        way = own.way if own is not None else None
        self.setVisible(way is not None)
        if way is None or own is None or own.run not in self._store.runs:
            return
        self._head.setText(f"THROUGH {self._store.runs[own.run].name}")
        stochastic = way.noise is not None
        self._zero.setVisible(stochastic)
        self._redraw.setVisible(stochastic)
        self._zero.setEnabled(self._session.view.noise_seed != 0)
        self.way.set_rows(way_rows(way, self._session.view.decode_as))
        self._show_all_button()
        self._all.setText(f"All {self.way.dimensions} dimensions")
        self._show_costs(decoded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the other dimensions where they do not all fit."""
        super().resizeEvent(event)
        self._show_all_button()

    def _show_all_button(self) -> None:
        self._all.setVisible(self._all.isChecked() or self.way.dimensions > self.way.columns)

    def _show_costs(self, decoded: Decoded) -> None:
        ways = [(pane.run, pane.way) for pane in decoded.panes if pane.way is not None and pane.run in self._store.runs]
        for place in range(len(self._costs), len(ways)):
            label = set_identity(QLabel(), f"cost_{place + 1}", "Loss of this sample with this ε, in nats")
            label.setWordWrap(True)
            self._column.addWidget(label)
            self._costs.append(label)
        for place, label in enumerate(self._costs):
            label.setVisible(place < len(ways))
        for label, (key, way) in zip(self._costs, ways, strict=False):
            text = f"{self._store.runs[key].name}: {nats_text(way)}"
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
        self._column.addWidget(self.way)
        self._column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignLeft)

    @Slot()
    def _on_zero(self) -> None:
        self._session.set(noise_seed=0)

    @Slot()
    def _on_redraw(self) -> None:
        self._session.set(noise_seed=self._session.view.noise_seed + 1)

    @Slot(bool)
    def _on_all(self, everything: bool) -> None:
        self.way.set_expanded(everything)
        self._redress()

    @Slot()
    def _redress(self) -> None:
        theme = self._themes.theme
        for button in (self._zero, self._redraw, self._all):
            button.setStyleSheet(compact_button(self._themes))
        self._redraw.setIcon(icon("random", theme))
        self._all.setIcon(icon("chevron-down" if self._all.isChecked() else "chevron-right", theme))


def _tool(name: str, text: str, tip: str) -> QToolButton:
    button = set_identity(QToolButton(), name, tip)
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
