"""What the Information window shows, as one frozen value, with undo and redo.

1. A control calls `InformationModel.preview` while it is dragged, and `commit` when it is released; `set` does both.
2. The model replaces its `InformationState` and emits ``changed`` with both. Pages draw what differs.
3. A commit makes one step of undo. Page and preset in view belong to the state, so undo returns to them.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.latent.information.discrete import scaled_others
from explorer.latent.information.gaussian import Normal
from explorer.latent.information.presets import BY_NAME, RATINGS, GaussianPair, Outcomes, Page, Preset

MAX_STEPS = 200
"""Number of steps of undo that are kept."""
FIRST_Q = Normal(1.2, 0.45)
FIRST_PAIR = BY_NAME["overlap"].densities or GaussianPair(Normal(0, 1), Normal(0, 1))


@dataclass(frozen=True)
class InformationState:
    """Everything that the window shows except the unit.

    Attributes
    ----------
    presets
        The preset chosen last on each page.
    outcomes, locked
        The outcomes of the first page, and the indices of those that keep their probability.
    drawn
        Number of events drawn so far.
    pair
        The two Gaussians of the second page.
    q, q_name, q_of
        The Gaussian of the third page, its name, and the sample that it belongs to.
    """

    page: Page = "bars"
    presets: tuple[tuple[Page, str], ...] = (("bars", "ratings"), ("densities", "overlap"), ("gaussian", "prior"))
    outcomes: Outcomes = RATINGS
    locked: frozenset[int] = frozenset()
    drawn: int = 0
    pair: GaussianPair = FIRST_PAIR
    q: Normal = FIRST_Q
    q_name: str = "q"
    q_of: str = ""

    @property
    def preset(self) -> str:
        """The preset of the page in view."""
        return dict(self.presets)[self.page]

    def with_preset(self, preset: Preset, **values: Any) -> "InformationState":
        """Return the state with a preset, and with ``values`` if they come from a run."""
        presets = tuple((page, preset.name if page == preset.page else name) for page, name in self.presets)
        found: dict[str, Any] = {"page": preset.page, "presets": presets}
        if preset.page == "bars":
            found |= {"outcomes": preset.outcomes, "locked": frozenset(), "drawn": 0}
        elif preset.page == "densities":
            found |= {"pair": preset.densities}
        else:
            found |= {"q": preset.gaussian, "q_name": "q", "q_of": ""}
        return replace(self, **(found | values))

    def with_probability(self, index: int, *, truth: bool, value: float) -> "InformationState":
        """Return the state with one probability of P or Q set, and the others of its case scaled to a sum of 1."""
        outcomes = self.outcomes
        values = np.array(outcomes.p if truth else outcomes.q)
        if outcomes.separate:
            values[index] = min(max(value, 0.0), 1.0)
            # There is no belief about an event by itself: Q follows P, and KL stays 0.
            same = tuple(values.tolist())
            return replace(self, outcomes=replace(outcomes, p=same, q=same))
        # Only the outcomes of one case share a sum of 1.
        rows = [row for row, case in enumerate(outcomes.cases) if case == outcomes.cases[index]]
        locked = [row in self.locked for row in rows]
        values[rows] = scaled_others(values[rows], rows.index(index), value, locked)
        found = tuple(map(float, values))
        changed = replace(outcomes, p=found) if truth else replace(outcomes, q=found)
        return replace(self, outcomes=changed)


class InformationModel(QObject):
    """Holds the state of the window, with undo and redo.

    Signals
    -------
    changed : InformationState, InformationState
        The old and the new state.
    """

    changed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = InformationState()
        self._base: InformationState | None = None  # before the present drag
        self._past: list[InformationState] = []
        self._future: list[InformationState] = []

    @property
    def is_dragging(self) -> bool:
        """Whether a preview has not been committed yet."""
        return self._base is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._future)

    def preview(self, new: InformationState) -> None:
        """Show a state during a drag, without an undo step."""
        if self._base is None:
            self._base = self.state
        self._show(new)

    @Slot()
    def commit(self) -> None:
        """End a drag: it becomes one step of undo."""
        base, self._base = self._base, None
        if base is None or base == self.state:
            return
        # The oldest steps are dropped, the newest kept.
        self._past = [*self._past, base][-MAX_STEPS:]
        self._future = []
        self.changed.emit(self.state, self.state)

    def set(self, new: InformationState) -> None:
        """Show a state as one step of undo, after a drag that has not ended."""
        self.commit()
        self.preview(new)
        self.commit()

    def turn_to(self, page: Page) -> None:
        """Show a page; this is not an undo step."""
        self._show(replace(self.state, page=page))

    @Slot()
    def undo(self) -> None:
        """Return to the state before the last step."""
        self.commit()
        if self._past:
            self._future.append(self.state)
            self._return_to(self._past.pop())

    @Slot()
    def redo(self) -> None:
        """Return to the state before the last undo."""
        self.commit()
        if self._future:
            self._past.append(self.state)
            self._return_to(self._future.pop())

    def _return_to(self, state: InformationState) -> None:
        # Also announced if nothing differs but the page: undo and redo can be possible now, or no longer.
        old, self.state = self.state, state
        self.changed.emit(old, state)

    def _show(self, new: InformationState) -> None:
        old, self.state = self.state, new
        if old != new:
            self.changed.emit(old, new)
