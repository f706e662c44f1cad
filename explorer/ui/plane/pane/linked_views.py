"""Zoom and pan of all planes together: each shows the same share of what is fitted in it."""

from PySide6.QtCore import QObject, Slot

from explorer.ui.plane.plot.camera import FITTED, Camera


class LinkedViews(QObject):
    """Lets every plane's camera follow the one that the user moves; a camera that follows moves no other.

    Scales differ from run to run, an autoencoder's codes reach ±40 where a VAE's reach ±4: what is shared is the
    `Look`, not the units.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cameras: list[Camera] = []
        self._linked = False
        self._look = FITTED

    def set_cameras(self, cameras: list[Camera]) -> None:
        """Take the cameras of the planes in view; new ones follow the others."""
        for camera in [camera for camera in cameras if camera not in self._cameras]:
            camera.moved_by_user.connect(self._on_moved)
            camera.refitted.connect(self._on_refitted)
        self._cameras = cameras
        for camera in cameras:
            self._let_follow(camera)

    def set_linked(self, linked: bool, leading: Camera | None) -> None:
        """Let all follow ``leading`` from now on, or none any more."""
        changed, self._linked = linked != self._linked, linked
        if changed and leading is not None:
            self._lead(leading)

    @Slot()
    def _on_moved(self) -> None:
        moved = self.sender()
        if isinstance(moved, Camera) and moved in self._cameras:
            self._lead(moved)

    @Slot()
    def _on_refitted(self) -> None:
        fitted = self.sender()
        if isinstance(fitted, Camera) and fitted in self._cameras:
            self._let_follow(fitted)

    def _lead(self, leading: Camera) -> None:
        self._look = leading.look
        for camera in self._cameras:
            self._let_follow(camera)

    def _let_follow(self, camera: Camera) -> None:
        if self._linked and camera.look != self._look:
            camera.follow(self._look)
