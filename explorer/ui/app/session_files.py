"""Session files: saved and opened by the user, and kept from one start to the next.

1. `save` writes the View as JSON in the background; once written, the file becomes the one in use.
2. `open` reads a file and opens the runs of its panes.
3. `keep` writes the session when the window closes, without models that are in memory only.
4. `restore` reads it at the next start. A missing run or a damaged file never prevents the window from opening.
"""

import json
import logging
import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.data.reading.limits import RUN_JSON_BYTES
from explorer.runs.files import read_json, replace_json
from explorer.session import Session, View, view_from_json
from explorer.ui.services.app_state import AppState

LOG = logging.getLogger(__name__)
SUFFIX = ".session.json"
_UNREADABLE = (OSError, ValueError)
"""All exceptions that reading a session can raise, whatever the file contains."""


class SessionFiles(QObject):
    """Writes and reads sessions; ``path`` is the file in use, None for a session that was never saved.

    Signals
    -------
    path_changed
        ``path`` changed.
    """

    path_changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages, self._tasks, self._opener = state.messages, state.tasks, state.opener
        self._session, self._store = state.session, state.store
        self.path: Path | None = None
        self._saving: Path | None = None
        state.tasks.saved.connect(self._on_saved)

    def save(self, path: Path) -> None:
        """Write the session in the background; ``path`` becomes the file in use once it is written."""
        session, in_memory = self._to_store()
        if in_memory:
            names = " and ".join(in_memory)
            self._messages.notify(f"{names} exists only in memory, so the session is saved without it")
        # Set the title only after the file is written: a failed save must not look like success.
        self._saving = path
        self._tasks.save(path, lambda _: replace_json(path, session.to_json()))

    def keep(self, path: Path) -> None:
        """Write the session for the next start, unless all its runs are in memory only."""
        session, in_memory = self._to_store()
        # Keep the previous session: it is more useful than an empty one.
        if in_memory and not session.view.panes:
            return
        try:
            # Save in this thread: the program is ending, and a task might not run any more.
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_json(path, session.to_json())
        except OSError:
            LOG.exception("%s: the session is not kept", path)  # must not prevent the window from closing

    def open(self, path: Path) -> bool:
        """Open a session and its runs; return False, with a message to the user, if the file is no session."""
        view = self._read(path)
        if view is None or not self._show(path, view):
            return False
        self.path, self._saving = path, None
        self.path_changed.emit()
        return True

    def restore(self, path: Path) -> bool:
        """Open the last session; return False if one of its runs is missing or the file is damaged.

        The window opens whatever the file contains; the user gets a message about a damaged one.
        """
        try:
            view = self._parsed(path) if path.exists() else None
            # Open all runs or none: with only some of them it would be another comparison.
            whole = view is not None and all(Path(pane.run, "run.json").is_file() for pane in view.panes)
        except _UNREADABLE as error:
            LOG.warning("%s: the last session is not opened", path, exc_info=error)
            self._messages.notify(
                f"{path}: the last session cannot be opened ({_reason(error)}); the window starts without it"
            )
            return False
        return view is not None and bool(view.panes) and whole and self._show(path, view)

    def _show(self, path: Path, view: View) -> bool:
        """Open a View; return False, with a message to the user, if that fails."""
        try:
            self._opener.open_view(view)
        # The values are valid, but a panel may fail on an odd combination; the window must open all the same.
        except Exception:
            LOG.exception("%s: the session cannot be shown", path)
            self._messages.notify(f"{path}: this session cannot be shown; the program's log has the details")
            return False
        return True

    def _to_store(self) -> tuple[Session, list[str]]:
        """Return the session without models that are in memory only, and the names of those shown."""
        # A copy: the visible session keeps its panes.
        session = Session(self._session.view)
        user_models = [run for run in self._store.runs.values() if run.is_user_model]
        shown = [run.name for run in user_models if any(pane.run == run.key for pane in session.view.panes)]
        for run in user_models:
            session.rename_run(run.key, None)
        return session, shown

    @Slot(str)
    def _on_saved(self, name: str) -> None:
        # `saved` is emitted for every file that the window writes.
        if self._saving is not None and name == str(self._saving):
            self.path, self._saving = self._saving, None
            self.path_changed.emit()

    def _read(self, path: Path) -> View | None:
        try:
            return self._parsed(path)
        except _UNREADABLE as error:
            self._messages.notify(f"{path}: cannot be opened as a session ({_reason(error)})")
            return None

    def _parsed(self, path: Path) -> View:
        return view_from_json(read_json(Path(os.path.realpath(path)), RUN_JSON_BYTES))


def is_session(path: Path) -> bool:
    """Return whether a file has the suffix of a session."""
    return path.name.endswith(SUFFIX)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "it is not JSON"
    if isinstance(error, ConfigError):
        return str(error)
    return getattr(error, "strerror", None) or str(error)
