"""A widget that shows one sample or decode of any kind, and copies or saves it as a picture."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.rendering.pictures import PixelReading
from explorer.rendering.render import kind_of
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

SIDE = 640
"""Longest side of the written picture in pixels; small images are enlarged by whole factors."""
EDGE = 0.12
"""Opacity of the line around a picture."""


def save_sample_picture(
    parent: QWidget,
    tasks: Tasks,
    name: str,
    values: NDArray[Any],
    description: Description,
    real: NDArray[Any] | None,
    dark: bool,
) -> None:
    """Ask for a file, then write a sample ``(*shape)`` in the background."""
    path = ask_path(parent, "Save picture", f"{name}.png", FIGURE_KINDS)
    if path is not None:
        write_sample_picture(tasks, path, values, description, real, dark)


def write_sample_picture(
    tasks: Tasks,
    path: Path,
    values: NDArray[Any],
    description: Description,
    real: NDArray[Any] | None = None,
    dark: bool = False,
) -> None:
    """Write a sample ``(*shape)`` as PNG, SVG or PDF in the background; an error is shown to the user."""

    def work(_: LoadContext) -> None:
        from explorer.plot.decodes.saved_decodes import save_samples  # not above: matplotlib takes long to import

        save_samples(path, [values], description, SIDE, real=real, dark=dark)

    tasks.save(path, work)


SMALL = 24
"""Minimum side in pixels."""


class SampleView(QWidget):
    """Shows a sample; the last one stays until the next arrives. The widget has its picture's size, see `fit`.

    Signals
    -------
    clicked
        A click with the left mouse button.
    """

    clicked = Signal()

    def __init__(self, tasks: Tasks, themes: ThemeSource, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tasks = tasks
        self._side = 160
        self._values: NDArray[Any] | None = None
        self._over: NDArray[Any] | None = None
        self._description: Description | None = None
        self._image = QImage()
        self._z: tuple[float, ...] = ()
        self._file_name = name
        self._pressed = self._lit = False
        self._reading: PixelReading | None = None
        self.more_actions: tuple[QAction, ...] = ()  # further menu entries of the window, for the code
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setObjectName(name)
        self.setAccessibleName(name.replace("_", " "))
        themes.changed.connect(self._redraw)

    @property
    def values(self) -> NDArray[Any] | None:
        """The values shown, in their own units."""
        return self._values

    @property
    def image(self) -> QImage:
        """The picture as drawn."""
        return self._image

    def show_sample(
        self,
        values: NDArray[Any],
        description: Description,
        *,
        over: NDArray[Any] | None = None,
        z: tuple[float, ...] = (),
        file_name: str = "",
    ) -> None:
        """Show a sample or decode ``(*shape)``.

        Parameters
        ----------
        over
            The real sample that it is a decode of.
        z
            The code that it was decoded from, for the menu's "Copy z".
        file_name
            Suggested name of a saved picture, without ending.
        """
        self._z, self._file_name = z, file_name or self._file_name
        # Identity: comparing every pixel would cost as much as drawing.
        if values is self._values and over is self._over and description is self._description:
            return
        self._values, self._over, self._description = values, over, description
        self._redraw()

    def set_reading(self, reading: PixelReading) -> None:
        """Set the function that describes the pixel under the mouse for the tooltip."""
        self._reading = reading

    def pixel_box(self, at: QPointF) -> tuple[int, int, QRectF] | None:
        """Return row, column and rectangle of the pixel of an image at a position, or None."""
        if self._values is None or self._description is None or self._description.kind != "image":
            return None
        rows, columns = self._values.shape[1:]
        wide, high = self.width() / columns, self.height() / rows
        row, column = int(at.y() / high), int(at.x() / wide)
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        return row, column, QRectF(column * wide, row * high, wide, high)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the pixel under the mouse, and what the picture is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._reading is not None:
            found = self.pixel_box(QPointF(event.pos()))
            if found is not None and self._values is not None and self._description is not None:
                row, column, box = found
                text = f"{self._reading.text(self._values, self._description, row, column)}\n{self.toolTip()}"
                # With the rectangle of the pixel, the next one has its own text.
                QToolTip.showText(event.globalPos(), text, self, box.toAlignedRect())
                return True
        return super().event(event)

    def fit(self, side: int) -> None:
        """Set the longest side in pixels."""
        side = max(SMALL, side)
        if side != self._side:
            self._side = side
            self._redraw()

    def set_lit(self, lit: bool) -> None:
        """Frame the picture: the mouse points at its symbol in the formula."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    def sizeHint(self) -> QSize:
        """Return the picture's size in pixels."""
        return QSize(self._side, self._side) if self._image.isNull() else self._image.deviceIndependentSize().toSize()

    def minimumSizeHint(self) -> QSize:
        """Return the picture's size: the widget is never smaller."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, or an empty field until there is one."""
        with QPainter(self) as painter:
            if self._image.isNull():
                painter.fillRect(self.rect(), QColor(self._themes.theme.raised))
                return
            painter.drawImage(QPointF(), self._image)
            if self._description is not None and self._description.kind == "image":
                # Hardly visible, but a white picture on a white panel needs an edge.
                edge = QColor(self._themes.theme.text)
                edge.setAlphaF(EDGE)
                painter.setPen(QPen(edge, 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            if self._lit:
                painter.setPen(QPen(QColor(self._themes.theme.accent), 3))
                painter.drawRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click."""
        self._pressed = event.button() == Qt.MouseButton.LeftButton

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click, if the mouse is still on the picture."""
        if self._pressed and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
        self._pressed = False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the picture and its code."""
        if self._values is not None:
            menu = self.build_menu()
            # exec returns when the menu is closed; it can be deleted at once.
            menu.exec(event.globalPos())
            menu.deleteLater()

    def build_menu(self) -> QMenu:
        """Return the menu of a right click."""
        menu = QMenu(self)
        menu.addAction("Copy picture").triggered.connect(self.copy_picture)
        menu.addAction("Save picture…").triggered.connect(self.save_picture)
        copy_z = menu.addAction("Copy z")
        copy_z.triggered.connect(self.copy_z)
        copy_z.setEnabled(bool(self._z))
        menu.setToolTipsVisible(True)
        menu.addActions(list(self.more_actions))
        return menu

    def draw_image(self, ratio: float) -> QImage:
        """Return the picture for a screen of this device pixel ratio."""
        assert self._values is not None
        assert self._description is not None
        return render_sample(self._values, self._description, self._themes.theme, self._side, ratio, over=self._over)

    @Slot()
    def copy_picture(self) -> None:
        """Copy the picture to the clipboard, on the panel's background."""
        # Most programs show a transparent picture on black or white.
        if self._image.isNull():
            return
        ground = QImage(self._image.size(), QImage.Format.Format_RGB32)
        ground.fill(QColor(self._themes.theme.panel))
        with QPainter(ground) as painter:
            painter.drawImage(QRectF(ground.rect()), self._image)
        QGuiApplication.clipboard().setImage(ground)

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file, then save the picture in the background."""
        if self._values is not None and self._description is not None:
            dark = self._themes.theme.dark
            save_sample_picture(self, self._tasks, self._file_name, self._values, self._description, self._over, dark)

    @Slot()
    def copy_z(self) -> None:
        """Copy the code to the clipboard as text."""
        QGuiApplication.clipboard().setText(z_as_text(self._z))

    @Slot()
    def _redraw(self) -> None:
        if self._values is None or self._description is None:
            self.updateGeometry()
            return
        self._image = self.draw_image(self.devicePixelRatioF())
        # Images ignore the real sample; keeping it would only hold its memory.
        if kind_of(self._description) == "image":
            self._over = None
        # updateGeometry lays the parents out: not at every answer.
        if self.size() != self.sizeHint():
            self.updateGeometry()
        self.update()


def z_as_text(z: tuple[float, ...]) -> str:
    """Return a code in the command line's format: the digits of float32, separated by commas."""
    return ",".join(np.format_float_positional(np.float32(value), trim="0") for value in z)


class PictureCell(QWidget):
    """A `SampleView` with a caption below it, elided to the picture's width."""

    def __init__(
        self,
        tasks: Tasks,
        themes: ThemeSource,
        name: str,
        parent: QWidget | None = None,
        view: type[SampleView] = SampleView,
    ) -> None:
        super().__init__(parent)
        self.caption = QElidingLabel(self)
        self.caption.setProperty("role", "muted")
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.view = view(tasks, themes, name, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.view, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.caption)
        column.addStretch(1)

    def set_words(self, caption: str, accessible: str) -> None:
        """Set the caption, and the picture's name for screen readers and the tooltip."""
        # Setting equal text would lay the cell out at every answer.
        if caption != self.caption.text():
            self.caption.setText(caption)
        # "" for a picture whose column has its caption already.
        self.caption.setHidden(not caption)
        if accessible != self.view.accessibleName():
            self.view.setAccessibleName(accessible)
            self.view.setToolTip(accessible)

    def fit(self, side: int) -> QSize:
        """Set the longest side of the picture in pixels; return the cell's size."""
        self.view.fit(side)
        height = self.view.sizeHint().height()
        # isHidden, not isVisible: a caption counts even before the window is shown.
        if not self.caption.isHidden():
            height += self.caption.sizeHint().height() + 2
        return QSize(side, height)
