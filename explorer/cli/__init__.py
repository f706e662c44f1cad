"""The command line: every subcommand, thin; importing it is quick, each command imports what it needs."""

from explorer.cli import codes, listings, reports, training, window
from explorer.cli.program import app, main

__all__ = ["app", "codes", "listings", "main", "reports", "training", "window"]
