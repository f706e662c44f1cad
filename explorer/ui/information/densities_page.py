"""The page Densities: two Gaussians, where the belief costs most, and the same three quantities as for outcomes."""

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.latent.information.gaussian import Normal, cross_entropy_of_gaussians, kl_of_gaussians
from explorer.latent.information.presets import GaussianPair
from explorer.latent.information.rounding import number_text, shown_sums
from explorer.ui.information.density_plot import CostPlot, DensityCurve, DensityPlot, Limits
from explorer.ui.information.information_state import InformationModel, InformationState
from explorer.ui.information.painting import PagePanel, Tone, both_directions_html, tone_html
from explorer.ui.information.sum_plots import SumBar, SumBars, plural, with_article
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SIGMAS = 4.0
"""Standard deviations of each Gaussian that are shown on both sides."""


_LEGEND: tuple[tuple[Tone, str, str], ...] = (
    ("truth", "p", "truth: what happens"),
    ("belief", "q", "belief: what you expect"),
)


class DensitiesPage(QWidget):
    """Two Gaussians that are dragged."""

    def __init__(
        self, model: InformationModel, units: UnitSource, themes: ThemeSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_identity(self, "information_densities", accessible="Densities")
        self._model, self._units, self._themes = model, units, themes
        # Kept here, as the axis does not follow a drag.
        self._limits = limits_of(model.state.pair)
        self.plot = DensityPlot("information_density_plot", themes, height=190)
        self.plot.setToolTip("Drag a dot to move μ, a handle to change σ; the arrow keys move q, with Shift p")
        self.plot.setAccessibleName("Densities of p and q")
        self.costs, self.sum_bars = CostPlot(themes), SumBars(themes)
        self.sum_bars.setObjectName("information_density_sums")
        self._sentence = set_identity(QLabel(wordWrap=True), "information_density_words", accessible="In words")
        self._both = set_identity(QLabel(wordWrap=True), "information_density_both", accessible="Both directions of KL")
        self._legend = set_identity(QLabel(wordWrap=True), "information_density_legend", accessible="Legend")
        self._note = QLabel(wordWrap=True)
        self._note.setProperty("role", "muted")
        self.swap = set_identity(
            QPushButton("Swap p and q"), "information_density_swap", "Exchange truth and belief", "Swap p and q"
        )
        self.equal = set_identity(
            QPushButton("Make q equal p"),
            "information_density_equal",
            "Set belief to truth: KL is 0",
            "Make q equal p",
        )
        self._arrange()
        self.plot.wanted.connect(self._on_wanted)
        self.plot.dropped.connect(self._on_dropped)
        self.swap.clicked.connect(self._on_swap)
        self.equal.clicked.connect(self._on_equal)
        model.changed.connect(self.show_state)
        units.changed.connect(self._refresh)
        themes.changed.connect(self._refresh)
        self._refresh()

    @Slot(object, object)
    def show_state(self, old: InformationState, new: InformationState) -> None:
        """Show another pair."""
        # A drag keeps the axis; at its end both Gaussians are shown whole.
        limits = self._limits if self._model.is_dragging else limits_of(new.pair)
        if old.pair != new.pair or limits != self._limits:
            self._limits = limits
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        pair, unit, theme = self._model.state.pair, self._units.unit, self._themes.theme
        p, q = pair.p, pair.q
        self.plot.show_curves(
            (
                DensityCurve("truth", p.density, "", 0.0, p),
                DensityCurve("belief", q.density, "", 0.0, q),
            ),
            self._limits,
        )
        self._legend.setText(
            " &nbsp;&nbsp; ".join(f"{tone_html(theme, tone, f'■ {letter}')} {words}" for tone, letter, words in _LEGEND)
        )
        self.costs.show_costs(p, q, self._limits.low, self._limits.high)
        # Bars have exact ends; only their texts are rounded so that they add up.
        cross = cross_entropy_of_gaussians(p, q) * unit.per_nat
        shown = [number_text(value) for value in shown_sums(p.entropy, kl_of_gaussians(p, q), unit)]
        entropy = p.entropy * unit.per_nat
        self.sum_bars.show_bars(
            (
                # A negative entropy is a bar to the left of 0, and KL begins at its end.
                SumBar("Entropy h(p)", min(0.0, entropy), max(0.0, entropy), shown[0], "truth"),
                SumBar("+ KL(p ‖ q)", entropy, cross, shown[1], "kl", continues=True),
                SumBar("= h(p, q)", min(0.0, cross), max(0.0, cross), shown[2], "belief", bold=True),
            ),
            unit.name,
        )
        self._show_words(pair, shown[1])

    def _show_words(self, pair: GaussianPair, kl: str) -> None:
        """Show what KL means here, both its directions, and what the entropy depends on."""
        unit, theme = self._units.unit, self._themes.theme
        noun, subject = pair.noun, with_article(pair.noun)
        self._sentence.setText(
            f"{plural(noun).capitalize()} follow p, but you expect q. {subject} costs "
            f"{tone_html(theme, 'kl', kl)} {unit.name} more on average than with the right belief."
        )
        other = number_text(kl_of_gaussians(pair.q, pair.p) * unit.per_nat)
        self._both.setText(both_directions_html(theme, (("KL(p ‖ q)", kl, ""), ("KL(q ‖ p)", other, ""))))
        unit_of_x = "" if pair.quantity == "x" else f"x: {pair.quantity}. "
        self._note.setText(
            f"{unit_of_x}The entropy of a density depends on the unit of x and can be negative; KL depends on no "
            "unit and is never negative."
        )

    @Slot(int, object)
    def _on_wanted(self, index: int, one: Normal) -> None:
        pair = self._model.state.pair
        # In the order in which the curves were given to the plot.
        changed = replace(pair, p=one) if index == 0 else replace(pair, q=one)
        self._model.preview(replace(self._model.state, pair=changed))

    @Slot()
    def _on_dropped(self) -> None:
        self._model.commit()

    @Slot()
    def _on_swap(self) -> None:
        pair = self._model.state.pair
        self._model.set(replace(self._model.state, pair=replace(pair, p=pair.q, q=pair.p)))

    @Slot()
    def _on_equal(self) -> None:
        pair = self._model.state.pair
        self._model.set(replace(self._model.state, pair=replace(pair, q=pair.p)))

    def _arrange(self) -> None:
        scale = self._themes.scale
        above, below = PagePanel(scale), PagePanel(scale)
        title = QLabel("p·log(p/q): where the belief costs most")
        title.setProperty("role", "head")
        above.column.addWidget(self._legend)
        above.column.addWidget(self.plot, 3)
        above.column.addWidget(title)
        above.column.addWidget(self.costs, 2)
        below.column.addWidget(self._sentence)
        below.column.addWidget(self.sum_bars)
        below.column.addWidget(self._both)
        below.column.addWidget(self._note)
        buttons = QHBoxLayout()
        for button in (self.swap, self.equal):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        below.column.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(above, 1)
        column.addWidget(below)


def limits_of(pair: GaussianPair) -> Limits:
    """Return limits that show both Gaussians whole."""
    low = min(one.mean - SIGMAS * one.sigma for one in (pair.p, pair.q))
    high = max(one.mean + SIGMAS * one.sigma for one in (pair.p, pair.q))
    # The limits of σ follow the axis: no Gaussian becomes too narrow to be dragged.
    return Limits(low, high, (high - low) / 1000, (high - low) / 2)
