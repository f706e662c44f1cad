"""The last counterfactual: its sample, and the point where the predicted class changes."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from explorer.session import Session, View


@dataclass(frozen=True)
class MarkedTurn:
    """The point at which the predicted class changes, on the planes of a run.

    Attributes
    ----------
    code
        The code of the counterfactual, ``(latent_dim,)`` floats.
    sample
        The sample that it is the counterfactual of.
    words
        The label at this point, such as "turns to 3".
    waypoints
        Both ends of the line through it.
    """

    run: str
    code: tuple[float, ...]
    sample: int
    words: str
    waypoints: tuple[tuple[float, ...], tuple[float, ...]]


class Counterfactuals(QObject):
    """Passes requests for counterfactuals to the window, and holds the last one for the planes.

    Signals
    -------
    wanted : str, int
        The user wants the counterfactual of a sample, in the run with this key.
    changed
        The result of `turn_in` changed.
    """

    wanted = Signal(str, int)
    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_open = False  # whether the dialog shows it
        self._turn: MarkedTurn | None = None
        session.listen(self._on_view)

    def turn_in(self, key: str) -> MarkedTurn | None:
        """Return the mark for the planes of a run; None unless the dialog is open or the path passes through it."""
        turn, path = self._turn, self._session.view.path
        if turn is None or key != turn.run:
            return None
        is_path = path is not None and path.run == key and tuple(place.z for place in path.waypoints) == turn.waypoints
        return turn if self._is_open or is_path else None

    def show(self, turn: MarkedTurn | None) -> None:
        """Mark a counterfactual, or none, while its dialog is open."""
        self._is_open, self._turn = True, turn
        self.changed.emit()

    def close(self) -> None:
        """Mark the counterfactual only as long as the path goes through it."""
        if self._is_open:
            self._is_open = False
            self.changed.emit()

    def _on_view(self, old: View, new: View) -> None:
        if old.path != new.path and self._turn is not None and not self._is_open:
            self.changed.emit()
