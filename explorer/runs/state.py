"""``state.json``: the status of a run, its step, its checkpoints and the process that works on it."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import filelock

Status = Literal["new", "training", "stopped", "finished", "failed"]
WORKED_ON: tuple[Status, ...] = ("new", "training")
"""With one of these, a process works on the run or was killed while it did; with any other, no process owns it."""
CurrentStatus = Literal["new", "training", "stopped", "finished", "failed", "unfinished"]
"""Status of a run now; "unfinished": the process that trained it has ended, and could not write how."""


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
    lock = filelock.FileLock(run / ".lock", timeout=0)
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False


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
    if type(state.step) is not int or state.step < 0:
        raise ValueError(f"step {state.step!r} is not a count")
    for name in (state.newest, state.best, state.final):
        if name is not None and (not isinstance(name, str) or Path(name).name != name):
            raise ValueError(f"{name!r} is not the file name of a checkpoint")
    if type(state.reason) is not str:
        raise ValueError(f"reason {state.reason!r} is not text")
    return state


def _owner_from_json(value: Mapping[str, Any]) -> Owner:
    owner = Owner(**value)
    if type(owner.host) is not str or type(owner.process) is not int:
        raise ValueError(f"{owner.host!r}, {owner.process!r} is not a process")
    if type(owner.heartbeat) not in (int, float) or not 0 <= owner.heartbeat < float("inf"):
        raise ValueError(f"heartbeat {owner.heartbeat!r} is not a time")
    return replace(owner, heartbeat=float(owner.heartbeat))
