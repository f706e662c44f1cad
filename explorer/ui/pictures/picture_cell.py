"""A picture with its caption: whose decode it is, or that it is real."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource


class PictureCell(QWidget):
    """A caption, elided where it is longer than its picture is wide, over a `SampleView`."""

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
        """Set the caption, and what a screen reader and the tooltip call the picture."""
        if caption != self.caption.text():
            self.caption.setText(caption)
        if accessible != self.view.accessibleName():
            self.view.setAccessibleName(accessible)
            self.view.setToolTip(accessible)

    def fit(self, side: int) -> QSize:
        """Let the picture's longest side be so many pixels; gives the cell's size."""
        self._side = side
        self.view.fit(side)
        height = self.view.sizeHint().height()
        if not self.caption.isHidden():
            height += self.caption.sizeHint().height() + 2
        return QSize(side, height)
