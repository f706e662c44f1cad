"""The menu of a place on a plane."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from explorer.session import Path, Probe
from explorer.ui.plane.input.gestures import path_end
from explorer.ui.widgets.identity import set_identity

if TYPE_CHECKING:
    from explorer.ui.plane.latent_plane import LatentPlane


class PlaneMenu(QMenu):
    """What can be done at one pixel of a plane; it deletes itself when it closes."""

    def __init__(self, plane: "LatentPlane", at: QPointF) -> None:
        super().__init__(plane)
        set_identity(self, "plane_menu", accessible="At this place")
        self._plane, self._at = plane, at
        self._row = plane.row_at(at) if plane.placed is not None else None
        if plane.placed is not None:
            self._fill()
        self._add("fit", "Fit 99 % of the codes")
        self._add("save", "Save the plane as picture…")
        self.triggered.connect(self._on_triggered)
        self.aboutToHide.connect(self.deleteLater)

    def _fill(self) -> None:
        path = self._plane.state.session.view.path
        if self._row is not None:
            sample = self._plane.here.codes.sample_of(self._row)
            self._add("follow", "Decode this prior draw" if sample is None else f"Follow {self._title(sample)}")
        self._add("place", "Decode exactly this place")
        self.addSeparator()
        self._add("start", "Start a path here (A)")
        if path is not None and path.run == self._plane.key:
            self._add("end", "End the path here (B)")
        self.addSeparator()
        run = self._plane.run
        drawn = (
            "from the prior" if run is not None and run.capabilities.prior else "evenly from the codes' range: no prior"
        )
        self._add("random", f"Random z ({drawn})")

    def _title(self, sample: int) -> str:
        run = self._plane.run
        return f"sample {sample:,}" if run is None else run.description.sample_title(sample)

    def _add(self, name: str, text: str) -> None:
        self.addAction(text).setData(name)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        plane, session = self._plane, self._plane.state.session
        match action.data():
            case "follow" if self._row is not None:
                sample = plane.here.codes.sample_of(self._row)
                session.set(probe=Probe(plane.key, plane.here.code_of_row(self._row), sample))
            case "place":
                plane.state.probing.probe_place(plane.key, plane.code_at(self._at))
            case "start":
                session.set(path=Path(plane.key, path_end(plane, self._at)))
            case "end" if session.view.path is not None:
                session.set(path=replace(session.view.path, end=path_end(plane, self._at)))
            case "random":
                plane.state.probing.probe_random(plane.key)
            case "fit":
                plane.fit()
            case "save":
                plane.save_picture()
