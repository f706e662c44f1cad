"""The program's own icons: simple strokes in SVG, drawn in the theme's colours."""

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
    """Return an icon that stays crisp at any size and scaling.

    Parameters
    ----------
    name
        The file's name in ``resources/icons``, without its ending.
    theme
        Gives the colours: words' normally, the accent when checked, the edges' when disabled.
    colour
        ``"#rrggbb"`` instead of the words', for example ``theme.accent_text`` on a primary button.

    Raises
    ------
    explorer.assets.AssetError
        For a name without a file.
    """
    normal = str(icon_file(name, colour or theme.text))
    checked = str(icon_file(name, colour or theme.accent))
    disabled = str(icon_file(name, theme.edge))
    result = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
        result.addFile(normal, QSize(), mode, QIcon.State.Off)
        result.addFile(checked, QSize(), mode, QIcon.State.On)
    for state in (QIcon.State.Off, QIcon.State.On):
        result.addFile(disabled, QSize(), QIcon.Mode.Disabled, state)
    return result


def app_icon() -> QIcon:
    """Return the program's own icon, in its own colours."""
    return QIcon(str(asset("icons", "app.svg")))


@cache
def icon_file(name: str, colour: str) -> Path:
    """Write an icon in one colour to a file, as style sheets need it.

    The folder lasts as long as the program.
    """
    drawing = asset("icons", f"{name}.svg").read_text(encoding="utf-8")
    path = _folder() / f"{name}-{colour.lstrip('#')}.svg"
    path.write_text(drawing.replace("currentColor", colour), encoding="utf-8")
    return path


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="latent-explorer-icons-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
