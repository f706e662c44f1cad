"""Where the hand is: the probe, codes that are marked, and the sample under the pointer."""

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.code_range import random_code
from explorer.session import Probe, Session
from explorer.ui.services.learned_priors import LearnedPriors
from explorer.ui.state.run_store import RunStore


class Probing(QObject):
    """Moves the session's probe, and says what else the planes mark for a moment.

    Signals
    -------
    marked_changed
        ``marked``, one code for each of some runs, changed.
    hovered_changed
        ``hovered``, the run's key and the sample under the pointer, changed; None where there is none.
    """

    marked_changed = Signal()
    hovered_changed = Signal()

    def __init__(self, session: Session, store: RunStore, priors: LearnedPriors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._priors = session, store, priors
        self.marked: dict[str, tuple[float, ...]] = {}
        self.hovered: tuple[str, int] | None = None
        self._random = np.random.default_rng(0)
        priors.drawn.connect(self._on_drawn)

    def probe_place(self, key: str, z: tuple[float, ...], *, drag: bool = False) -> None:
        """Move the probe to a place in a run's latent space; in a drag, call ``session.commit()`` at release."""
        change = self._session.preview if drag else self._session.set
        change(probe=Probe(key, z))

    def probe_sample(self, key: str, sample: int) -> None:
        """Put the probe on a sample's code in a run's latent space."""
        run = self._store.get(key)
        if run is not None and (z := run.code_of(sample)) is not None:
            self._session.set(probe=Probe(key, z, sample))

    def probe_random(self, key: str) -> None:
        """Move the probe to a random code of a run: drawn from its prior, or evenly from where its codes lie."""
        run = self._store.get(key)
        if run is None:
            return
        if run.capabilities.learned_prior:
            self._priors.draw(key, int(self._random.integers(2**31)))
        else:
            self.probe_place(key, random_code(run, self._random))

    def mark_codes(self, codes: dict[str, tuple[float, ...]]) -> None:
        """Mark one code (latent_dim,) on the plane of each of these runs, and none on the others'."""
        if codes != self.marked:
            self.marked = codes
            self.marked_changed.emit()

    def hover_sample(self, key: str, sample: int | None) -> None:
        """Say which sample of a run's data is under the pointer, so that every plane of that data can ring it."""
        hovered = None if sample is None else (key, sample)
        if hovered != self.hovered:
            self.hovered = hovered
            self.hovered_changed.emit()

    @Slot(str, object)
    def _on_drawn(self, key: str, z: tuple[float, ...]) -> None:
        self.probe_place(key, z)
