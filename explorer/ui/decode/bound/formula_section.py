"""The formula of the bound for the followed sample: its terms with numbers, its derivation, and the KL worked out.

1. `SampleBounds` brings the bound of the framed run; `bound_numbers` rounds its terms once for all that is shown here.
2. Formulas are typeset in the background at first, as matplotlib takes long to import.
3. A symbol under the mouse lights its thing by `Probing.light`: on the plane, in the pictures, and in the formulas.
"""

from math import isfinite

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.bound.derivation import BoundNumbers, DerivationLine, bound_numbers, closed_form, derivation
from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.plane.projection import dimension_name
from explorer.rendering.bound_formula import CLOSED_FORM, LINES, TERMS
from explorer.rendering.typeset import Token, typeset
from explorer.session import View
from explorer.ui.decode.bound.bound_formula_view import BoundFormula, draw_formula, fitting_size
from explorer.ui.decode.bound.bound_section import SampleBounds
from explorer.ui.decode.decode_state import framed_run
from explorer.ui.decode.fold import Fold, body_of
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font, strong_font
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

MAX_DIMENSIONS = 6
"""Number of dimensions whose KL is worked out; of more, those with the largest."""
NO_CLOSED_FORM = "no closed form: "


WorkedLine = tuple[str, str, tuple[Token, ...]]
"""A reason, the numbers, and the formula that they stand for, or ()."""


