"""A run in a temporary folder, for a fitted estimator: it can be pickled, and leaves no files behind.

1. `temporary_folder` makes a folder for the training.
2. `TemporaryRun` removes the folder when nothing refers to the loaded run any more, or when Python ends.
3. A pickle holds the files of the run without its data and its replay; they are written into a new temporary folder
   when the run is used again.
"""

import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.api.loaded_run import LoadedRun
from explorer.runs.run_directory import open_run

_KEPT = ("run.json", "state.json", "metrics.jsonl", "times.jsonl", "latents.npz", "names.json")


def temporary_folder(name: str) -> Path:
    """Return a new path ``name`` within a new temporary folder."""
    return Path(tempfile.mkdtemp(prefix="latent-explorer-run-")) / name


def remove_temporary(folder: Path) -> None:
    """Delete a folder of `temporary_folder`, with the one that contains it."""
    shutil.rmtree(folder.parent, ignore_errors=True)


class TemporaryRun:
    """A loaded run that can be pickled; ``temporary`` tells whether its folder goes with it."""

    def __init__(self, run: LoadedRun, *, temporary: bool) -> None:
        if temporary:
            _remove_with(run)
        # The value of the cached property below, which reads the run only after unpickling.
        self.loaded = run

    @cached_property
    def loaded(self) -> LoadedRun:
        """The run, written into a temporary folder first if it comes from a pickle."""
        folder = temporary_folder(self._name)
        folder.mkdir()
        for name, content in self._files.items():
            (folder / name).write_bytes(content)
        run = LoadedRun(open_run(folder))
        _remove_with(run)
        return run

    def __getstate__(self) -> dict[str, Any]:
        if "loaded" not in vars(self):
            return vars(self)
        folder = self.loaded.path
        names = [*_KEPT, open_run(folder).checkpoint_paths()[-1].name]
        files = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
        return {"_name": self.loaded.name, "_files": files}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._name: str = state["_name"]
        self._files: dict[str, bytes] = state["_files"]


def _remove_with(run: LoadedRun) -> None:
    """Delete the folder of a run when the run is garbage, or at the end of the process."""
    # Tied to the run instead of the estimator: the user may keep `run_` alone.
    weakref.finalize(run, remove_temporary, run.path)
