"""What one press of the hand becomes: each gesture follows the moves and ends at the release."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from explorer.latent.plane.box import Box
from explorer.session import Path, PathEnd, Probe

if TYPE_CHECKING:
    from explorer.ui.plane.latent_plane import LatentPlane

NOTHING_TO_SELECT = (
    "{name} has nothing to select: its model has no encoder, so its points are draws from the prior, not samples"
)

DRAG_PIXELS = 4
"""At scale 1; a press that moves less is a click."""


class Gesture(ABC):
    """A press at ``at``, in pixels of the plane; a drag begins once it has moved by a few pixels."""

    def __init__(self, plane: "LatentPlane", at: QPointF) -> None:
        self.plane, self.pressed = plane, at
        self.session = plane.state.session
        self.dragging = False

    def move_to(self, at: QPointF) -> None:
        """Follow the hand."""
        distance = (at - self.pressed).manhattanLength()
        self.dragging = self.dragging or distance >= DRAG_PIXELS * self.plane.themes.scale
        if self.dragging:
            self.drag(at)

    @abstractmethod
    def drag(self, at: QPointF) -> None:
        """Follow the hand in a drag."""

    def release(self, at: QPointF) -> None:
        """End, as one undo step."""
        self.session.commit()

    def cancel(self) -> None:
        """End, and go back to what was before it."""
        self.session.cancel()


class ProbeGesture(Gesture):
    """Moves the probe: onto the ringed sample that is pressed, else to places; a drag always goes to places."""

    def __init__(self, plane: "LatentPlane", at: QPointF, *, exactly: bool = False) -> None:
        super().__init__(plane, at)
        row = None if exactly else plane.row_at(at)
        if row is None:
            self.drag(at)
            return
        sample = plane.here.codes.sample_of(row)
        self.session.preview(probe=Probe(plane.key, plane.here.code_of_row(row), sample))

    def drag(self, at: QPointF) -> None:
        """Decode all the way."""
        self.plane.state.probing.probe_place(self.plane.key, self.plane.code_at(at), drag=True)


class PanGesture(Gesture):
    """Pulls the plane."""

    def __init__(self, plane: "LatentPlane", at: QPointF) -> None:
        super().__init__(plane, at)
        self._last = at

    def drag(self, at: QPointF) -> None:
        """Keep the grasped place under the hand."""
        self.plane.pan(at - self._last)
        self._last = at


class BoxGesture(Gesture):
    """Selects what a box holds; a click picks or toggles one sample.

    Parameters
    ----------
    adding
        Whether the selection is added to.
    """

    def __init__(self, plane: "LatentPlane", at: QPointF, *, adding: bool, toggling: bool) -> None:
        super().__init__(plane, at)
        self._adding, self._toggling = adding, toggling
        self._corner = plane.place_at(at)

    def drag(self, at: QPointF) -> None:
        """Draw the box."""
        (x, y), (other_x, other_y) = self._corner, self.plane.place_at(at)
        self.plane.set_box(Box(min(x, other_x), max(x, other_x), min(y, other_y), max(y, other_y)))

    def release(self, at: QPointF) -> None:
        """Take the samples."""
        box = self.plane.box
        self.plane.set_box(None)
        if self.plane.here.codes.drawn:
            self.plane.state.messages.notify(
                NOTHING_TO_SELECT.format(name=self.plane.run.name if self.plane.run else "")
            )
        elif self.dragging and box is not None:
            rows = self.plane.hit.inside(box.left, box.right, box.bottom, box.top)
            self._select(self.plane.here.codes.index[rows].tolist())
        elif not self.dragging:
            self._click(self.plane.row_at(at))

    def cancel(self) -> None:
        """Drop the box."""
        self.plane.set_box(None)

    def _select(self, samples: list[int]) -> None:
        before = self.session.view.selection if self._adding else ()
        self.session.set(selection=tuple(sorted({*before, *samples})))

    def _click(self, row: int | None) -> None:
        selection = self.session.view.selection
        if row is None:
            if not self._toggling:
                self.session.set(selection=())
            return
        sample = int(self.plane.here.codes.index[row])
        if self._toggling:
            self.session.set(selection=tuple(sorted({*selection} ^ {sample})))
        else:
            probe = Probe(self.plane.key, self.plane.here.code_of_row(row), sample)
            self.session.set(selection=(sample,), probe=probe)


class PathEndGesture(Gesture):
    """Moves one end of the path of this plane."""

    def __init__(self, plane: "LatentPlane", at: QPointF, path: Path, end: Literal["start", "end"]) -> None:
        super().__init__(plane, at)
        self._path = path
        self._end = end

    def drag(self, at: QPointF) -> None:
        """Move the end; on a point it becomes that sample."""
        end = path_end(self.plane, at)
        path = replace(self._path, start=end) if self._end == "start" else replace(self._path, end=end)
        self.session.preview(path=path)


class NewPathGesture(PathEndGesture):
    """Sets A at the press; a drag sets B at its release, else the next click does."""

    def __init__(self, plane: "LatentPlane", at: QPointF) -> None:
        before = plane.state.session.view.path
        path = Path(plane.key, path_end(plane, at))
        if before is not None:
            path = replace(path, steps=before.steps, method=before.method)
        super().__init__(plane, at, path, "end")
        self.session.preview(path=path)


class SecondEndGesture(PathEndGesture):
    """Sets B."""

    def __init__(self, plane: "LatentPlane", at: QPointF, path: Path) -> None:
        super().__init__(plane, at, path, "end")
        self.drag(at)


class SlideGesture(Gesture):
    """Slides t along the path of this plane."""

    def __init__(self, plane: "LatentPlane", at: QPointF, path: Path) -> None:
        super().__init__(plane, at)
        self._path = path

    def drag(self, at: QPointF) -> None:
        """Bring t to where the path comes nearest to the hand."""
        line = np.array(self.plane.marks_item.marks.path)
        if len(line) < 2:
            return
        self.session.preview(path=replace(self._path, t=_share_of_line(line, np.array(self.plane.place_at(at)))))


def path_end(plane: "LatentPlane", at: QPointF) -> PathEnd:
    """Return a path's end at a pixel: the sample on whose point it lies, else the place."""
    row = plane.row_at(at)
    if row is None:
        return PathEnd(plane.code_at(at))
    return PathEnd(plane.here.code_of_row(row), plane.here.codes.sample_of(row))


def _share_of_line(line: NDArray[np.float64], place: NDArray[np.float64]) -> float:
    """Return the place of the point of a line ``(k, 2)``, evenly spaced in t, that comes nearest, 0 to 1."""
    starts, steps = line[:-1], np.diff(line, axis=0)
    lengths = np.maximum((steps**2).sum(axis=1), 1e-30)
    shares = np.clip(((place - starts) * steps).sum(axis=1) / lengths, 0, 1)
    distances = ((starts + shares[:, None] * steps - place) ** 2).sum(axis=1)
    nearest = int(np.argmin(distances))
    return float((nearest + shares[nearest]) / len(starts))