class WorkedLines(QWidget):
    """Lines of a calculation: each a reason, the numbers, and the formula that they stand for.

    The numbers stand at the right of the reason or, where there is no room, below it.
    """

    def __init__(self, name: str, title: str, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._ready = False
        self.lines: tuple[WorkedLine, ...] = ()
        set_identity(self, name, accessible=title)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)

    def show_lines(self, lines: tuple[WorkedLine, ...], *, ready: bool) -> None:
        """Show lines of (reason, numbers, formula); formulas only once they can be typeset."""
        self.lines, self._ready = lines, ready
        self.setAccessibleDescription("; ".join(f"{reason}: {numbers}" for reason, numbers, _ in lines))
        self._fit_height()

    def sizeHint(self) -> QSize:
        """Return the preferred size at the present width, in pixels."""
        return QSize(120, round(sum(map(self._height, self.lines))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the numbers of each line where there is room."""
        super().resizeEvent(event)
        self._fit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        theme, line, y = self._themes.theme, self._line(), 0.0
        formulas = [[tokens] for _, _, tokens in self.lines if tokens and self._ready]
        # One size for all lines.
        size = fitting_size(formulas, 0.0, self.width(), self._themes.scale) if formulas else None
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for reason, numbers, tokens in self.lines:
                painter.setFont(small_font())
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(0, y, self.width(), line), LEFT, reason)
                y += 0 if self._fits(reason, numbers) else line
                painter.setFont(strong_font())
                painter.setPen(QColor(theme.text))
                painter.drawText(QRectF(0, y, self.width(), line), RIGHT, numbers)
                y += line
                if tokens and size is not None:
                    draw_formula(painter, typeset(tokens, size), QPointF(0, y + 1), theme)
                y += self._formula_height() if tokens else 0

    def _height(self, line: WorkedLine) -> float:
        reason, numbers, tokens = line
        rows = 1 if self._fits(reason, numbers) else 2
        return rows * self._line() + (self._formula_height() if tokens else 0)

    def _fits(self, reason: str, numbers: str) -> bool:
        small, strong = QFontMetricsF(small_font()), QFontMetricsF(strong_font())
        return small.horizontalAdvance(reason) + strong.horizontalAdvance(numbers) + 10 <= self.width()

    def _line(self) -> float:
        return 1.3 * QFontMetricsF(small_font()).height()

    def _formula_height(self) -> float:
        return 24 * self._themes.scale

    @Slot()
    def _fit_height(self) -> None:
        height = max(1, self.sizeHint().height())
        if height != self.height():
            self.setFixedHeight(height)
        self.update()


class FormulaSection(Fold):
    """The formula of the followed sample under the framed run; hidden where there is no ELBO."""

    def __init__(self, state: AppState, bounds: SampleBounds, themes: ThemeSource) -> None:
        self._state, self._bounds = state, bounds
        # Set before `super().__init__`: from then on Qt may call the event handlers.
        self._ready = self._is_asked = False
        self._bound: SampleBound | None = None
        self._numbers: BoundNumbers | None = None
        self._key = ""
        self.view = BoundFormula(themes)
        self.steps = WorkedLines("derivation_lines", "Derivation of the ELBO", themes)
        self.kl_lines = WorkedLines("closed_form_lines", "KL of each dimension in closed form", themes)
        self.derive = Fold("derive", "Derive", self.steps, themes, starts_open=False, why="log_p_x_left")
        self.closed = Fold("closed_form", "KL worked out", self.kl_lines, themes, starts_open=False, why="closed_form")
        body = body_of(self.view, self.closed, self.derive)
        super().__init__("formula", "The bound as a formula", body, themes, folded_title="Formula")
        self.view.hovered.connect(self._on_hovered)
        for fold in (self.derive, self.closed):
            fold.toggled.connect(self._on_inner)
        bounds.changed.connect(self._on_changed)
        for signal in (state.store.opened, state.store.details_changed, state.store.closed, state.units.changed):
            signal.connect(self._refresh)
        state.probing.lit_changed.connect(self._show_lit)
        state.probing.preview_changed.connect(self._refresh)
        state.session.listen(self.show_view)
        self._refresh()

    def show_view(self, old: View, new: View) -> None:
        """Show another run or sample."""
        if (old.probe, old.panes, old.active) != (new.probe, new.panes, new.active):
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Typeset in the background when first needed."""
        super().showEvent(event)
        if not self._is_asked:
            self._is_asked = True
            self._state.tasks.do("formulas", lambda _: _typeset_all(), self._on_ready, aside=True)

    @Slot(str)
    def _on_changed(self, key: str) -> None:
        if key == self._key:
            self._refresh()

    def _on_ready(self, _: None) -> None:
        self._ready = True
        self.view.set_ready()
        self._show_numbers()

    @Slot()
    @Slot(str)
    def _refresh(self, _: str = "") -> None:
        run = framed_run(self._state.session.view, self._state.store.runs)
        # The key decides which answers and which hovers concern this section.
        self._key = "" if run is None else run.key
        bound = self._bounds.of(self._key)
        self._bound = bound if isinstance(bound, SampleBound) else None
        self._numbers = None if self._bound is None else bound_numbers(self._bound, self._state.units.unit)
        # While another sample is computed, the section keeps its place.
        waits = bound is None and self._bounds.is_asked(self._key)
        has_posterior = run is not None and run.capabilities.stochastic_posterior
        is_defined = self._numbers is not None or (waits and has_posterior)
        self.setVisible(is_defined and self._state.probing.preview is None)
        self._show_numbers()

    def _show_numbers(self) -> None:
        numbers = self._numbers
        unit = self._state.units.unit
        self.view.show_numbers(numbers, unit.name)
        lines = () if numbers is None else derivation(numbers)
        self.steps.show_lines(tuple(map(_numbered, range(1, len(lines) + 1), lines)), ready=self._ready)
        if numbers is None:
            self.set_brief("…")
            self.derive.set_brief("…")
        else:
            terms = numbers.expected_likelihood, numbers.kl, numbers.gap, numbers.log_likelihood
            first, kl, gap, whole = map(numbers.text, terms)
            self.set_brief(f"{whole} = {first} − {kl} + {gap}", f"{whole} {unit.name}")
            self.derive.set_brief(f"{numbers.text(numbers.log_likelihood)} ≥ {numbers.text(numbers.elbo)}")
        self._show_closed_form()

    def _show_closed_form(self) -> None:
        run, bound, numbers = self._state.store.runs.get(self._key), self._bound, self._numbers
        if run is None or bound is None or numbers is None or bound.q_mean is None or bound.q_covariance is None:
            self.kl_lines.show_lines((), ready=self._ready)
            self.closed.set_brief("…")
            return
        if why := _why_no_closed_form(run, bound.q_covariance):
            self.kl_lines.show_lines(((f"{NO_CLOSED_FORM}{why}", "", ()),), ready=self._ready)
            self.closed.set_brief("no closed form")
            return
        digits, unit = numbers.digits, self._state.units.unit
        total = numbers.kl if isfinite(numbers.kl) else None
        lines = closed_form(bound.q_mean, np.log(bound.q_covariance.diagonal()), digits, unit, total=total)
        largest = sorted(range(len(lines)), key=lambda index: -lines[index].kl)[:MAX_DIMENSIONS]
        shown: list[WorkedLine] = [("Each dimension of a diagonal Gaussian q:", "", CLOSED_FORM)]
        shown += [(dimension_name(index), lines[index].text(digits), ()) for index in sorted(largest)]
        rest = round(sum(line.kl for index, line in enumerate(lines) if index not in largest), digits)
        if len(lines) > MAX_DIMENSIONS:
            shown.append((f"the other {len(lines) - MAX_DIMENSIONS}", numbers.text(rest), ()))
        self.kl_lines.show_lines(tuple(shown), ready=self._ready)
        self.closed.set_brief(f"KL = {numbers.text(numbers.kl)} {unit.name}")

    @Slot()
    def _on_inner(self) -> None:
        # A calculation that was just opened must not fold because there is too little room; the column scrolls instead.
        if self.derive.is_open or self.closed.is_open:
            self.choose(True)

    @Slot(frozenset)
    def _on_hovered(self, things: frozenset[str]) -> None:
        self._state.probing.light(self._key, things)

    @Slot()
    def _show_lit(self) -> None:
        run, things = self._state.probing.lit
        self.view.set_lit(things if run == self._key else frozenset())


def _numbered(number: int, line: DerivationLine) -> WorkedLine:
    return f"{number}  {line.reason}", line.numbers, LINES[line.key]


def _why_no_closed_form(run: OpenRun, covariance: NDArray[np.float64]) -> str:
    """Return why the KL is not the sum of ½(μ² + σ² − log σ² − 1) over the dimensions, or "" if it is."""
    if not code_source(run).has_normal_prior:
        return "the prior is a mixture"
    is_diagonal = np.count_nonzero(covariance) == np.count_nonzero(covariance.diagonal())
    return "" if is_diagonal else "q(z|x) has a full covariance"


def _typeset_all() -> None:
    """Typeset every token once, so that the window never waits for it."""
    signs = tuple(map(Token, ("-", "+", "=")))
    for tokens in (*(term.tokens for term in TERMS), *LINES.values(), CLOSED_FORM, signs):
        typeset(tokens, 1.0)
