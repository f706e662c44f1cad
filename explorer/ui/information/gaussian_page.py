"""The page Gaussian: KL of one Gaussian to the prior, term by term, and both directions of KL for two humps.

1. Left: q is dragged; formula, waterfall and the curve over σ follow. *Play σ → 0* moves all of them together.
2. Right, above: the Gaussians that minimize each direction of KL to the same two humps.
3. Right, below: a sample of a run that ships, computed in the background when the page is first shown.
"""

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.data.context import LoadContext
from explorer.latent.information.gaussian import (
    STANDARD,
    Normal,
    fit_forward,
    fit_reverse,
    kl_of_gaussians,
    kl_terms,
)
from explorer.latent.information.rounding import number_text, shown_parts
from explorer.rendering.typeset import Token, load_typesetting
from explorer.ui.information.density_plot import DensityCurve, DensityPlot, Limits
from explorer.ui.information.directions import KlDirections, RealExample
from explorer.ui.information.information_state import InformationModel, InformationState
from explorer.ui.information.kl_plots import MAX_SIGMA, MIN_SIGMA, SigmaPlot, Waterfall, WaterfallRow
from explorer.ui.information.painting import PagePanel, tone_html
from explorer.ui.state.tasks import Tasks
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.formula_view import FormulaView
from explorer.ui.widgets.identity import set_identity

LIMITS = Limits(-3.5, 3.5, MIN_SIGMA, MAX_SIGMA)
MIN_WIDTH = 900
"""Width in pixels at text scale 1 that both halves need beside each other."""
FRAME_MILLISECONDS = 30
SHRINK = 0.965
"""Factor on σ from one picture of *Play σ → 0* to the next."""
FORMULA = (
    Token(r"\mathrm{KL}("),
    Token("q", "belief"),
    Token(r"\,\|\,"),
    Token("N(0,1)", "truth"),
    Token(r")\;=\;\frac{1}{2}\,("),
    Token(r"\mu^2", "belief", "mean"),
    Token(r"\,+\,"),
    Token(r"\sigma^2", "belief", "variance"),
    Token(r"\,-\,\log\,\sigma^2", "belief", "log variance"),
    Token(r"\,-\,1", "text", "constant"),
    Token(")"),
)
TERMS = {
    "mean": r"\frac{1}{2}\,\mu^2",
    "variance": r"+\,\frac{1}{2}\,\sigma^2",
    "log variance": r"-\,\frac{1}{2}\,\log\,\sigma^2",
    "constant": r"-\,\frac{1}{2}",
}
WORDS = "KL(q ‖ N(0, 1)) = ½ (μ² + σ² − log σ² − 1)"


def prepare(context: LoadContext) -> None:
    """Do the slow work of the first showing in another thread: load matplotlib and fit both directions."""
    load_typesetting()
    context.report(0, 0, "formulas")
    # Both fits are cached, so that the page then takes them without a pause.
    fit_forward()
    fit_reverse()


def limits_of(q: Normal) -> Limits:
    """Return the usual limits, or wider ones that contain the mean of q."""
    reach = LIMITS.high if abs(q.mean) <= LIMITS.high else abs(q.mean) + 1
    return replace(LIMITS, low=-reach, high=reach)


