"""Data kept with a run for its traversals: names of latent dimensions, and attribute vectors.

1. A run that is wanted is read in the background; until then it has neither.
2. A new name is shown at once and written in the background.
3. Attribute vectors may change in other tabs and on the command line, so `read` reads them again.
"""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.runs.open_run import OpenRun
from explorer.runs.dimension_names import checked_name, names_file, read_dimension_names, write_dimension_names
from explorer.runs.kept_vectors import read_vectors, vectors_file
from explorer.ui.services.app_state import AppState

Vectors = tuple[tuple[str, tuple[float, ...]], ...]
"""Names and values, ``(latent_dim,)`` floats each."""


class KeptNames(QObject):
    """Names of the dimensions, and vectors, of each run by its key.

    Signals
    -------
    changed : str
        The key of a run whose names or vectors are known, or changed.
    """

    changed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._folders = state.tasks, state.folders
        self._names: dict[str, dict[int, str]] = {}
        self._vectors: dict[str, Vectors] = {}
        state.store.closed.connect(self._forget)

    def names(self, key: str) -> Mapping[int, str]:
        """Return the names of a run's dimensions by their index from 0."""
        return self._names.get(key, {})

    def vectors(self, key: str) -> Vectors:
        """Return the attribute vectors that are kept with a run."""
        return self._vectors.get(key, ())

    def read(self, run: OpenRun) -> None:
        """Read names and vectors of a run in the background."""
        if run.is_user_model:
            return
        # Everything is taken from the run here: the task runs in another thread, in which the run may not be touched.
        names, vectors = self._file_of_names(run), vectors_file(run.path, self._folder, read_only=run.read_only)
        dim, key = run.latent_dim, run.key

        def found() -> tuple[dict[int, str], Vectors]:
            kept = tuple((one.name, tuple(map(float, one.values))) for one in read_vectors(vectors, dim))
            return read_dimension_names(names, dim), kept

        self._tasks.do(f"names of {key}", lambda _: found(), lambda value: self._on_read(key, value))

    def rename(self, run: OpenRun, index: int, text: str) -> None:
        """Name a dimension, by its index from 0, and keep the name with the run; "" removes it.

        Raises
        ------
        ConfigError
            If the name is not valid.
        """
        names = {**self.names(run.key), index: checked_name(text)}
        # Shown before it is written: waiting for a slow disk would look as if Enter had failed.
        self._names[run.key] = names = {one: name for one, name in names.items() if name}
        path = self._file_of_names(run)
        self._tasks.do(f"name {run.key}", lambda _: write_dimension_names(path, names), lambda _: None)
        self.changed.emit(run.key)

    @property
    def _folder(self) -> Path:
        return self._folders.folder

    def _file_of_names(self, run: OpenRun) -> Path:
        return names_file(run.path, self._folder, read_only=run.read_only)

    def _on_read(self, key: str, value: tuple[dict[int, str], Vectors]) -> None:
        # The tab reads again each time it is shown; without news the table is not laid out again.
        if value != (self._names.get(key), self._vectors.get(key)):
            self._names[key], self._vectors[key] = value
            self.changed.emit(key)

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._names.pop(key, None)
        self._vectors.pop(key, None)
