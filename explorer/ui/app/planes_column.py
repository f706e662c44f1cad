"""The column of planes, replay bar, differences and legend, which saves height in a low window."""

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
"""Height in pixels at scale 1 below which the column saves height."""


class PlanesColumn(QWidget):
    """In a low column the differences are hidden while hints are shown, and the legend omits its counts."""

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
        # The hint line hides itself, without a signal.
        planes.hint.installEventFilter(self)
        themes.changed.connect(self._share)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Adapt the column when the hints appear or disappear."""
        # Show and Hide are not sent while the window itself is hidden; these are.
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._share()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt the column to its new height."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        low = self.height() < LOW * self._themes.scale
        self._differences.give_way(low and not self._planes.hint.isHidden())
        self._legend.set_low(low)
