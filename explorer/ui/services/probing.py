"""The probe, marked codes and the hovered sample; and what probing needs: learned priors and typical distances."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.jobs.queries.model_questions import FindPriorComponents
from explorer.jobs.queries.plane_questions import MeasureSpread
from explorer.jobs.workers.inference import Answer
from explorer.models.priors import PriorComponents
from explorer.session import Probe, Session, View
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.run_store import RunStore


class LearnedPriors(QObject):
    """Asks each new model of a run with a learned prior for the prior's components, and keeps the newest answer.

    Signals
    -------
    changed : str
        The key of a run whose components changed.
    """

    changed = Signal(str)

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = asker.store
        self._components: dict[str, PriorComponents] = {}
        self._shapes = LiveQuestions(asker, self._on_shape, parent=self)
        # A run that opens with its weights emits no `weights_changed`.
        self._store.opened.connect(self._ask)
        self._store.weights_changed.connect(self._ask)
        self._store.closed.connect(self._forget)

    def of(self, key: str) -> PriorComponents | None:
        """Return the components of a run's learned prior; None without one, or until they are known."""
        return self._components.get(key)

    @Slot(str)
    def _ask(self, key: str) -> None:
        run = self._store.get(key)
        if run is not None and run.capabilities.learned_prior:
            # Not superseding: during training, weights change faster than answers arrive.
            self._shapes.ask(FindPriorComponents(key), supersedes=False)

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._components.pop(key, None)

    def _on_shape(self, answer: Answer) -> None:
        if isinstance(answer.value, PriorComponents):
            self._components[answer.question.run] = answer.value
            self.changed.emit(answer.question.run)


class TypicalDistances(QObject):
    """Measures the typical distance between neighbouring codes of a run, on request.

    By it, a point that is far from all samples is recognized.

    The codes keep the result: ``run.plane.neighbours.known_typical_distance``.

    Signals
    -------
    measured : str
        The key of a run whose typical distance was measured.
    """

    measured = Signal(str)

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = asker.store
        self._questions = LiveQuestions(asker, self._on_answer, parent=self)

    def want(self, key: str) -> None:
        """Measure the distance for a run's current codes, unless it is known or being measured."""
        run = self._store.get(key)
        if run is None or run.plane is None or run.plane.neighbours.known_typical_distance is not None:
            return
        # Asked while the probe is dragged: one measurement at a time is enough.
        if not self._questions.of(key).waits:
            self._questions.ask(MeasureSpread(key, run.plane.neighbours))

    def _on_answer(self, answer: Answer) -> None:
        self.measured.emit(answer.question.run)


@dataclass(frozen=True)
class Preview:
    """A code that the decode column shows instead of the probe.

    Attributes
    ----------
    words
        A description, such as "z₆ = 1.65".
    class_of
        The sample whose class a conditional model decodes; None without one.
    """

    probe: Probe
    words: str
    class_of: int | None = None


@dataclass(frozen=True, eq=False)
class MarkedLine:
    """Steps along a direction through the probe, which the planes of a run show as a line.

    Attributes
    ----------
    codes
        The code of each step, ``(steps, latent_dim)``.
    here
        The step under the mouse; None without one.
    name
        The name of the direction, such as "z₆".
    arrow
        Whether to draw an arrow from the first code to the second; the third code is a multiple of it.
    """

    run: str
    codes: NDArray[np.float32]
    here: int | None
    name: str
    arrow: bool = False


@dataclass(frozen=True, eq=False)
class MarkedInput:
    """The code of the user's own input in a run.

    ``mean`` and ``log_variance`` are ``(latent_dim,)``, ``scale_tril`` is ``(latent_dim, latent_dim)``; the latter two
    are None if the encoder does not return them.
    """

    name: str
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None = None
    scale_tril: NDArray[np.float32] | None = None


