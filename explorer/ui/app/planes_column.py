"""The planes with the scrubber, what differs and the legend below them, which save height where it is scarce."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui.comparison.differences_line import DifferencesLine
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.plane.points.legend import LegendBar
from explorer.ui.replay.replay_bar import ReplayBar
from explorer.ui.theme.style_sheet import GAP
from explorer.ui.theme.theme import ThemeSource

LOW = 520
"""A column lower than this at scale 1 leaves room to the planes."""


class PlanesColumn(QWidget):
    """Where it is low, what differs waits until the hints are done or dismissed, and the legend leaves counts out."""

    def __init__(
        self,
        planes: PlanesArea,
        replay: ReplayBar,
        differences: DifferencesLine,
        legend: LegendBar,
        themes: ThemeSource,
    ) -> None:
        super().__init__()
        self._planes, self._differences, self._legend, self._themes = planes, differences, legend, themes
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(planes, 1)
        for widget in (replay, differences, legend):
            column.addWidget(widget)
        planes.hint.installEventFilter(self)
        themes.changed.connect(self._share)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See when the hints come and go."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._share()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Save height, or do not."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        low = self.height() < LOW * self._themes.scale
        self._differences.give_way(low and not self._planes.hint.isHidden())
        self._legend.set_low(low)
