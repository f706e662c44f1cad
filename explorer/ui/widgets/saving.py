"""Asks for files and folders, and saves widgets as PNG at twice their size, as SVG or as PDF.

Every file dialog of the window is opened here: it begins in the folder that the last one of its kind was used in.
Saving takes three steps:

1. `ask_path` asks for a path and completes its ending.
2. `widgets_as_bytes` paints into memory, in the window's thread.
3. `write_bytes` writes the file in a background thread; it replaces an existing file only when complete.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QPointF, QRectF, QSize, QSizeF, Slot
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.runs.files import replace_file
from explorer.ui.widgets.settings import dialog_folder, remember_dialog_folder

PNG_RATIO = 2.0
"""Pixels of a saved PNG per pixel on screen."""
FIGURE_KINDS: Mapping[str, str] = {"png": "PNG picture", "svg": "SVG drawing", "pdf": "PDF document"}
FILM_KINDS: Mapping[str, str] = {"gif": "GIF animation", "mp4": "MP4 film"}
_DPI = 96  # one unit of the drawing is one pixel on screen

Draw = Callable[[QPainter], None]


def ask_path(parent: QWidget | None, title: str, suggestion: str, kinds: Mapping[str, str]) -> Path | None:
    """Ask for a path to save to; return None if the user cancels.

    Parameters
    ----------
    suggestion
        A file name, or a path with its folder; its ending is one of ``kinds``.
    kinds
        Endings without the dot and their titles: ``{"png": "PNG picture"}``. The returned name has one of them.
    """
    kind = _dialog_kind(kinds)
    dialog = _SaveDialog(parent, title, suggestion, kinds)
    if Path(suggestion).name == suggestion and (folder := dialog_folder(kind)):
        dialog.setDirectory(folder)
        dialog.selectFile(suggestion)
    accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
    chosen, ending = dialog.selectedFiles(), dialog.ending
    # As a child of the window it would otherwise stay until the window is closed.
    dialog.deleteLater()
    if not accepted or not chosen:
        return None
    path = Path(chosen[0])
    remember_dialog_folder(kind, path.parent)
    known = any(path.name.lower().endswith(f".{kind}") for kind in kinds)
    return path if known else path.with_name(f"{path.name}.{ending}")


def ask_file(parent: QWidget | None, title: str, kind: str, filters: str) -> Path | None:
    """Ask for a file to open; return None if the user cancels. ``kind`` names what it is: "data", "weights"."""
    name, _ = QFileDialog.getOpenFileName(parent, title, dialog_folder(kind), filters)
    if not name:
        return None
    remember_dialog_folder(kind, Path(name).parent)
    return Path(name)


def ask_folder(parent: QWidget | None, title: str, kind: str, first: str = "") -> Path | None:
    """Ask for a folder to open; ``first`` is where the first dialog of its kind begins."""
    name = QFileDialog.getExistingDirectory(parent, title, dialog_folder(kind) or first)
    if not name:
        return None
    # Its parent: the next folder is most likely beside this one.
    remember_dialog_folder(kind, Path(name).parent)
    return Path(name)


def _dialog_kind(endings: Iterable[str]) -> str:
    """Return which saved files share a folder: pictures, sessions, or tables and reports."""
    first = next(iter(endings))
    return {"png": "pictures", "svg": "pictures", "gif": "pictures", "session.json": "sessions"}.get(first, "tables")


class _SaveDialog(QFileDialog):
    """A save dialog that completes a name without an ending by that of the chosen kind."""

    def __init__(self, parent: QWidget | None, title: str, suggestion: str, kinds: Mapping[str, str]) -> None:
        super().__init__(parent, title)
        self._endings = {f"{words} (*.{ending})": ending for ending, words in kinds.items()}
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters(list(self._endings))
        self.selectFile(suggestion)
        suggested = next((words for words, kind in self._endings.items() if suggestion.endswith(f".{kind}")), None)
        self.selectNameFilter(suggested or next(iter(self._endings)))
        self._take_ending(self.selectedNameFilter())
        self.filterSelected.connect(self._take_ending)

    @property
    def ending(self) -> str:
        """The ending of the chosen kind, without its dot."""
        return self._endings.get(self.selectedNameFilter(), next(iter(self._endings.values())))

    @Slot(str)
    def _take_ending(self, words: str) -> None:
        self.setDefaultSuffix(self._endings.get(words, self.ending))


def save_widget(widget: QWidget, path: Path) -> None:
    """Write the picture of a widget, as PNG, SVG or PDF by the path's ending.

    Raises
    ------
    OSError
        If the file cannot be written; ``path`` is unchanged then.
    """
    write_bytes(path, widgets_as_bytes([widget], path.suffix))


def widgets_as_bytes(widgets: Sequence[QWidget], suffix: str, margin: int = 0, ground: str | None = None) -> bytes:
    """Return the picture of widgets, one below the other, as the bytes of a PNG, SVG or PDF by the ``suffix``.

    The ground is a colour, or by default the first widget's. Call it in the window's thread; `write_bytes` may run in
    any.
    """
    width = max(widget.width() for widget in widgets) + 2 * margin
    size = QSize(width, sum(widget.height() for widget in widgets) + 2 * margin)

    def draw(painter: QPainter) -> None:
        y = margin
        for widget in widgets:
            # QWidget.render takes its position from the painter's transform.
            painter.save()
            painter.translate(margin, y)
            widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
            painter.restore()
            y += widget.height()

    return _as_bytes(draw, size, QColor(ground) if ground else widgets[0].palette().window().color(), suffix)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    OSError
        If the file cannot be written; ``path`` is unchanged then.
    """

    def write(part: Path) -> None:
        part.write_bytes(data)

    replace_file(path, write)


def _as_bytes(draw: Draw, size: QSize, ground: QColor, suffix: str) -> bytes:
    kind = suffix.lower().lstrip(".")
    if kind not in FIGURE_KINDS:
        raise ValueError(
            f"{suffix!r} is not a picture format: choose from {', '.join(f'.{kind}' for kind in FIGURE_KINDS)}"
        )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if kind == "svg":
        _draw_svg(draw, size, ground, buffer)
    elif kind == "pdf":
        _draw_pdf(draw, size, ground, buffer)
    else:
        _draw_png(draw, size, ground).save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _draw_png(draw: Draw, size: QSize, ground: QColor) -> QImage:
    image = QImage(size * PNG_RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PNG_RATIO)
    image.fill(ground)
    with QPainter(image) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        draw(painter)
    return image


def _draw_svg(draw: Draw, size: QSize, ground: QColor, buffer: QBuffer) -> None:
    svg = QSvgGenerator()
    svg.setOutputDevice(buffer)
    svg.setSize(size)
    # Without a view box, programs scale the drawing by their own idea of its resolution.
    svg.setViewBox(QRectF(QPointF(), size))
    svg.setResolution(_DPI)
    svg.setTitle("Latent Explorer")
    with QPainter(svg) as painter:
        painter.fillRect(QRectF(QPointF(), size), ground)
        draw(painter)


def _draw_pdf(draw: Draw, size: QSize, ground: QColor, buffer: QBuffer) -> None:
    pdf = QPdfWriter(buffer)
    # One page of the size of the drawing, in which one unit is one pixel on screen.
    pdf.setResolution(_DPI)
    pdf.setPageSize(QPageSize(QSizeF(size) * 72 / _DPI, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    pdf.setPageMargins(QMarginsF())
    pdf.setTitle("Latent Explorer")
    with QPainter(pdf) as painter:
        painter.fillRect(QRectF(QPointF(), size), ground)
        draw(painter)
