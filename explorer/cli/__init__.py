"""The command line. Each command imports what it needs when it runs, so that importing this package is fast."""

# Importing a module registers its commands with `program.app`.
from explorer.cli import (
    export,
    import_weights,
    information,
    inspection,
    listings,
    loss,
    reports,
    runs,
    training,
    window,
)
from explorer.cli.latent import (
    blends,
    codes,
    components,
    encoding,
    paths,
    pictures,
    restorations,
    samples,
    traversals,
    vectors,
)
from explorer.cli.program import app, main

__all__ = [
    "app",
    "blends",
    "codes",
    "components",
    "encoding",
    "export",
    "import_weights",
    "information",
    "inspection",
    "listings",
    "loss",
    "main",
    "paths",
    "pictures",
    "reports",
    "restorations",
    "runs",
    "samples",
    "training",
    "traversals",
    "vectors",
    "window",
]
