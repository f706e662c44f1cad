"""The window's actions on panes: what they do, and when they are enabled."""

from PySide6.QtCore import QObject, Slot

from explorer.session import View
from explorer.ui.actions.actions import Actions
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import NO_ROOM, is_full

OF_SEVERAL = ("link_views", "same_scale", "enlarge_pane", "pane_left", "pane_right", "next_pane", "previous_pane")
"""Actions that need more than one pane."""
OF_ONE = ("close_pane", "fit", "random", "save_plane")
"""Actions that need a pane."""


class PaneActions(QObject):
    """Connects the actions on panes; enables and checks them according to the View."""

    def __init__(self, state: AppState, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session, self._pane_verbs = state.session, state.panes
        self._duplicate_tip = actions["duplicate_pane"].toolTip()
        for name, slot in (
            ("link_views", self._link),
            ("same_scale", self._scale),
            ("enlarge_pane", self._enlarge),
            ("duplicate_pane", self._duplicate),
            ("pane_left", self._move_left),
            ("pane_right", self._move_right),
            ("next_pane", self._next),
            ("previous_pane", self._previous),
            ("close_pane", self._close),
            ("reopen_pane", self._reopen),
        ):
            actions.on(name, slot)
        state.session.listen(self.show_view)
        self.show_view(View(), state.session.view)

    def show_view(self, old: View, new: View) -> None:
        """Update which actions are enabled and checked."""
        actions, several = self._actions, len(new.panes) > 1
        for name in OF_SEVERAL:
            actions[name].setEnabled(several)
        full = is_full(self._session)
        for name in OF_ONE:
            actions[name].setEnabled(bool(new.panes))
        actions["duplicate_pane"].setEnabled(bool(new.panes) and not full)
        # A disabled action explains itself by its tooltip.
        actions["duplicate_pane"].setToolTip(NO_ROOM if full else self._duplicate_tip)
        actions["reopen_pane"].setEnabled(self._pane_verbs.can_reopen)
        actions["link_views"].setChecked(new.linked)
        actions["same_scale"].setChecked(new.same_scale)
        actions["enlarge_pane"].setChecked(several and new.enlarged)

    @property
    def _active(self) -> int:
        return self._session.view.active

    @Slot(bool)
    def _link(self, linked: bool) -> None:
        # Not an undo step: linking changes how planes move, not what they show.
        self._session.set_silent(linked=linked)

    @Slot(bool)
    def _scale(self, same_scale: bool) -> None:
        # What can be compared by eye changes, so this is a step of undo, as an overlay is.
        self._session.set(same_scale=same_scale)

    @Slot()
    def _enlarge(self) -> None:
        self._pane_verbs.enlarge(self._active)

    @Slot()
    def _duplicate(self) -> None:
        self._pane_verbs.duplicate(self._active)

    @Slot()
    def _move_left(self) -> None:
        self._pane_verbs.move(-1)

    @Slot()
    def _move_right(self) -> None:
        self._pane_verbs.move(1)

    @Slot()
    def _next(self) -> None:
        self._pane_verbs.turn_to(1)

    @Slot()
    def _previous(self) -> None:
        self._pane_verbs.turn_to(-1)

    @Slot()
    def _close(self) -> None:
        # The shortcut works without a pane, too.
        if self._session.view.panes:
            self._pane_verbs.close(self._active)

    @Slot()
    def _reopen(self) -> None:
        self._pane_verbs.reopen()
