"""Finds and lists the devices of the machine, chooses one, and sets the number of processor threads."""

import os
from functools import cache

import torch

from explorer.config import ConfigError

_ACCELERATORS = ("cuda", "mps", "xpu")


def available_devices() -> tuple[str, ...]:
    """Return the names of the usable devices, fastest first; the CPU is always last."""
    return (*(name for name in _ACCELERATORS if _is_available(name)), "cpu")


def choose_device(name: str = "auto") -> torch.device:
    """Return the device with this name; ``"auto"`` chooses the first available of CUDA, MPS, XPU and CPU.

    Raises
    ------
    ConfigError
        If this machine does not have the device, or it cannot be used.
    """
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name.split(":")[0] not in devices:
        raise ConfigError(f"device {name!r} is not on this machine: choose from auto, {', '.join(devices)}")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)  # "cuda:7" parses on any machine; only an allocation shows that it exists
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device {name!r} cannot be used: {error}") from error
    return device


def device_title(device: str, threads: int) -> str:
    """Return a readable name of a device, such as ``"CPU, 1 thread"`` or ``"NVIDIA H200"``."""
    kind = torch.device(device).type
    if kind == "cpu":
        return f"CPU, {threads} thread{'s' if threads != 1 else ''}"
    if kind == "cuda" and torch.cuda.is_available():
        return str(torch.cuda.get_device_name(device))
    return kind.upper()


def training_threads(threads: int = 0) -> int:
    """Return the number of threads to train with: ``threads``, or for 0 all cores but one, and at least one."""
    if threads:
        return threads
    # A container or a batch system may allow fewer cores than the machine has.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


@cache
def device_choices() -> tuple[tuple[str, str], ...]:
    """Return (device, title) pairs; the first is the program's own choice."""
    # Cached: asking the accelerators takes a noticeable time, and they do not change.
    threads = training_threads()
    devices = available_devices()
    return (
        ("auto", f"Automatic ({device_title(devices[0], threads)})"),
        *((device, device_title(device, threads)) for device in devices),
    )


def use_threads(threads: int) -> None:
    """Set the number of torch's processor threads for the calling thread; torch keeps it for each thread separately."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def _is_available(name: str) -> bool:
    if name == "mps":
        return torch.backends.mps.is_available()
    return bool(getattr(torch, name).is_available())
