"""What surrounds a training: where it runs, where it is kept, whose hand steers it."""

from dataclasses import dataclass, field

import torch

from explorer.runs.run_directory import RunDirectory
from explorer.training.control import Control


@dataclass(frozen=True)
class Context:
    """The surroundings of one training; nothing in it changes the weights but device and threads.

    Attributes
    ----------
    run
        Where it is saved, and resumed from if a checkpoint is there.
    threads
        Processor threads, as resolved by `explorer.training.devices.training_threads`.
    snapshots
        Whether somebody looks, so that copies of the weights are handed out.
    save_seconds
        A checkpoint is written at least this often.
    """

    run: RunDirectory
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    threads: int = 1
    control: Control = field(default_factory=Control)
    snapshots: bool = False
    save_seconds: float = 30.0
