"""The overlays' actions: which are on, and why one is not defined for the active run."""

from PySide6.QtCore import QObject, Slot

from explorer.jobs.overlays.catalog import GROUPS, NAMES, overlays
from explorer.session import View
from explorer.ui.actions.actions import Actions
from explorer.ui.services.app_state import AppState

OVERLAY_ACTIONS = tuple(f"overlay_{name}" for name in NAMES)
OVERLAY_MENU = " - ".join(" ".join(f"overlay_{name}" for name in group) for group in GROUPS)
"""Their names as `explorer.ui.actions.menus` has them, groups apart."""


class OverlayActions(QObject):
    """Keeps them in line with the View, and the View with them.

    An overlay that the active run lacks can be switched on all the same: other panes may have it.
    """

    def __init__(self, state: AppState, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session, self._store = state.session, state.store
        for name in OVERLAY_ACTIONS:
            actions.on(name, self._set)
        for signal in (state.store.opened, state.store.details_changed, state.store.plane_changed):
            signal.connect(self._on_run)
        state.session.listen(self.show_view)
        self.show_view(View(), state.session.view)

    def show_view(self, old: View, new: View) -> None:
        """Check what is on."""
        for name in NAMES:
            self._actions[f"overlay_{name}"].setChecked(name in new.overlays)
        if old.active_run != new.active_run:
            self._tell_why()

    @Slot()
    def _set(self) -> None:
        on = {name for name in NAMES if self._actions[f"overlay_{name}"].isChecked()}
        others = self._session.view.overlays - set(NAMES)  # a session of another version may have some
        self._session.set(overlays=frozenset(on | others))

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self._session.view.active_run:
            self._tell_why()

    def _tell_why(self) -> None:
        run = self._store.runs.get(self._session.view.active_run or "")
        for overlay in overlays():
            why = overlay.why_not(run) if run is not None else ""
            lack = f". Not defined for {run.name}: {why}" if run is not None and why else ""
            self._actions[f"overlay_{overlay.name}"].setToolTip(f"{overlay.tip}{lack}")
