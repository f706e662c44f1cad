"""Sessions as files: saved, opened, and kept from one start to the next."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from explorer.config import ConfigError
from explorer.runs.files import replace_json
from explorer.session import View, view_from_json
from explorer.ui.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIX = ".session.json"


class SessionFiles(QObject):
    """Writes and reads sessions; ``path`` is the file in use, None for one that was never saved.

    Signals
    -------
    path_changed
        ``path`` is another.
    """

    path_changed = Signal()

    def __init__(self, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.path: Path | None = None

    def save(self, path: Path) -> bool:
        """Write the session; False where that failed, which is told."""
        if not self._write(path):
            return False
        self.path = path
        self.path_changed.emit()
        return True

    def keep(self, path: Path) -> None:
        """Write the session for the next start, where the program keeps its state."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return  # a home that cannot be written must not keep the window from closing
        self._write(path)

    def open(self, path: Path) -> bool:
        """Open a session and the runs in its panes; False where the file is none, which is told."""
        view = self._read(path)
        if view is None:
            return False
        self._bench.open_view(view)
        self.path = path
        self.path_changed.emit()
        return True

    def restore(self, path: Path) -> bool:
        """Open the last session, silently; False where there is none whose runs are still there."""
        view = self._read(path, tell=False) if path.exists() else None
        if view is None or not view.panes or not all(Path(pane.run, "run.json").is_file() for pane in view.panes):
            return False
        self._bench.open_view(view)
        return True

    def _write(self, path: Path) -> bool:
        try:
            replace_json(path, self._bench.session.to_json())
        except OSError as error:
            self._bench.told.emit(f"{path}: the session cannot be written there ({error.strerror or error})")
            return False
        return True

    def _read(self, path: Path, *, tell: bool = True) -> View | None:
        try:
            value: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return view_from_json(value)
        except (OSError, ValueError) as error:
            if tell:
                self._bench.told.emit(f"{path}: is no session that can be opened ({_reason(error)})")
            return None


def is_session(path: Path) -> bool:
    """Whether a file's name is a session's."""
    return path.name.endswith(SUFFIX)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "it is not JSON"
    if isinstance(error, ConfigError):
        return str(error)
    return getattr(error, "strerror", None) or str(error)
