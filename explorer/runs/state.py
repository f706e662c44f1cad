"""state.json: how far a run is, and who works on it."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

Status = Literal["new", "training", "stopped", "finished", "failed"]
WORKED_ON: tuple[Status, ...] = ("new", "training")
"""While a run has one of these, some process works on it, or died at it; in all others nobody owns it."""


@dataclass(frozen=True)
class Owner:
    """The process that works on a run; ``heartbeat`` in seconds since 1970."""

    host: str
    process: int
    heartbeat: float


@dataclass(frozen=True)
class RunState:
    """Where a run stands; checkpoints are named by their file. ``reason`` says why it stopped or failed.

    ``owner`` is None where nobody works on it.
    """

    status: Status = "new"
    step: int = 0
    newest: str | None = None
    best: str | None = None
    final: str | None = None
    reason: str = ""
    owner: Owner | None = None


_BEGAN = time.time()


def this_process() -> Owner:
    """Return the running process as an owner, its heartbeat now."""
    return Owner(socket.gethostname(), os.getpid(), time.time())


def is_this_process(owner: Owner) -> bool:
    """Whether an owner is the running process, and not one that had its number before (in a container: often)."""
    return (owner.host, owner.process) == (socket.gethostname(), os.getpid()) and owner.heartbeat >= _BEGAN


def state_to_json(state: RunState) -> dict[str, Any]:
    """Return the state as plain JSON values."""
    return asdict(state)


def state_from_json(value: Mapping[str, Any]) -> RunState:
    """Rebuild a state; ValueError or TypeError where it is not one."""
    owner = value.get("owner")
    state = RunState(**{**value, "owner": _owner_from_json(owner) if owner else None})
    if state.status not in get_args(Status):
        raise ValueError(f"unknown status {state.status!r}")
    if type(state.step) is not int or state.step < 0:
        raise ValueError(f"step {state.step!r} is no count")
    for name in (state.newest, state.best, state.final):
        if name is not None and (not isinstance(name, str) or Path(name).name != name):
            raise ValueError(f"{name!r} is no checkpoint's file name")
    if type(state.reason) is not str:
        raise ValueError(f"reason {state.reason!r} is no text")
    return state


def _owner_from_json(value: Mapping[str, Any]) -> Owner:
    owner = Owner(**value)
    if type(owner.host) is not str or type(owner.process) is not int:
        raise ValueError(f"{owner.host!r}, {owner.process!r} is no process")
    if type(owner.heartbeat) not in (int, float) or not 0 <= owner.heartbeat < float("inf"):
        raise ValueError(f"heartbeat {owner.heartbeat!r} is no time")
    return replace(owner, heartbeat=float(owner.heartbeat))
