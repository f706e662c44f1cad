"""What the window remembers between starts: geometry, theme, text size, recent things. Never models."""

from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings

ORGANISATION = APPLICATION = "latent-explorer"


def settings() -> QSettings:
    """Return the program's settings file."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)


def last_session_file() -> Path:
    """Return where the session is kept from one start to the next."""
    return Path(platformdirs.user_state_dir(APPLICATION)) / "last-session.json"
