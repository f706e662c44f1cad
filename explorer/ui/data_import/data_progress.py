"""The progress of loading data, and the line that describes what was loaded."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from explorer.data.dataset import Dataset
from explorer.jobs.workers.background import Working
from explorer.ui.widgets.identity import set_identity


class DataProgress(QWidget):
    """The progress of loading, with a button that cancels it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = set_identity(QLabel(wordWrap=True), "data_status", accessible="Progress of loading")
        self._text.setProperty("role", "muted")
        self._bar = set_identity(QProgressBar(textVisible=False), "data_progress", accessible="Loading the data")
        self.cancel = set_identity(QPushButton("Cancel"), "data_cancel", "Stop loading and keep the current data")
        line = QHBoxLayout()
        line.addWidget(self._bar, 1)
        line.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self._text)
        layout.addLayout(line)
        self.hide()

    def begin(self, title: str) -> None:
        """Show that loading has begun."""
        self._text.setText(f"loading {title}")
        self._bar.setRange(0, 0)  # a range of 0 to 0 shows a busy indicator
        self.show()

    def show_working(self, news: Working) -> None:
        """Show the progress."""
        amount = f" · {100 * news.done // news.total} %" if news.total else ""
        self._text.setText(f"{news.text}{amount}")
        # QProgressBar uses 32-bit integers; downloads can have more bytes. Hence thousandths.
        self._bar.setRange(0, 1000 if news.total else 0)
        self._bar.setValue(1000 * news.done // news.total if news.total else 0)
        self.show()


def describe(data: Dataset, *, brief: bool = False) -> str:
    """Return a line on a data set: ``"1,797 pictures of 8×8, 10 classes"``; the brief one leaves the size out."""
    shape = data.description.shape
    if data.description.kind == "image":
        # (channels, height, width)
        colours = {1: "", 3: " in colour"}.get(shape[0], f" of {shape[0]} channels")
        what = "pictures" if brief else f"pictures of {shape[2]}×{shape[1]}{colours}"
    elif data.description.kind == "text":
        what = "words by their contexts" if data.description.of_words else f"documents of {shape[0]:,} terms"
    else:
        what = f"{'signals' if data.description.axis else 'vectors'} of {shape[0]}"
    classes = len(data.class_names)
    of_classes = f"{classes} classes" if classes > 1 else "1 class" if classes else "no labels"
    return f"{len(data):,} {what}, {of_classes}"
