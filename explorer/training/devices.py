"""Devices: which there are, which one to take, how many threads."""

import os

import torch

from explorer.config import ConfigError

_ACCELERATORS = ("cuda", "mps", "xpu")


def available_devices() -> tuple[str, ...]:
    """Return the usable devices, the fastest first; the CPU is always the last."""
    return (*(name for name in _ACCELERATORS if _is_available(name)), "cpu")


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of that name; ``"auto"`` takes the first of CUDA, MPS, XPU and CPU that is there.

    Raises
    ------
    ConfigError
        For a device that this machine does not have.
    """
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name.split(":")[0] not in devices:
        raise ConfigError(f"device {name!r} is not on this machine: choose from auto, {', '.join(devices)}")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device {name!r} cannot be used: {error}") from error
    return device


def device_title(device: str, threads: int) -> str:
    """Name a device for people: ``"CPU, 1 thread"``, ``"NVIDIA H200"``."""
    kind = torch.device(device).type
    if kind == "cpu":
        return f"CPU, {threads} thread{'s' if threads != 1 else ''}"
    if kind == "cuda" and torch.cuda.is_available():
        return str(torch.cuda.get_device_name(device))
    return kind.upper()


def training_threads(threads: int = 0) -> int:
    """Return the processor threads to train with: those asked for, or all cores but one, at least one."""
    if threads:
        return threads
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def use_threads(threads: int) -> None:
    """Let torch use so many processor threads in the calling thread; what was set in another thread does not count."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def _is_available(name: str) -> bool:
    if name == "mps":
        return torch.backends.mps.is_available()
    return bool(getattr(torch, name).is_available())
