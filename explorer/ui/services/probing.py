"""The probe, marked codes and the hovered sample."""

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.code_range import random_code
from explorer.session import Probe, Session
from explorer.ui.services.learned_priors import LearnedPriors
from explorer.ui.state.run_store import RunStore


class Probing(QObject):
    """Moves the session's probe, and holds what the planes mark temporarily.

    Signals
    -------
    marked_changed
        ``marked``, the marked code of each of some runs, changed.
    hovered_changed
        ``hovered``, the key of a run and the sample under the cursor, or None, changed.
    """

    marked_changed = Signal()
    hovered_changed = Signal()

    def __init__(self, session: Session, store: RunStore, priors: LearnedPriors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._priors = session, store, priors
        self.marked: dict[str, tuple[float, ...]] = {}
        self.hovered: tuple[str, int] | None = None
        # A generator of its own: the global one belongs to trainings, which must stay reproducible.
        self._random = np.random.default_rng(0)
        priors.drawn.connect(self._on_drawn)

    def probe_place(self, key: str, z: tuple[float, ...], *, drag: bool = False) -> None:
        """Move the probe to a code in a run's latent space. After a drag, call ``session.commit()`` at the release."""
        change = self._session.preview if drag else self._session.set
        change(probe=Probe(key, z))

    def probe_sample(self, key: str, sample: int) -> None:
        """Move the probe to a sample's code in a run's latent space."""
        run = self._store.get(key)
        if run is not None and (z := run.code_of(sample)) is not None:
            self._session.set(probe=Probe(key, z, sample))

    def probe_random(self, key: str) -> None:
        """Move the probe to a random code: drawn from the prior, or without one uniformly from the codes' range."""
        run = self._store.get(key)
        if run is None:
            return
        # Only the model can draw from a learned prior: the code arrives by `_on_drawn`.
        if run.capabilities.learned_prior:
            self._priors.draw(key, int(self._random.integers(2**31)))
        else:
            self.probe_place(key, random_code(run, self._random))

    def mark_codes(self, codes: dict[str, tuple[float, ...]]) -> None:
        """Mark one code, ``(latent_dim,)``, on the plane of each of these runs, and none on others."""
        if codes != self.marked:
            self.marked = codes
            self.marked_changed.emit()

    def hover_sample(self, key: str, sample: int | None) -> None:
        """Set the sample under the cursor, so that all planes of the same data can ring it."""
        hovered = None if sample is None else (key, sample)
        if hovered != self.hovered:
            self.hovered = hovered
            self.hovered_changed.emit()

    @Slot(str, object)
    def _on_drawn(self, key: str, z: tuple[float, ...]) -> None:
        self.probe_place(key, z)
