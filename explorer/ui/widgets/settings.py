"""Settings that the window keeps between starts: geometry, theme, text size, recent files. Never models."""

from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings

ORGANISATION = APPLICATION = "latent-explorer"


def settings() -> QSettings:
    """Return the program's settings file."""
    # An INI file on every platform: it can be read, copied and deleted by hand, and tests can redirect it.
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)


def last_session_file() -> Path:
    """Return the path of the session that is kept from one start to the next."""
    return Path(platformdirs.user_state_dir(APPLICATION)) / "last-session.json"
