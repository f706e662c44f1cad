"""Latent Explorer: train autoencoders and VAEs, see their latent plane, decode under the hand.

The functions import what they need when they are called, so that ``import explorer`` is quick.
"""

from os import PathLike
from typing import TYPE_CHECKING, Any

from explorer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.api import LoadedRun
    from explorer.config import RunConfig
    from explorer.training.events import Progress

__all__ = ["__version__", "explore", "load", "train"]


def load(run: str | PathLike[str]) -> "LoadedRun":
    """Open a run directory; see `explorer.api.load_run`."""
    from explorer.api import load_run

    return load_run(run)


def train(
    config: "RunConfig | None" = None,
    *,
    out: str | PathLike[str],
    data: str = "digits",
    model: str = "vae",
    device: str = "auto",
    overwrite: bool = False,
    on_progress: "Callable[[Progress], None] | None" = None,
    **settings: Any,
) -> "LoadedRun":
    """Train a run to its end and open it; see `explorer.api.train_new_run`.

    >>> explorer.train(out="my-vae", latent_dim=2, epochs=30, beta=4)  # doctest: +SKIP
    """
    from explorer.api import train_new_run

    return train_new_run(
        config,
        out=out,
        data=data,
        model=model,
        device=device,
        overwrite=overwrite,
        on_progress=on_progress,
        **settings,
    )


def explore(*runs: str | PathLike[str]) -> int:
    """Open the window with some runs, or with those it ships with; returns its exit status when it is closed."""
    from pathlib import Path

    from explorer.ui.app import run as open_on

    return open_on([Path(run) for run in runs])
