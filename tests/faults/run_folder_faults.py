"""Faults of run folders: each crafted one is listed, opened, and written as a training does that is resumed."""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import crafted_runs
from fault_runner import READ, Escaped, Fault
from run_cases import checkpoint

from explorer.config import ConfigError
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.jobs.runs.run_summary import summaries
from explorer.runs.dimension_names import read_dimension_names
from explorer.runs.files import RunError
from explorer.runs.history import Metric
from explorer.runs.kept_vectors import read_vectors
from explorer.runs.replay import drop_frames, read_codes, write_frame
from explorer.runs.run_directory import open_run

BAD, GOOD = "bad", "good"


def run_folders(folder: Path) -> Iterator[Fault]:
    """Yield the crafted run folders, each beside a good run and a folder that no run may touch."""
    for group, changes in crafted_runs.CHANGES.items():
        for number, (name, change) in enumerate(changes.items()):
            place = folder / f"{group.rpartition(' ')[2]}-{number}"
            yield Fault(
                group, name, partial(_attempt, place, change in crafted_runs.REFUSED), partial(_prepare, place, change)
            )


def _prepare(place: Path, change: crafted_runs.Change) -> None:
    for name in (BAD, GOOD):
        crafted_runs.write_run(place / name)
    (place / crafted_runs.OUTSIDE).mkdir()
    change(place / BAD)


def _attempt(place: Path, refused: bool) -> str:
    outside = place / crafted_runs.OUTSIDE
    before, run = _contents(outside), place / BAD
    try:
        listed = {one.name: one for one in summaries(place)}
        if GOOD not in listed or listed[GOOD].status != "finished":
            raise Escaped(f"the good run is hidden or {listed}")
        problems = [_read(run), _write(run)]
        # A run without a run.json is none, so it may be missing.
        if BAD not in listed and os.path.lexists(run / "run.json") and (run / "run.json").is_file():
            raise Escaped("the bad run is not listed")
        if BAD in listed and listed[BAD].status == "damaged" and not any(problems):
            raise Escaped(f"the bad run is listed as damaged, but can be opened: {listed[BAD].reason}")
        if _contents(outside) != before:
            raise Escaped("a file outside of the run was changed")
        found = next(filter(None, problems), READ)
        if refused and found == READ:
            raise Escaped("it was read, although its values are impossible")
        return found
    finally:
        shutil.rmtree(place)


def _read(path: Path) -> str:
    """Open a run as the window does; return the sentence of the program's own error, or ""."""
    try:
        read_vectors(path / "vectors.json", 2)
        read_dimension_names(path / "dimension_names.json", 2)
        opened = open_for_viewing(path)
        for frame in opened.run.replay.frames:
            read_codes(frame)
        return opened.problem or next(iter(opened.run.replay.damaged), "")
    except (RunError, ConfigError) as error:
        return _sentence(error)


def _write(path: Path) -> str:
    """Write into a run as a training that is resumed; return the sentence of the program's own error, or ""."""
    try:
        run = open_run(path)
        lock = run.acquire()
        try:
            run.append_resumed(12)
            run.append_metrics([Metric(24, 2.0, "validation", {"total": 2.0}, seconds=2.0)])
            run.save_checkpoint(checkpoint(24))
            drop_frames(run.replay.frames)
            write_frame(run.replay_folder, 24, 2.0, checkpoint(24).weights, None)
            run.set_config(run.config)
            run.set_status("stopped")
        finally:
            lock.release()
    except RunError as error:
        return _sentence(error)
    return ""


def _sentence(error: Exception) -> str:
    text = str(error)
    if "\n" in text or len(text) > 2000:
        raise Escaped(f"the error is no sentence: {text[:200]!r}")
    return text


def _contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the sizes and first bytes of the files of a folder."""
    return {str(file): (file.stat().st_size, file.read_bytes()) for file in folder.rglob("*") if file.is_file()}
