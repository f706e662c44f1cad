"""The bound: log p(x) of the followed sample, its ELBO, and the gap between them."""

from math import isfinite

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QLabel

from explorer.jobs.queries.model_questions import FindBound
from explorer.jobs.workers.inference import Answer
from explorer.latent.bound.derivation import decimals
from explorer.latent.bound.sample_bound import POINT, SampleBound, error_words, intractable_words
from explorer.latent.bound.true_posterior import grid_decodes
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.steps import Absent
from explorer.session import View
from explorer.ui.decode.bound.bound_bars import BoundBars
from explorer.ui.decode.bound.bound_rows import bound_rows
from explorer.ui.decode.decode_state import fixed, framed_run
from explorer.ui.decode.fold import Fold, body_of
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SHARE = 0.1
"""Maximum share of the time spent on the bound while a run trains."""
FRAME_REST = 0.2
"""Seconds that a frame of a replay stays before its bound is asked for, whatever the share."""
EXACT = 0.05
"""Error in nats below which the method is only in the tooltip: no digit that is shown depends on it."""
TITLE = "The bound: log p(x) ≥ ELBO"
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOOKING = "Computing log p(x) …"
NO_SAMPLES = "the samples of this run are not available"


class SampleBounds(QObject):
    """The bounds of the probe's sample under the runs in view.

    1. Another probe sample is asked for at once, of the framed run and of each other run with a distribution q(z|x).
    2. The decodes of the grid run on the inference worker, which answers a drag in between.
    3. Newer weights are asked for again by `LiveQuestions`, within `SHARE` of the time.

    Signals
    -------
    changed : str
        The bound of a run, by its key, is known, or unknown again.
    """

    changed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session = state.store, state.session
        self._known: dict[str, SampleBound | Absent] = {}
        self._answered: dict[str, tuple[int, int]] = {}  # version and step of the models that answered
        self.questions = LiveQuestions(
            state.asker, self._on_answer, self._wanted, share=SHARE, frame_rest=FRAME_REST, parent=self
        )
        state.session.listen(self.show_view)
        for signal in (state.store.details_changed, state.store.opened, state.store.closed):
            signal.connect(self._on_run_changed)
        self._follow()

    def of(self, key: str) -> SampleBound | Absent | None:
        """Return the bound of a run, or why it has none; None until it is known for the present weights.

        While a run trains, the bound of slightly older weights stands until the next one comes.
        """
        run = self._store.get(key)
        moves = run is None or run.status == "training" or run.is_user_model
        return self._known.get(key) if moves or self.behind(key) is None else None

    def behind(self, key: str) -> int | None:
        """Return the training step of a run's bound if the weights are newer by now; else None."""
        run, answered = self._store.get(key), self._answered.get(key)
        return None if run is None or answered is None or answered[0] == run.weights else answered[1]

    def is_asked(self, key: str) -> bool:
        """Return whether a run has a sample to compute the bound of."""
        return self._wanted(key) is not None

    def show_view(self, old: View, new: View) -> None:
        """Ask again if the probe or the runs in view have changed."""
        if (old.probe, old.panes, old.active) != (new.probe, new.panes, new.active):
            self._follow()

    def _follow(self) -> None:
        """Ask for the probe's sample, unless it has been asked for; forget what nobody follows any more."""
        view = self._session.view
        probed = [] if view.probe is None else [view.probe.run]
        in_view = dict.fromkeys([*probed, *(pane.run for pane in view.panes)])
        for key in [key for key in self._known if key not in in_view]:
            self._forget(key)
        for key in in_view:
            wanted = self._wanted(key)
            if wanted == self.questions.asked(key):
                continue
            # The bound of the former sample would be read as that of this one.
            self._forget(key)
            if wanted is not None:
                self.questions.ask(wanted)

    def _forget(self, key: str) -> None:
        self.questions.drop(key)
        self._answered.pop(key, None)
        if self._known.pop(key, None) is not None:
            self.changed.emit(key)

    def _wanted(self, key: str) -> FindBound | None:
        probe, run = self._session.view.probe, self._store.runs.get(key)
        own = None if probe is None else self._store.runs.get(probe.run)
        if probe is None or probe.sample is None or run is None or own is None or run.dataset is None:
            return None
        # The same index means another sample in another data set.
        if run.description.fingerprint != own.description.fingerprint:
            return None
        # Without a density, −log p(x|z) is not defined, so that log p(x) is not either.
        framed = framed_run(self._session.view, self._store.runs)
        is_framed = framed is not None and framed.key == key
        wants = run.capabilities.density and (is_framed or run.capabilities.stochastic_posterior)
        return FindBound(key, probe.sample) if wants else None

    def _on_answer(self, answer: Answer) -> None:
        # Absent carries a reason; None means that the run could not answer at all, for lack of its data.
        value = answer.value if isinstance(answer.value, SampleBound | Absent) else Absent(NO_SAMPLES)
        self._known[answer.question.run] = value
        self._answered[answer.question.run] = answer.version, answer.step
        self.changed.emit(answer.question.run)

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        # Its data arrived, or it was closed: what can be asked may have changed.
        probe = self._session.view.probe
        if probe is not None:
            self._follow()


