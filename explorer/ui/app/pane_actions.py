"""What the window's actions do with the active pane, and which of them can be done."""

from PySide6.QtCore import QObject, Slot

from explorer.session import View
from explorer.ui.actions.actions import Actions
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import NO_ROOM, is_full

OF_SEVERAL = ("link_views", "enlarge_pane", "pane_left", "pane_right", "next_pane", "previous_pane")
"""What needs more than one pane."""
OF_ONE = ("close_pane", "fit", "random", "save_plane")
"""What needs a pane."""


class PaneActions(QObject):
    """Connects the actions of panes, and keeps them enabled and checked as the View is."""

    def __init__(self, state: AppState, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session, self._pane_verbs = state.session, state.panes
        self._duplicate_tip = actions["duplicate_pane"].toolTip()
        for name, slot in (
            ("link_views", self._link),
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
        """Check and enable what can be done."""
        actions, several = self._actions, len(new.panes) > 1
        for name in OF_SEVERAL:
            actions[name].setEnabled(several)
        full = is_full(self._session)
        for name in OF_ONE:
            actions[name].setEnabled(bool(new.panes))
        actions["duplicate_pane"].setEnabled(bool(new.panes) and not full)
        actions["duplicate_pane"].setToolTip(NO_ROOM if full else self._duplicate_tip)
        actions["reopen_pane"].setEnabled(self._pane_verbs.can_reopen)
        actions["link_views"].setChecked(new.linked)
        actions["enlarge_pane"].setChecked(several and new.enlarged)

    @property
    def _active(self) -> int:
        return self._session.view.active

    @Slot(bool)
    def _link(self, linked: bool) -> None:
        self._session.set_silent(linked=linked)

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
        if self._session.view.panes:
            self._pane_verbs.close(self._active)

    @Slot()
    def _reopen(self) -> None:
        self._pane_verbs.reopen()
