"""``state.json``: the status of a run, its step, its checkpoints and the process that works on it."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import filelock

from explorer.data.reading.limits import SMALL_JSON_BYTES
from explorer.runs.checkpoint import (
    SAVE_SECONDS,
    Checkpoint,
    CheckpointHeader,
    all_damaged_text,
    checkpoint_name,
    is_step,
    read_headers,
)
from explorer.runs.files import RunError, check_file, read_json, replace_json
from explorer.runs.weights_choice import HOW_IT_ENDED, CurrentStatus, resume_command

Status = Literal["new", "training", "stopped", "finished", "failed"]
WORKED_ON: tuple[Status, ...] = ("new", "training")
"""With one of these, a process works on the run or was killed while it did; with any other, no process owns it."""


@dataclass(frozen=True)
class Owner:
    """The process that works on a run; ``heartbeat`` in seconds since 1970."""

    host: str
    process: int
    heartbeat: float


@dataclass(frozen=True)
class RunState:
    """The status of a run.

    Attributes
    ----------
    newest, best, final
        File names of checkpoints, or None.
    reason
        Why the run stopped or failed, in one sentence; empty otherwise.
    owner
        The process that works on the run, or None.
    """

    status: Status = "new"
    step: int = 0
    newest: str | None = None
    best: str | None = None
    final: str | None = None
    reason: str = ""
    owner: Owner | None = None


MAX_NAME, MAX_REASON = 100, 4_000
"""Maximum length of the name of a checkpoint, and of the reason."""
_BEGAN = time.time()
"""When this process started, near enough: when it imported this module."""


def this_process() -> Owner:
    """Return the running process as an owner, with the current time as its heartbeat."""
    return Owner(socket.gethostname(), os.getpid(), time.time())


def is_this_process(owner: Owner) -> bool:
    """Return whether an owner is the running process."""
    # In a container process numbers repeat, so an owner with an older heartbeat was another process.
    return (owner.host, owner.process) == (socket.gethostname(), os.getpid()) and owner.heartbeat >= _BEGAN


def current_status(run: Path, state: RunState) -> CurrentStatus:
    """Return the status of a run now: after a crash its file still says "training"."""
    if state.status not in WORKED_ON or (state.owner is not None and _is_at_work(run, state.owner)):
        return state.status
    return "unfinished"


def _is_at_work(run: Path, owner: Owner) -> bool:
    """Return True if the owner still trains the run: this process, or one that holds the lock of the run."""
    if is_this_process(owner):
        return True
    if owner.host != socket.gethostname():  # file locks do not work reliably across machines
        # Five minutes tolerate slow network disks and clocks that differ.
        return time.time() - owner.heartbeat < 300
    # The operating system frees the lock of a process that has died.
    lock = lock_of(run)
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False


def lock_of(run: Path) -> filelock.BaseFileLock:
    """Return the lock that every writer of a run must hold, not acquired.

    Raises
    ------
    RunError
        If its file leads out of the run, or is not a regular file.
    """
    # Acquiring a lock empties its file.
    check_file(run / ".lock")
    # The lock belongs to the process, not to the thread that acquired it, so that any thread may release it.
    return filelock.FileLock(run / ".lock", timeout=0, thread_local=False)


def read_state(run: Path) -> RunState:
    """Return the state of the run in a folder; if state.json is damaged, it is inferred from the checkpoints.

    Raises
    ------
    RunError
        If the file cannot be read, leads out of the run, is not a regular file, or is too large.
    """
    try:
        return state_from_json(read_json(run / "state.json", SMALL_JSON_BYTES))
    except FileNotFoundError:
        return RunState()
    except RunError:
        raise
    except OSError as error:
        raise RunError(f"{run / 'state.json'}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, AttributeError, OverflowError):
        return _state_from_checkpoints(run)


def _state_from_checkpoints(run: Path) -> RunState:
    reason = "state.json is damaged; the state was inferred from the checkpoints"
    # From their headers: a list of runs reads the states of all, and weights may be large.
    headers, damaged = read_headers(run)
    if not headers:
        if not damaged:
            return RunState(reason=reason)
        return RunState("failed", reason=f"state.json and all checkpoints are damaged: {all_damaged_text(damaged)}")
    newest = headers[-1]
    return with_best(run, RunState("stopped", newest.step, checkpoint_name(newest.step), reason=reason), newest)


def with_best(run: Path, state: RunState, checkpoint: Checkpoint | CheckpointHeader) -> RunState:
    """Return the state of a run with the best checkpoint that ``checkpoint`` records, if its file exists."""
    # The checkpoint is the authority: a process may be killed before it writes state.json.
    name = None if checkpoint.best_step is None else checkpoint_name(checkpoint.best_step)
    return replace(state, best=name) if name is not None and (run / name).exists() else state


def why_no_weights(run: Path, status: CurrentStatus) -> str:
    """Return why a run keeps no weights that can be read, and what to do.

    Raises
    ------
    RunError
        If a checkpoint leads out of the run, or is not a regular file.
    """
    _, damaged = read_headers(run)
    if damaged:
        for name in damaged:
            check_file(run / name)
        return all_damaged_text(damaged)
    if status in WORKED_ON:
        return f"it trains and has saved no weights yet; the first save comes {SAVE_SECONDS:g} s after its start"
    ended = HOW_IT_ENDED.get(status, "ended")
    return f"its training {ended} before it saved any weights; {resume_command(run)} starts it again"


def write_state(run: Path, state: RunState) -> None:
    """Write the state of a run; while a run is worked on, this process is its owner."""
    owner = this_process() if state.status in WORKED_ON else None
    replace_json(run / "state.json", state_to_json(replace(state, owner=owner)))


def state_to_json(state: RunState) -> dict[str, Any]:
    """Return the state as plain JSON values."""
    return asdict(state)


def state_from_json(value: Mapping[str, Any]) -> RunState:
    """Rebuild a state.

    Raises
    ------
    ValueError, TypeError
        If a field is unknown or invalid.
    """
    # Types are checked by hand: dataclasses accept anything, and a wrong type would fail much later.
    owner = value.get("owner")
    state = RunState(**{**value, "owner": _owner_from_json(owner) if owner else None})
    if state.status not in get_args(Status):
        raise ValueError(f"unknown status {state.status!r}")
    if not is_step(state.step):
        raise ValueError(f"step {state.step!r} is not a count")
    for name in (state.newest, state.best, state.final):
        if name is not None and (not isinstance(name, str) or Path(name).name != name or len(name) > MAX_NAME):
            raise ValueError(f"{name!r} is not the file name of a checkpoint")
    if type(state.reason) is not str:
        raise ValueError(f"reason {state.reason!r} is not text")
    return replace(state, reason=state.reason[:MAX_REASON])


def _owner_from_json(value: Mapping[str, Any]) -> Owner:
    owner = Owner(**value)
    if type(owner.host) is not str or type(owner.process) is not int:
        raise ValueError(f"{owner.host!r}, {owner.process!r} is not a process")
    if type(owner.heartbeat) not in (int, float) or not 0 <= owner.heartbeat < float("inf"):
        raise ValueError(f"heartbeat {owner.heartbeat!r} is not a time")
    return replace(owner, heartbeat=float(owner.heartbeat))
