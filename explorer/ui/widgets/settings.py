"""Settings that the window keeps between starts: geometry, theme, text size, recent files. Never models."""

import json
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


MAX_RECENT = 8
"""Number of recent paths of a kind that are kept."""


def recent_paths(kind: str) -> tuple[Path, ...]:
    """Return the paths of a kind, such as "runs", that were used last and still exist, the newest first."""
    return tuple(path for path in map(Path, _texts(f"recent/{kind}")) if path.exists())


def remember_path(kind: str, path: Path) -> None:
    """Put a path at the beginning of the recent ones of its kind."""
    remember_text(kind, str(path))


def forget_paths(kind: str) -> None:
    """Clear the recent paths of a kind."""
    settings().remove(f"recent/{kind}")


def recent_texts(kind: str) -> tuple[str, ...]:
    """Return the texts of a kind, such as "searches", that were entered last, the newest first."""
    return tuple(_texts(f"recent/{kind}"))


def remember_text(kind: str, text: str) -> None:
    """Put a text at the beginning of the recent ones of its kind."""
    others = [other for other in _texts(f"recent/{kind}") if other != text]
    settings().setValue(f"recent/{kind}", json.dumps([text, *others][:MAX_RECENT]))


def dialog_folder(kind: str) -> str:
    """Return the folder that a file dialog of this kind was last used in, if it still exists; else ""."""
    folder = str(settings().value(f"folders/{kind}", ""))
    return folder if folder and Path(folder).is_dir() else ""


def remember_dialog_folder(kind: str, folder: Path) -> None:
    """Store the folder in which the next file dialog of this kind begins."""
    settings().setValue(f"folders/{kind}", str(folder))


def _texts(key: str) -> list[str]:
    try:
        found = json.loads(str(settings().value(key, "[]")))
    except ValueError:  # the settings file can be edited by hand
        return []
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
