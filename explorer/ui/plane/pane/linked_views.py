"""Zoom and pan of all planes together: each shows the same share of what is fitted in it."""

from PySide6.QtCore import QObject, Slot

from explorer.ui.plane.plot_area import FITTED, PlotArea


class LinkedViews(QObject):
    """Lets every plane follow the one that the hand moves; a plane that follows moves no other.

    Scales differ from run to run, an autoencoder's codes reach ±40 where a VAE's reach ±4: what is shared is the look
    (`explorer.ui.plane.plot_area.Look`), not the units.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planes: list[PlotArea] = []
        self._linked = False
        self._look = FITTED

    def set_planes(self, planes: list[PlotArea]) -> None:
        """Take the planes in view; new ones follow the others."""
        for plane in [plane for plane in planes if plane not in self._planes]:
            plane.handled.connect(self._on_handled)
            plane.refitted.connect(self._on_refitted)
        self._planes = planes
        for plane in planes:
            self._let_follow(plane)

    def set_linked(self, linked: bool, leading: PlotArea | None) -> None:
        """Let all follow ``leading`` from now on; or none any more."""
        changed, self._linked = linked != self._linked, linked
        if changed and leading is not None:
            self._lead(leading)

    @Slot()
    def _on_handled(self) -> None:
        moved = self.sender()
        if isinstance(moved, PlotArea) and moved in self._planes:
            self._lead(moved)

    @Slot()
    def _on_refitted(self) -> None:
        fitted = self.sender()
        if isinstance(fitted, PlotArea) and fitted in self._planes:
            self._let_follow(fitted)

    def _lead(self, leading: PlotArea) -> None:
        self._look = leading.look
        for plane in self._planes:
            self._let_follow(plane)

    def _let_follow(self, plane: PlotArea) -> None:
        if self._linked and plane.look != self._look:
            plane.follow(self._look)
