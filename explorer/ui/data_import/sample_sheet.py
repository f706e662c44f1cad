"""A small preview of a data set: samples of each class, the number of samples in each, and the range of the values."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import Dataset, Description
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

SHOWN = 12
SIDE = 56
"""Pixels of a picture's longest side at text scale 1."""
MAX_BESIDE = 1.2
"""Maximum text scale at which two vectors have room beside each other."""
MAX_LOOKED_AT = 10_000
"""Maximum number of samples from which some are chosen, and whose range is given."""
_SHOWN_CLASSES = 12


class SampleSheet(QWidget):
    """Samples of a data set, of as many classes as there is room for, and its class counts."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "data_preview", accessible="Samples of the data")
        self._themes = themes
        self._data: Dataset | None = None
        # The labels are made once; another data set only changes their pixmaps.
        self._pictures = [QLabel() for _ in range(SHOWN)]
        row = QWidget()
        flow = FlowLayout(row)
        for picture in self._pictures:
            flow.addWidget(picture)
        self._counts = set_identity(QLabel(wordWrap=True), "data_counts", accessible="Number of samples")
        self._counts.setProperty("role", "muted")
        self._counts.setTextFormat(Qt.TextFormat.PlainText)  # names of classes may have "<" in them
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row)
        layout.addWidget(self._counts)
        themes.changed.connect(self._draw)
        self.hide()

    def show_data(self, data: Dataset | None) -> None:
        """Show a data set; None hides the preview."""
        if data is not self._data:
            self._data = data
            self._draw()

    @Slot()
    def _draw(self) -> None:
        data = self._data
        self.setVisible(data is not None)
        if data is None:
            return
        factor, most = _layout_for(data.description, self._themes.scale)
        side, shown = round(SIDE * self._themes.scale * factor), min(most, len(data))
        chosen = spread_over_classes(data.labels, shown, len(data))
        for label in self._pictures[len(chosen) :]:
            label.hide()
        for label, index in zip(self._pictures, chosen, strict=False):
            label.show()
            sample, ratio = data.rows(np.array([index]))[0], self.devicePixelRatioF()
            image = render_sample(sample, data.description, self._themes.theme, side, ratio)
            label.setPixmap(QPixmap.fromImage(image))
            label.setToolTip(_sample_title(data, index))
        self._counts.setText("\n".join(text for text in (counts(data), values_text(data)) if text))
        self._counts.setVisible(bool(self._counts.text()))


def _layout_for(description: Description, scale: float) -> tuple[float, int]:
    """Return the size of a sample as a factor of a picture's side, and how many samples are shown."""
    if description.kind == "image":
        return 1, SHOWN
    if description.kind == "text":
        return (1.5, SHOWN) if description.of_words else (4, 3)  # words; lists of terms
    if description.axis is not None:
        return 2, SHOWN // 2  # lines
    # Names with their values. With large text the second would be below the first, and push the report out of view.
    return (4, 2) if scale <= MAX_BESIDE else (3, 1)


def counts(data: Dataset) -> str:
    """Return the number of samples in each class; "" without classes."""
    if data.labels is None:
        return ""
    # Negative labels mean "no class"; bincount does not accept them.
    numbers = np.bincount(data.labels[data.labels >= 0], minlength=len(data.class_names))
    listed = [f"{name}: {count:,}" for name, count in zip(data.class_names, numbers, strict=False)]
    more = len(listed) - _SHOWN_CLASSES
    unknown = int((data.labels < 0).sum())
    return ", ".join(listed[:_SHOWN_CLASSES] + ([f"{more} more classes"] if more > 0 else [])) + (
        f"; {unknown:,} without a class" if unknown else ""
    )


def spread_over_classes(labels: NDArray[np.int64] | None, number: int, count: int) -> list[int]:
    """Return the indices of ``number`` of ``count`` samples: the first of each class, the second of each, and so on."""
    if labels is None:
        return list(range(min(number, count)))
    first = labels[:MAX_LOOKED_AT]
    order = np.argsort(first, kind="stable")
    _, starts, sizes = np.unique(first[order], return_index=True, return_counts=True)
    # The rank of each sample within its class.
    rank = np.empty(len(first), dtype=np.int64)
    rank[order] = np.arange(len(first)) - np.repeat(starts, sizes)
    # Samples without a class, -1, come last.
    chosen = np.lexsort((first, first < 0, rank))[:number]
    return [int(index) for index in chosen]


def values_text(data: Dataset) -> str:
    """Return the range of the values in their own units; "" for texts and pictures of bytes."""
    samples = data.samples
    if data.description.kind == "text" or not isinstance(samples, np.ndarray) or samples.dtype == np.uint8:
        return ""
    first = samples[:MAX_LOOKED_AT]
    return f"values from {float(first.min()):.4g} to {float(first.max()):.4g}".replace("-", "\N{MINUS SIGN}")


def _sample_title(data: Dataset, index: int) -> str:
    title = data.description.sample_title(index)
    name = "" if data.labels is None else data.description.class_name(int(data.labels[index]))
    return f"{title}, class {name}" if name else title