class BoundSection(Fold):
    """The bound of the followed sample under the framed run, or why it is not defined; hidden for a point."""

    def __init__(self, state: AppState, themes: ThemeSource) -> None:
        self._store, self._session, self._units = state.store, state.session, state.units
        self._probing = state.probing
        self.bars = BoundBars(themes)
        self._text = set_identity(QLabel(wordWrap=True), "bound_words", accessible="How log p(x) was computed")
        self._text.setProperty("role", "muted")
        body = body_of(self.bars, self._text)
        super().__init__("bound", TITLE, body, themes, folded_title="The bound", why="log_p_x_left")
        self.bounds = SampleBounds(state, self)
        self._key = ""
        self.bounds.changed.connect(self._on_changed)
        state.session.listen(self.show_view)
        state.store.details_changed.connect(self._on_changed)
        state.store.opened.connect(self._refresh)
        state.store.closed.connect(self._refresh)
        state.units.changed.connect(self._refresh)
        state.probing.preview_changed.connect(self._refresh)
        self._refresh()

    @property
    def words(self) -> str:
        """The text below the bars."""
        return "" if self._text.isHidden() else self._text.text()

    def show_view(self, old: View, new: View) -> None:
        """Show another run or sample."""
        if (old.probe, old.panes, old.active) != (new.probe, new.panes, new.active):
            self._refresh()

    @Slot(str)
    def _on_changed(self, key: str) -> None:
        if key == self._key:
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        run = framed_run(self._session.view, self._store.runs)
        self._key = "" if run is None else run.key
        # The bound needs a sample; a previewed code has none.
        self.setVisible(self.bounds.is_asked(self._key) and self._probing.preview is None)
        bound = self.bounds.of(self._key)
        if isinstance(bound, SampleBound):
            self._show(bound)
        elif isinstance(bound, Absent):
            self.bars.hide()
            self._show_words(f"Not defined: {bound.why}", "")
            self.set_brief("not defined")
        else:
            # The bars of another sample would be read as those of this one; their room is kept.
            self.bars.show()
            self.bars.set_waiting(LOOKING)
            self._show_words("", "")
            self.set_brief("…")

    def _show(self, bound: SampleBound) -> None:
        unit = self._units.unit
        self.bars.show()
        self.bars.set_rows(bound_rows(bound, unit))
        self.bars.set_facts(bound_facts(bound, unit))
        how = f"log p(x) by a grid of {bound.decodes:,} decodes, {error_words(bound, unit)}."
        why = ""
        # Above a few latent dimensions a grid is not feasible, and importance sampling takes its place.
        if bound.method != "grid":
            why = f"Of {bound.latent_dim} dimensions, {intractable_words(bound.latent_dim)}."
            how = f"log p(x) by {bound.draws:,} importance samples, {error_words(bound, unit)}."
        lack = "" if bound.elbo is not None else f" No ELBO: {POINT}."
        is_plain = bound.method == "grid" and bound.error < EXACT and not lack
        step = self.bounds.behind(self._key)
        # While a run trains, its decodes are newer than its bound, which takes longer.
        lag = "" if step is None else f"Of step {step:,}; the bound of the newest weights follows."
        shown = lag or ("" if is_plain else how + lack)
        self._show_words(shown, " ".join(text for text in (how, why, bound.note) if text))
        # As in the bars, whose numbers add up.
        likelihood = self.bars.rows[-1].value
        # In the order of the title, log p(x) ≥ ELBO.
        brief = [] if bound.elbo is None else [f"{likelihood} ≥ {self.bars.rows[1].value} {unit.name}"]
        self.set_brief(*brief, f"{likelihood} {unit.name}")

    def _show_words(self, text: str, tip: str) -> None:
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._text.setToolTip(tip)
        self.button.setToolTip(tip or "Show or hide the bound")


def bound_facts(bound: SampleBound, unit: Unit = NATS) -> dict[str, str]:
    """Return a sentence with the numbers of this sample for the card of each row that has one, by the row's name."""
    facts = {"reconstruction": cross_entropy_text(bound, unit), "log_likelihood": _cost(bound)}
    return {name: text for name, text in facts.items() if text}


def _cost(bound: SampleBound) -> str:
    """Return the cost of log p(x) of this sample, for the card that says why p(x) is hard to compute."""
    if bound.method == "grid":
        return f"Here, a grid of {bound.decodes:,} decodes was enough. In 8 dimensions: {_power(grid_decodes(8))}."
    plain = _power(grid_decodes(bound.latent_dim))
    return f"Here: {bound.draws:,} importance samples, as a grid would take {plain} decodes."


def _power(count: float) -> str:
    """Return a large number as text: ``"2.6·10¹⁸"``."""
    if not isfinite(count):
        return "more than 10³⁰⁸"
    digits, _, exponent = f"{count:.1e}".partition("e+")
    return f"{digits}·10{exponent.lstrip('0').translate(SUPERSCRIPTS)}"


def cross_entropy_text(bound: SampleBound, unit: Unit = NATS) -> str:
    """Return the reconstruction as entropy of the sample + KL, in a unit; "" if it is not a cross-entropy.

    The numbers have as many decimals as in the bars, and are rounded so that they add up.
    """
    if bound.reconstruction is None or bound.data_entropy is None:
        return ""
    digits = decimals(bound.reconstruction, bound.log_likelihood, unit=unit)
    whole, entropy = (round(value * unit.per_nat, digits) for value in (bound.reconstruction, bound.data_entropy))
    kl = f"{fixed(whole - entropy, digits)} {unit.name}"
    return f"Reconstruction {fixed(whole, digits)} = entropy of the sample {fixed(entropy, digits)} + KL {kl}."
