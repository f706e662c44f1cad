"""Linked zoom and pan: all planes show the same part relative to their own fitted views.

1. The user moves a plane: its `Camera` emits ``moved_by_user``.
2. `LinkedViews` stores the camera's `Look` and passes it to all other cameras.
3. They `follow` it without emitting ``moved_by_user``, so the cameras cannot trigger each other.
4. A camera that is refitted to new codes (``refitted``) takes the stored look again.
"""

from PySide6.QtCore import QObject, Slot

from explorer.ui.plane.plot.camera import FITTED, Camera


class LinkedViews(QObject):
    """Makes all cameras follow the one that the user moves.

    Scales differ between runs: an autoencoder's codes may reach ±40 and a VAE's ±4. Cameras therefore share a `Look`,
    which is relative to the fitted box, and not latent units.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cameras: list[Camera] = []
        self._linked = False
        self._look = FITTED

    def set_cameras(self, cameras: list[Camera]) -> None:
        """Set the cameras of the visible planes; new ones follow the others."""
        for camera in [camera for camera in cameras if camera not in self._cameras]:
            # Only new cameras are connected: a second connection would call the slot twice.
            camera.moved_by_user.connect(self._on_moved)
            camera.refitted.connect(self._on_refitted)
        self._cameras = cameras
        for camera in cameras:
            self._let_follow(camera)

    def set_linked(self, linked: bool, leading: Camera | None) -> None:
        """Link or unlink the cameras; when linked, all take the look of ``leading``."""
        changed, self._linked = linked != self._linked, linked
        if changed and leading is not None:
            self._lead(leading)

    @Slot()
    def _on_moved(self) -> None:
        moved = self.sender()
        # The camera of a closed pane may still emit until it is deleted.
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
