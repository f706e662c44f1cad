"""The command line. Each command imports what it needs when it runs, so that importing this package is fast."""

from explorer.cli import (
    codes,
    comparing,
    components,
    imports,
    listings,
    loss,
    plane,
    posterior,
    replays,
    reports,
    restorations,
    training,
    window,
)
from explorer.cli.program import app, main

__all__ = [
    "app",
    "codes",
    "comparing",
    "components",
    "imports",
    "listings",
    "loss",
    "main",
    "plane",
    "posterior",
    "replays",
    "reports",
    "restorations",
    "training",
    "window",
]
