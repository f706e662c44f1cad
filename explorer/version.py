"""The names and the version of the program; the build and the run folders read the version here."""

__version__ = "0.2.0"

DISTRIBUTION = "latent-explorer-desktop"
"""The name that pip installs: ``latent-explorer``, the name of the command, is another project on the package index."""
