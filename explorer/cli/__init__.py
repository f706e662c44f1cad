"""The command line: every subcommand, thin; importing it is quick, each command imports what it needs."""

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
    words,
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
    "words",
]
