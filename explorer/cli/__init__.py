"""The command line. Each command imports what it needs when it runs, so that importing this package is fast."""

from explorer.cli import (
    codes,
    components,
    information,
    inspection,
    listings,
    loss,
    pictures,
    reports,
    restorations,
    training,
    window,
)
from explorer.cli.program import app, main

__all__ = [
    "app",
    "codes",
    "components",
    "information",
    "inspection",
    "listings",
    "loss",
    "main",
    "pictures",
    "reports",
    "restorations",
    "training",
    "window",
]
