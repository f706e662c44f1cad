"""What the first start shows before the first click: a followed sample, its decodes, and a path between two others.

1. `begin` waits until the runs of all panes are open, and their data are loaded or missing. The window is painted
   long before.
2. A background task chooses the sample and the path of the active run (`first_look`).
3. They are shown together, as no step of undo. Whoever has done something meanwhile keeps their own view.
"""

from PySide6.QtCore import QObject, Slot

from explorer.jobs.plane.first_look import FirstLook, first_look
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.ui.services.app_state import AppState


class FirstStart(QObject):
    """Shows a sample and a path of the active run once; see the module's docstring."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._tasks, self._paths = state.session, state.store, state.tasks, state.paths
        self._waits = False
        # Codes, data, or the reason why there are none, may be the last to arrive.
        for signal in (self._store.opened, self._store.details_changed, self._store.plane_changed):
            signal.connect(self._on_run)

    def begin(self) -> None:
        """Wait for the runs of the panes in view."""
        self._waits = True

    @property
    def _is_untouched(self) -> bool:
        """Whether the user has neither clicked a plane nor done anything else that can be undone."""
        session = self._session
        return session.view.probe is None and session.view.path is None and not session.undo_name

    @Slot(str)
    def _on_run(self, _: str) -> None:
        if not self._waits:
            return
        view = self._session.view
        runs = {pane.run: self._store.get(pane.run) for pane in view.panes}
        if not self._is_untouched or not runs:
            self._waits = False
        elif all(run is not None and _is_complete(run) for run in runs.values()):
            self._waits = False
            run = runs[view.panes[view.active].run]
            assert run is not None and run.plane is not None
            key, plane = run.key, run.plane
            # In the second thread: the first loads parts of torch at this time.
            self._tasks.do(
                "first look", lambda _: first_look(key, plane), lambda look: self._show(view, look), aside=True
            )

    def _show(self, view: View, look: FirstLook | None) -> None:
        if look is not None and self._is_untouched and self._session.view.panes == view.panes:
            self._session.set_silent(probe=look.probe, path=look.path)
            # This path is an example; the first click in path mode begins the user's own.
            self._paths.end()


def _is_complete(run: OpenRun) -> bool:
    return run.plane is not None and (run.dataset is not None or bool(run.missing_data))
