"""The context menu of a place on a plane."""

from dataclasses import replace

from PySide6.QtCore import QPointF, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from explorer.session import Path
from explorer.ui.plane.input.picker import Picker
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.identity import set_identity


class PlaneMenu(QMenu):
    """What can be done at one pixel of a plane; it deletes itself when it closes.

    Signals
    -------
    save_wanted
        The plane is to be saved as a picture.
    """

    save_wanted = Signal()

    def __init__(self, state: AppState, picker: Picker, at: QPointF, parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "plane_menu", accessible="At this point")
        self._picker, self._codes, self._at = picker, picker.codes, at
        self._session, self._probing = state.session, state.probing
        self._row = picker.row_at(at) if self._codes.projected is not None else None
        if self._codes.projected is not None:
            self._fill()
        self._add("fit", "Fit 99 % of the codes")
        self._add("save", "Save the plane as picture…")
        self.triggered.connect(self._on_triggered)
        self.aboutToHide.connect(self.deleteLater)

    def _fill(self) -> None:
        path = self._session.view.path
        if self._row is not None:
            sample = self._codes.sample_of(self._row)
            self._add("follow", "Decode this prior draw" if sample is None else f"Follow {self._title(sample)}")
        self._add("place", "Decode exactly this point")
        self.addSeparator()
        self._add("start", "Start a path here (A)")
        if path is not None and path.run == self._codes.key:
            self._add("end", "End the path here (B)")
        self.addSeparator()
        run = self._codes.run
        drawn = (
            "from the prior"
            if run is not None and run.capabilities.prior
            else "uniform over the range of the codes: no prior"
        )
        self._add("random", f"Random z ({drawn})")

    def _title(self, sample: int) -> str:
        run = self._codes.run
        return f"sample {sample:,}" if run is None else run.description.sample_title(sample)

    def _add(self, name: str, text: str) -> None:
        self.addAction(text).setData(name)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        session, picker = self._session, self._picker
        match action.data():
            case "follow" if self._row is not None:
                session.set(probe=self._codes.probe_of_row(self._row))
            case "place":
                session.set(probe=picker.probe_at(self._at, exactly=True))
            case "start":
                session.set(path=Path(self._codes.key, picker.path_end_at(self._at)))
            case "end" if session.view.path is not None:
                session.set(path=replace(session.view.path, end=picker.path_end_at(self._at)))
            case "random":
                self._probing.probe_random(self._codes.key)
            case "fit":
                picker.camera.fit()
            case "save":
                self.save_wanted.emit()