class GaussianPage(QWidget):
    """The closed form on the left, the two directions of KL on the right."""

    def __init__(
        self,
        model: InformationModel,
        units: UnitSource,
        tasks: Tasks,
        themes: ThemeSource,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_identity(self, "information_gaussian", accessible="Gaussian")
        self._model, self._units, self._themes = model, units, themes
        self.closed_form = ClosedForm(model, units, themes)
        self.directions = KlDirections(units, themes)
        self.example = RealExample(units, tasks, themes)
        right = PagePanel(themes.scale)
        right.column.addWidget(self.directions)
        rule = QFrame()
        rule.setProperty("rule", "true")
        right.column.addWidget(rule)
        right.column.addWidget(self.example, 1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.closed_form, 51)
        self._row.addWidget(right, 48)

    def fit_width(self, width: int) -> None:
        """Put both halves side by side, or below each other if they are too narrow for that."""
        # In a window too narrow for both, a formula would be cut off.
        narrow = width < MIN_WIDTH * self._themes.scale
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def showEvent(self, event: QShowEvent) -> None:
        """Compute the example when it is first needed."""
        super().showEvent(event)
        # Not before: it opens a run and computes its true posterior.
        self.example.want()


class ClosedForm(QWidget):
    """q against the prior: plot, formula, waterfall, and the curve over σ."""

    def __init__(self, model: InformationModel, units: UnitSource, themes: ThemeSource) -> None:
        super().__init__()
        self._model, self._units, self._themes = model, units, themes
        self._title = set_identity(QLabel(wordWrap=True), "information_gaussian_title", accessible="Question")
        self.plot = DensityPlot("information_gaussian_plot", themes, height=170)
        self.plot.setToolTip("Drag the dot to move μ, the handle to change σ; or use the arrow keys")
        self.plot.setAccessibleName("q and the prior")
        self.formula = FormulaView("information_formula", WORDS, themes)
        self._value = set_identity(QLabel(), "information_gaussian_kl", accessible="KL")
        self.waterfall, self.curve = Waterfall(themes), SigmaPlot(themes)
        self.terms = {
            # Children of the waterfall, which gives each the place of its row.
            key: FormulaView(f"information_term_{index}", key, themes, 15.0, self.waterfall)
            for index, key in enumerate(TERMS, start=1)
        }
        self.play = set_identity(
            QPushButton("Play σ → 0"), "information_play", "Shrink σ step by step and see KL grow", "Play σ → 0"
        )
        self._timer = QTimer(self, interval=FRAME_MILLISECONDS)
        self._played: Normal | None = None  # the newest q of the animation
        self._arrange()
        self._connect()
        self._refresh()

    def hideEvent(self, event: QEvent) -> None:
        """End the animation when another page is shown."""
        self._stop()

    @Slot(object, object)
    def show_state(self, old: InformationState, new: InformationState) -> None:
        """Show another q; one that the animation did not make ends it."""
        if old.q != new.q and new.q != self._played:
            self._timer.stop()
        if (old.q, old.q_name, old.q_of) != (new.q, new.q_name, new.q_of):
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        state, unit, theme = self._model.state, self._units.unit, self._themes.theme
        q = state.q
        # A narrow σ would round to 0.00.
        name = f"{state.q_name} = N({number_text(q.mean, 2)}, {number_text(q.sigma, 2 if q.sigma >= 0.1 else 3)}²)"
        prior = tone_html(theme, "truth", "N(0, 1)")
        self._title.setText(f"How far is {tone_html(theme, 'belief', name)}{state.q_of} from the prior {prior}?")
        self.plot.show_curves(
            (
                DensityCurve("truth", STANDARD.density, "prior N(0, 1)", -1.7),
                DensityCurve("belief", q.density, "", 0.0, q),
            ),
            limits_of(q),
        )
        terms = kl_terms(q)
        # Rounded together: the terms on screen add up to the KL below them.
        shown = shown_parts([term.value for term in terms], unit)
        total = number_text(sum(shown))
        self._value.setText(f"= {tone_html(theme, 'kl', total)} {unit.name}")
        rows = tuple(
            WaterfallRow(term.key, term.cause, value, number_text(value, signed=True))
            for term, value in zip(terms, shown, strict=True)
        )
        self.waterfall.show_terms(rows, kl_of_gaussians(q, STANDARD) * unit.per_nat, total, unit.name)
        self.curve.show_gaussian(q, unit.per_nat, unit.name)
        # The timer also stops by itself at the smallest σ.
        self.play.setText("Stop" if self._timer.isActive() else "Play σ → 0")

    @Slot(int, object)
    def _on_wanted(self, index: int, q: Normal) -> None:
        # Name and sample stay: it is still this q that is moved.
        self._model.preview(replace(self._model.state, q=q))

    @Slot(float)
    def _on_sigma(self, sigma: float) -> None:
        state = self._model.state
        self._model.preview(replace(state, q=Normal(state.q.mean, sigma)))

    @Slot()
    def _on_play(self) -> None:
        if self._timer.isActive():
            self._stop()
            return
        if self._model.state.q.sigma <= MIN_SIGMA * 1.01:
            # The second time, it begins at the width of the prior.
            self._on_sigma(1.0)
        self._played = self._model.state.q
        self._timer.start()
        self._refresh()

    @Slot()
    def _on_frame(self) -> None:
        q = self._model.state.q
        sigma = q.sigma * SHRINK
        self._played = Normal(q.mean, max(sigma, MIN_SIGMA))
        self._on_sigma(self._played.sigma)
        if sigma <= MIN_SIGMA:
            self._stop()

    def _stop(self) -> None:
        if self._timer.isActive():
            # The whole animation is one step of undo.
            self._timer.stop()
            self._model.commit()
            self._refresh()

    @Slot(str)
    def _light(self, key: str) -> None:
        """Highlight a term in the formula and in the waterfall."""
        self.formula.light(key)
        self.waterfall.light(key)

    @Slot()
    def _place_terms(self) -> None:
        for index, view in enumerate(self.terms.values()):
            box = self.waterfall.row_box(index)
            # Not in a layout: the rows are painted, and their height follows the text size.
            view.resize(view.sizeHint())
            view.move(0, round(box.center().y() - view.height() / 2))

    def _arrange(self) -> None:
        scale = self._themes.scale
        hint = QLabel("Drag the dot to move μ, the handle to change σ.", wordWrap=True)
        hint.setProperty("role", "muted")
        self.formula.set_tokens(FORMULA)
        for key, tex in TERMS.items():
            self.terms[key].set_tokens((Token(tex, "text", key),))
        head = QHBoxLayout()
        head.setSpacing(round(8 * scale))
        for widget in (self.formula, self._value):
            head.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        panel = PagePanel(scale)
        # The panel is a widget of its own, as a page has no ground.
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(panel)
        column = panel.column
        column.addWidget(self._title)
        column.addWidget(hint)
        column.addWidget(self.plot, 3)
        column.addLayout(head)
        column.addWidget(self.waterfall)
        column.addLayout(self._shrink_row(scale), 2)
        self._place_terms()

    def _shrink_row(self, scale: float) -> QHBoxLayout:
        title = QLabel("What if σ shrinks to 0?")
        title.setProperty("role", "head")
        words = QLabel(
            "The term −½ log σ² grows without limit, so KL goes to infinity. This keeps a VAE from shrinking q(z|x) to "
            "a point.",
            wordWrap=True,
        )
        left = QVBoxLayout()
        left.addWidget(title)
        left.addWidget(words)
        left.addStretch(1)
        left.addWidget(self.play, 0, Qt.AlignmentFlag.AlignLeft)
        self.play.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(round(12 * scale))
        row.addLayout(left, 4)
        row.addWidget(self.curve, 5)
        return row

    def _connect(self) -> None:
        self.plot.wanted.connect(self._on_wanted)
        self.plot.dropped.connect(self._model.commit)
        self.curve.wanted.connect(self._on_sigma)
        self.curve.dropped.connect(self._model.commit)
        self.play.clicked.connect(self._on_play)
        self._timer.timeout.connect(self._on_frame)
        self.formula.hovered.connect(self._light)
        self.waterfall.hovered.connect(self._light)
        self._model.changed.connect(self.show_state)
        self._units.changed.connect(self._refresh)
        self._themes.changed.connect(self._refresh)
