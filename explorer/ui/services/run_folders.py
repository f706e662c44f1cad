"""The runs on disk: lists, renames and deletes their folders, and checks the names of new ones."""

import os
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.config import DataConfig
from explorer.jobs.runs.run_summary import RunSummary, summaries
from explorer.runs.run_folders import remove_run, rename_run
from explorer.runs.run_note import RunNote, note_file, write_note
from explorer.session import Session
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.services.run_data import RunData
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks

LONGEST = 100
"""Maximum length of a run's name in characters: file systems allow 255 bytes, and the run's files lie below it."""
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
IN_MEMORY = "A live model of your own program: it exists only in memory and has no folder"
"""Reason why a user's live model cannot be renamed, deleted or trained further."""


def source_stem(source: str) -> str:
    """Return the part of a run's name that stands for its data: of a path, at most 60 characters of the file's stem."""
    return Path(source).stem[:60] if any(mark in source for mark in "/\\.") else source


def suggested_name(data: DataConfig, family: str, folder: Path, taken: Collection[str]) -> str:
    """Return a free name such as ``digits-vae`` or ``digits-vae-2``."""
    base = _FORBIDDEN.sub("-", f"{source_stem(data.source).strip(' .') or 'run'}-{family}")
    name, number = base, 2
    while is_taken(name, folder, taken):
        name, number = f"{base}-{number}", number + 1
    return name


def is_taken(name: str, folder: Path, taken: Collection[str]) -> bool:
    """Return whether a run or any other file has that name."""
    return name in taken or (folder / name).exists()


def name_problem(name: str, folder: Path, taken: Collection[str]) -> str:
    """Return why a name cannot be used for a new run, as one sentence; "" if it can."""
    if not name or name in {".", ".."}:
        return "A run needs a name."
    if _FORBIDDEN.search(name):
        return 'A name cannot contain any of / \\ : * ? " < > |'
    if len(name) > LONGEST:
        return f"A name can have at most {LONGEST} characters."
    if is_taken(name, folder, taken):
        return f"There is already a run {name}; choose another name."
    return ""


class RunFolders(QObject):
    """Lists the runs on disk; ``folder`` is where new ones are created, ``shipped`` are those of the program.

    Signals
    -------
    listed_changed
        ``listed``, the runs on disk, was updated.
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
        # Absolute: keys of runs are absolute paths, and must not depend on the working directory.
        self.folder, self.shipped = Path(os.path.abspath(folder)), shipped
        self.listed: tuple[RunSummary, ...] = ()
        self.is_read = False  # whether the folders were read once
        self._session, self._asker, self._store, self._tasks = session, asker, asker.store, tasks
        self._data, self._replays, self._opener = data, replays, opener

    def read(self) -> None:
        """List the runs on disk in the background and emit `listed_changed`."""
        shipped, folder = self.shipped, self.folder
        self._tasks.do("list runs", lambda _: summaries(folder, shipped), self._on_listed)

    def listed_paths(self) -> tuple[Path, ...]:
        """Return the directories of the runs on disk that can be opened, newest first."""
        return tuple(run.path for run in self.listed if run.status != "damaged")

    def rename(self, key: str, name: str) -> None:
        """Rename the folder of a run; the session follows."""
        self._tasks.do(f"rename {key}", lambda _: rename_run(Path(key), name), lambda path: self._on_moved(key, path))

    def set_note(self, key: str, note: RunNote) -> None:
        """Save what the user has noted about a listed run."""
        run = next((run for run in self.listed if run.key == key), None)
        if run is not None:
            path = note_file(run.path, self.folder, read_only=run.read_only)
            self._tasks.do(f"note {key}", lambda _: write_note(path, note), lambda _: self.read())

    def remove(self, key: str) -> None:
        """Delete the folder of a run. The caller has to ask the user first."""
        self._tasks.do(f"remove {key}", lambda _: remove_run(Path(key)), lambda _: self._on_removed(key))

    def _on_listed(self, listed: tuple[RunSummary, ...]) -> None:
        self.listed, self.is_read = listed, True
        self.listed_changed.emit()

    def _on_moved(self, key: str, path: Path) -> None:
        new = str(path)
        if key in self._store.runs and new != key:
            # The frames of a replay are files below the old path.
            self._replays.end(key)
            run, loaded = self._store.runs[key], self._asker.model(key)
            self._asker.forget(key)
            frames = tuple(replace(frame, path=path / "replay" / frame.path.name) for frame in run.replay.frames)
            run = replace(run, key=new, name=path.name, replay=replace(run.replay, frames=frames))
            if loaded is not None:
                run = replace(run, weights=self._asker.take_model(replace(loaded, run=new)))
            # Before the store's signals, whose listeners look up the session's runs.
            self._session.rename_run(key, new)
            self._store.rename(key, run)
            if run.dataset is None:
                self._data.load_of(run)
        self.read()

    def _on_removed(self, key: str) -> None:
        self._opener.forget(key)
        self.read()
