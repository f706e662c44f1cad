"""A picture with its caption."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource


class PictureCell(QWidget):
    """A caption, elided to the picture's width, above a `SampleView`."""

    def __init__(self, tasks: Tasks, themes: ThemeSource, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = 160
        self.caption = QElidingLabel(self)
        self.caption.setProperty("role", "muted")
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.view = SampleView(tasks, themes, name, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.caption)
        column.addWidget(self.view, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addStretch(1)

    def set_words(self, caption: str, accessible: str) -> None:
        """Set the caption, and the picture's name for screen readers and the tooltip."""
        # Setting equal text would lay the cell out at every answer.
        if caption != self.caption.text():
            self.caption.setText(caption)
        if accessible != self.view.accessibleName():
            self.view.setAccessibleName(accessible)
            self.view.setToolTip(accessible)

    def fit(self, side: int) -> QSize:
        """Set the longest side of the picture in pixels; return the cell's size."""
        self._side = side
        self.view.fit(side)
        height = self.view.sizeHint().height()
        # isHidden, not isVisible: a caption counts even before the window is shown.
        if not self.caption.isHidden():
            height += self.caption.sizeHint().height() + 2
        return QSize(side, height)
