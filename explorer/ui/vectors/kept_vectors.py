"""The attribute vectors that are kept with the open runs, read and written in the background.

1. A run that is wanted is read, and again each time the tab is shown: the command line may have kept others.
2. A change reads the file, changes its vectors, writes them, and then shows them.
   Vectors kept by other programs meanwhile are not lost.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.jobs.runs.carried_vectors import VectorOrigin, kept_vector, short_name
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.runs.kept_vectors import (
    KeptVector,
    export_vector,
    import_vector,
    read_vectors,
    vectors_file,
    with_vector,
    write_vectors,
)
from explorer.ui.services.app_state import AppState

Vectors = tuple[KeptVector, ...]
Then = Callable[[str], None]


def _nothing(name: str) -> None:
    pass


class KeptVectors(QObject):
    """The kept vectors of each run by its key.

    Signals
    -------
    changed : str
        The key of a run whose vectors are known, or changed.
    """

    changed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._folders, self._messages = state.tasks, state.folders, state.messages
        self._vectors: dict[str, tuple[KeptVector, ...]] = {}
        state.store.closed.connect(self._forget)

    def of(self, key: str) -> tuple[KeptVector, ...]:
        """Return the vectors that are kept with a run."""
        return self._vectors.get(key, ())

    def named(self, key: str, name: str) -> KeptVector | None:
        """Return a kept vector, if there is one of this name."""
        return next((one for one in self.of(key) if one.name == name), None)

    def read(self, run: OpenRun) -> None:
        """Read the vectors of a run in the background."""
        # A live model has no folder, so there is nothing to read.
        if run.is_user_model:
            return
        path, dim, key = self._file_of(run), run.latent_dim, run.key
        self._tasks.do(f"vectors of {key}", lambda _: read_vectors(path, dim), lambda found: self._on_read(key, found))

    def difference(self, run: OpenRun, vector: KeptVector) -> str:
        """Return a sentence on the difference between a vector's data and weights and the present ones, or ""."""
        return vector.difference(run.description.fingerprint, run.step, _checksum(run))

    def record(self, run: OpenRun, name: str, vector: AttributeVector, searches: tuple[str, str]) -> KeptVector:
        """Return a vector as it is kept and exported; ``searches`` find its groups, "" keeps their samples."""
        origin = VectorOrigin(run.name, run.description.fingerprint, run.step, _checksum(run))
        return kept_vector(name, vector, origin, searches)

    def keep(self, run: OpenRun, vector: KeptVector, then: Then = _nothing) -> None:
        """Keep a vector, which replaces the one of the same name; then call ``then`` with its name."""
        self._change(run, lambda vectors: with_vector(vectors, vector), vector.name, then)

    def rename(self, run: OpenRun, old: str, new: str, then: Then = _nothing) -> None:
        """Rename a vector; then call ``then`` with the name as it is kept. A name in use is refused by a message."""
        name = short_name(new)

        # Checked in the task, by what the file has then; errors of a task are shown by its runner.
        def renamed(vectors: Vectors) -> Vectors:
            if not name:
                raise ConfigError("the name of a vector must have letters")
            if name != old and any(one.name == name for one in vectors):
                raise ConfigError(f"there is a vector {name!r} already; choose another name")
            return tuple(replace(one, name=name) if one.name == old else one for one in vectors)

        self._change(run, renamed, name, then)

    def remove(self, run: OpenRun, name: str) -> None:
        """Delete a kept vector."""
        self._change(run, lambda vectors: tuple(one for one in vectors if one.name != name), name, _nothing)

    def export(self, path: Path, vector: KeptVector) -> None:
        """Write a vector as JSON in the background."""
        self._tasks.save(path, lambda _: export_vector(path, vector))

    def take(self, run: OpenRun, path: Path, then: Callable[[KeptVector], None]) -> None:
        """Read an exported vector in the background, keep it with a run, and call ``then`` with it."""

        def read(vector: KeptVector) -> None:
            self.keep(run, vector, lambda _: then(vector))

        self._tasks.do(f"import {path}", lambda _: import_vector(path, run.latent_dim), read)

    def _change(self, run: OpenRun, change: Callable[[Vectors], Vectors], name: str, then: Then) -> None:
        path, dim, key = self._file_of(run), run.latent_dim, run.key

        def work(_: object) -> Vectors:
            # Read again right before it is written: the command line may have changed the file since it was shown.
            vectors = change(read_vectors(path, dim))
            write_vectors(path, vectors)
            return vectors

        def changed(vectors: Vectors) -> None:
            # Before ``then``, which may choose the vector by its name.
            self._vectors[key] = vectors
            then(name)
            self.changed.emit(key)

        self._tasks.do(f"keep {name} with {key}", work, changed)

    def _file_of(self, run: OpenRun) -> Path:
        return vectors_file(run.path, self._folders.folder, read_only=run.read_only)

    def _on_read(self, key: str, vectors: tuple[KeptVector, ...]) -> None:
        if vectors != self._vectors.get(key):
            self._vectors[key] = vectors
            self.changed.emit(key)

    @Slot(str)
    def _forget(self, key: str) -> None:
        # A run that is opened again is read again: its file may have changed.
        self._vectors.pop(key, None)


def _checksum(run: OpenRun) -> str:
    """Return the checksum of the weights in use; "" if they are not saved."""
    return run.used.checksum if run.used is not None and run.used.step == run.step else ""
