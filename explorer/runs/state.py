"""state.json: how far a run is, and who works on it."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Status = Literal["new", "training", "stopped", "finished", "failed"]


@dataclass(frozen=True)
class Owner:
    """The process that last worked on a run; ``heartbeat`` in seconds since 1970."""

    host: str
    process: int
    heartbeat: float


@dataclass(frozen=True)
class RunState:
    """Where a run stands; checkpoints are named by their file. ``reason`` says why it stopped or failed."""

    status: Status = "new"
    step: int = 0
    newest: str | None = None
    best: str | None = None
    final: str | None = None
    reason: str = ""
    owner: Owner | None = None


def this_process() -> Owner:
    """Give the running process as an owner, its heartbeat now."""
    return Owner(socket.gethostname(), os.getpid(), time.time())


def state_to_json(state: RunState) -> dict[str, Any]:
    """Give the state as plain JSON values."""
    return asdict(state)


def state_from_json(value: Mapping[str, Any]) -> RunState:
    """Rebuild a state; ValueError or TypeError where it is not one."""
    owner = value.get("owner")
    state = RunState(**{**value, "owner": Owner(**owner) if owner else None})
    if state.status not in get_args(Status):
        raise ValueError(f"unknown status {state.status!r}")
    if type(state.step) is not int or state.step < 0:
        raise ValueError(f"step {state.step!r} is no count")
    for name in (state.newest, state.best, state.final):
        if name is not None and (not isinstance(name, str) or Path(name).name != name):
            raise ValueError(f"{name!r} is no checkpoint's file name")
    return state
