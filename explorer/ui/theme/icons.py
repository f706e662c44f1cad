"""The program's icons: SVG strokes in the theme's colours."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from explorer.assets import asset
from explorer.rendering.theme import Theme


def icon(name: str, theme: Theme, colour: str | None = None) -> QIcon:
    """Return an icon that is sharp at any size and device pixel ratio.

    Parameters
    ----------
    name
        The file's name in ``resources/icons``, without its ending.
    theme
        Theme whose text colour is used normally, its accent colour if checked, its edge colour if disabled.
    colour
        ``"#rrggbb"`` in place of text and accent colour, for example ``theme.accent_text`` on a primary button.

    Raises
    ------
    explorer.assets.AssetError
        For a name without a file.
    """
    # A copy, so that a caller who adds to its icon changes no other.
    return QIcon(_kept_icon(name, colour or theme.text, colour or theme.accent, theme.edge))


@cache
def _kept_icon(name: str, normal: str, checked: str, disabled: str) -> QIcon:
    # Kept, because each step of the text size sets all icons again, and Qt looks at the file at each `addFile`.
    # Files instead of pixmaps: Qt renders an SVG file at the size and pixel ratio in use.
    result = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
        result.addFile(str(icon_file(name, normal)), QSize(), mode, QIcon.State.Off)
        result.addFile(str(icon_file(name, checked)), QSize(), mode, QIcon.State.On)
    for state in (QIcon.State.Off, QIcon.State.On):
        result.addFile(str(icon_file(name, disabled)), QSize(), QIcon.Mode.Disabled, state)
    return result


# Icons must not outlive the application, and exit functions run before PySide6's own, which deletes it.
atexit.register(_kept_icon.cache_clear)


def app_icon() -> QIcon:
    """Return the program's icon in its own colours."""
    return QIcon(str(asset("icons", "app.svg")))


@cache
def icon_file(name: str, colour: str) -> Path:
    """Write an icon in one colour to a temporary file and return its path. Style sheets accept only files.

    The folder is deleted when the program ends.
    """
    drawing = asset("icons", f"{name}.svg").read_text(encoding="utf-8")
    path = _folder() / f"{name}-{colour.lstrip('#')}.svg"
    # Replaced in the text, since Qt offers no way to set the colour of an SVG file.
    path.write_text(drawing.replace("currentColor", colour), encoding="utf-8")
    return path


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="latent-explorer-icons-"))
    # Errors are ignored: on Windows a file may still be open.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