class Probing(QObject):
    """Moves the session's probe, and holds what planes and decode column show temporarily.

    Signals
    -------
    preview_changed
        ``preview``, the code that the decode column shows instead of the probe, changed.
    line_changed
        ``line``, the line of a direction, changed.
    marked_changed
        ``marked``, the marked code of each of some runs, changed.
    inputs_changed
        ``inputs``, the code of the user's own input in each of some runs, changed.
    drawn_changed
        ``drawn``, the forward passes of the followed sample whose ε was drawn, by run, changed.
    lit_changed
        ``lit``, a run and the things of it that the mouse points at, changed.
    hovered_changed
        ``hovered``, the key of a run and the sample under the cursor, or None, changed.
    """

    preview_changed = Signal()
    line_changed = Signal()
    marked_changed = Signal()
    inputs_changed = Signal()
    drawn_changed = Signal()
    lit_changed = Signal()
    hovered_changed = Signal()

    def __init__(self, session: Session, store: RunStore, priors: LearnedPriors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._priors = session, store, priors
        self.preview: Preview | None = None
        self.line: MarkedLine | None = None
        self.marked: dict[str, tuple[float, ...]] = {}
        self.inputs: dict[str, MarkedInput] = {}
        self.drawn: dict[str, ForwardPass] = {}
        self.lit: tuple[str, frozenset[str]] = ("", frozenset())
        self.lit_on_plane = False  # whether the mouse points at the thing itself, not at its symbol
        self.hovered: tuple[str, int] | None = None
        # A generator of its own: the global one belongs to trainings, which must stay reproducible.
        self._random = np.random.default_rng(0)
        session.listen(self._on_view)

    def probe_point(self, key: str, z: tuple[float, ...], *, drag: bool = False) -> None:
        """Move the probe to a code in a run's latent space. After a drag, call ``session.commit()`` at the release."""
        change = self._session.preview if drag else self._session.set
        change(probe=Probe(key, z))

    def probe_sample(self, key: str, sample: int) -> None:
        """Move the probe to a sample's code in a run's latent space."""
        run = self._store.get(key)
        if run is not None and (z := run.code_of(sample)) is not None:
            # Another sample begins without noise: its ε was not drawn yet.
            probe = self._session.view.probe
            follows = probe is not None and probe.sample == sample
            seed = self._session.view.noise_seed if follows else 0
            self._session.set(probe=Probe(key, z, sample), noise_seed=seed)

    def probe_random(self, key: str) -> None:
        """Move the probe to a random code: drawn from the prior, or without one uniformly from the codes' range."""
        run = self._store.get(key)
        if run is None:
            return
        source = code_source(run, self._priors.of(key))
        # The components of a learned prior arrive shortly after its weights.
        if source.is_known:
            self.probe_point(key, tuple(map(float, source.draw(1, self._random)[0])))

    def view_with_preview(self) -> View:
        """Return the session's View, with a previewed code as its probe."""
        view = self._session.view
        return view if self.preview is None else replace(view, probe=self.preview.probe)

    def show_preview(self, preview: Preview | None) -> None:
        """Show a code in the decode column without moving the probe; None shows the probe again."""
        if preview != self.preview:
            self.preview = preview
            self.preview_changed.emit()

    def mark_line(self, line: MarkedLine | None) -> None:
        """Mark a line on the planes of a run, or none."""
        if line is not self.line:
            self.line = line
            self.line_changed.emit()

    def mark_codes(self, codes: dict[str, tuple[float, ...]]) -> None:
        """Mark one code, ``(latent_dim,)``, on the plane of each of these runs, and none on others."""
        if codes != self.marked:
            self.marked = codes
            self.marked_changed.emit()

    def mark_inputs(self, inputs: dict[str, MarkedInput]) -> None:
        """Mark the user's own input on the planes of these runs, and none on others."""
        if inputs or self.inputs:
            self.inputs = inputs
            self.inputs_changed.emit()

    def mark_draws(self, passes: dict[str, ForwardPass]) -> None:
        """Show the draws of these forward passes on the planes of their runs, and none on others."""
        if passes or self.drawn:
            self.drawn = passes
            self.drawn_changed.emit()

    def light(self, key: str, things: frozenset[str], *, on_plane: bool = False) -> None:
        """Light things of a run: overlays by name, its decode, the real sample; an empty set lights nothing.

        With ``on_plane`` the mouse points at the thing on a plane.
        """
        lit = (key, things) if things else ("", frozenset[str]())
        if (lit, on_plane) != (self.lit, self.lit_on_plane):
            self.lit, self.lit_on_plane = lit, on_plane
            self.lit_changed.emit()

    def _on_view(self, old: View, new: View) -> None:
        # If the probe moves, show it instead of the preview.
        if old.probe != new.probe:
            self.show_preview(None)
        # A pane that closes under the mouse can no longer switch the highlight off.
        if old.panes != new.panes and self.lit[0] not in {pane.run for pane in new.panes}:
            self.light("", frozenset())

    def hover_sample(self, key: str, sample: int | None) -> None:
        """Set the sample under the cursor, so that all planes of the same data can ring it."""
        hovered = None if sample is None else (key, sample)
        if hovered != self.hovered:
            self.hovered = hovered
            self.hovered_changed.emit()
