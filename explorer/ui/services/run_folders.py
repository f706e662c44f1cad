"""The runs on disk: their list, and the renaming and deleting of their folders."""

import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.jobs.runs.run_summary import RunSummary, summaries
from explorer.runs.run_folders import remove_run, rename_run
from explorer.session import Session
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.services.run_data import RunData
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks


class RunFolders(QObject):
    """Knows which runs are on disk; ``folder`` is where new ones go, ``shipped`` those of the program.

    Signals
    -------
    listed_changed
        ``listed``, the runs on disk, was read anew.
    """

    listed_changed = Signal()

    def __init__(
        self,
        folder: Path,
        shipped: tuple[Path, ...],
        session: Session,
        asker: Asker,
        tasks: Tasks,
        data: RunData,
        replays: ReplayState,
        opener: RunOpener,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.folder, self.shipped = Path(os.path.abspath(folder)), shipped
        self.listed: tuple[RunSummary, ...] = ()
        self._session, self._asker, self._store, self._tasks = session, asker, asker.store, tasks
        self._data, self._replays, self._opener = data, replays, opener

    def read(self) -> None:
        """Read which runs are on disk, for `listed_changed`."""
        shipped, folder = self.shipped, self.folder
        self._tasks.do("list runs", lambda _: summaries(folder, shipped), self._on_listed)

    def listed_paths(self) -> tuple[Path, ...]:
        """Return the directories of the runs on disk that can be opened, newest first."""
        return tuple(run.path for run in self.listed if run.status != "damaged")

    def rename(self, key: str, name: str) -> None:
        """Rename a run's folder; the session follows."""
        self._tasks.do(f"rename {key}", lambda _: rename_run(Path(key), name), lambda path: self._on_moved(key, path))

    def remove(self, key: str) -> None:
        """Delete a run's folder; the caller has asked the user."""
        self._tasks.do(f"remove {key}", lambda _: remove_run(Path(key)), lambda _: self._on_removed(key))

    def _on_listed(self, listed: tuple[RunSummary, ...]) -> None:
        self.listed = listed
        self.listed_changed.emit()

    def _on_moved(self, key: str, path: Path) -> None:
        new = str(path)
        if key in self._store.runs and new != key:
            self._replays.end(key)
            run, loaded = self._store.runs[key], self._asker.model(key)
            self._asker.forget(key)
            frames = tuple(replace(frame, path=path / "replay" / frame.path.name) for frame in run.replay.frames)
            run = replace(run, key=new, name=path.name, replay=replace(run.replay, frames=frames))
            if loaded is not None:
                run = replace(run, weights=self._asker.take_model(replace(loaded, run=new)))
            self._session.rename_run(key, new)
            self._store.rename(key, run)
            if run.dataset is None:
                self._data.load_of(run)
        self.read()

    def _on_removed(self, key: str) -> None:
        self._opener.forget(key)
        self.read()
