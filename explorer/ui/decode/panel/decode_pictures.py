"""Pictures of the decode panel: the decode itself, the real sample, and the decodes of the other panes."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.render import kind_of
from explorer.ui.decode.decode_state import Decoded, PaneDecode
from explorer.ui.pictures.sample_view import PictureCell
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

GAP = 8
THUMB_EMS = 5.6
"""Side of the small pictures of a point, in text heights."""
MIN_CELL_EMS = 5.2  # minimum side of a sample's pictures, in text heights


class DecodePictures(QWidget):
    """Lays out the pictures: for a point, its decode large and the others small; for a sample, all at equal size.

    The widgets are kept; only their contents and geometries change.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._store, self._tasks = state.store, state.tasks
        # Parents are given at once, as no layout adopts the cells: their geometry is computed in arrange().
        self.main = PictureCell(state.tasks, themes, "decode_view", self)
        self.real = PictureCell(state.tasks, themes, "real_view", self)
        self.others: list[PictureCell] = []
        self._is_point = True
        self._width, self._cap = 280, 400  # pixels; replaced by fit() before the first show
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.arrange)

    def show_decoded(self, decoded: Decoded) -> None:
        """Show the newest answers; pictures without a new answer stay."""
        probe = decoded.probe
        if probe is None:
            return
        self._is_point = probe.sample is None
        probed, others = decoded.of(probe.run), [pane for pane in decoded.panes if pane.run != probe.run]
        # Cells are added as needed and hidden when unused.
        for index in range(len(self.others), len(others)):
            self.others.append(PictureCell(self._tasks, self._themes, f"decode_view_{index + 2}", self))
        if probed is not None:
            self._show_decode(self.main, probed, large=self._is_point)
        for cell, pane in zip(self.others, others, strict=False):
            self._show_decode(cell, pane)
        for index, cell in enumerate(self.others):
            cell.setVisible(index < len(others))
        self._show_real(decoded, probed)
        self.main.setVisible(probed is not None)
        # The large decode has the panel's head as its caption.
        self.main.caption.setHidden(self._is_point)
        self.arrange()

    def fit(self, width: int, cap: int) -> None:
        """Set the width, and the maximum height of a point's decode, in pixels."""
        self._width, self._cap = width, cap
        self.arrange()

    def arrange(self) -> None:
        """Lay the cells out and set the height."""
        # isHidden, not isVisible: the cells count even while the whole panel is not on screen.
        small = [cell for cell in (self.real, *self.others) if not cell.isHidden()]
        cells = [self.main, *small] if not self.main.isHidden() else small
        height = self._arrange_point(small) if self._is_point else self._arrange_sample(cells)
        self.setFixedHeight(max(1, height))

    def _arrange_point(self, small: list[PictureCell]) -> int:
        thumb = round(THUMB_EMS * self.fontMetrics().height())
        side = self._width
        if small and self._cap < self._width:
            # The decode gives up width so that small pictures fit beside it, but keeps at least two thumbnails.
            side = min(max(self._cap, 2 * thumb), self._width - GAP - round(0.8 * thumb))
        large = self.main.fit(side) if not self.main.isHidden() else QSize()
        self.main.setGeometry(QRect(0, 0, large.width(), large.height()))
        # Beside, if a column of at least three quarters of a thumbnail is left; else in rows below.
        beside = self._width - side - GAP
        if small and beside >= 0.75 * thumb:
            return max(
                large.height(), _column(small, side + GAP, min(beside, max(thumb, large.height() // 2)), large.height())
            )
        thumb = min(thumb, (self._width - 2 * GAP) // 3)
        return _grid(small, thumb, max(1, (self._width + GAP) // (thumb + GAP)), large.height() + GAP)

    def _arrange_sample(self, cells: list[PictureCell]) -> int:
        # The real sample comes first: one compares the decodes with it from left to right.
        cells = [self.real, *(cell for cell in cells if cell is not self.real)] if self.real in cells else cells
        least = MIN_CELL_EMS * self.fontMetrics().height()
        most = max(1, min(3, int((self._width + GAP) // (least + GAP))))
        # Lines and bars need the full width to be readable.
        wide = any(_is_drawing(self._store.runs.get(run)) for run in self._store.runs)
        columns = 1 if wide else max(1, min(len(cells), most))
        side = (self._width - (columns - 1) * GAP) // columns
        side = side if wide else min(side, max(self._cap, round(least)))
        return _grid(cells, side, columns, 0)

    def _show_decode(self, cell: PictureCell, pane: PaneDecode, *, large: bool = False) -> None:
        run = self._store.runs.get(pane.run)
        if run is None:
            return
        # Lines and bars show the input behind the decode in one drawing.
        over = pane.forward_pass.x if pane.forward_pass is not None and not large else None
        name = f"{run.name}-{'point' if pane.sample is None else f'sample-{pane.sample}'}"
        cell.view.show_sample(pane.picture, run.description, over=over, z=pane.z, file_name=name)
        cell.set_words(run.name, f"Decode by {run.name}; right-click to copy or save it")

    def _show_real(self, decoded: Decoded, probed: PaneDecode | None) -> None:
        """Show the real sample: the nearest to a point, or the followed sample beside its decode."""
        probe = decoded.probe
        run = self._store.runs.get(probe.run) if probe is not None else None
        sample, picture = None, None
        if self._is_point and decoded.nearest is not None:
            sample, picture = decoded.nearest.sample, decoded.nearest.picture
        # A line chart has the input in it already.
        elif probed is not None and probed.forward_pass is not None and not _is_drawing(run):
            sample, picture = probed.forward_pass.sample, probed.forward_pass.x
        self.real.setVisible(picture is not None)
        if picture is not None and run is not None:
            self.real.view.show_sample(picture, run.description, file_name=f"{run.description.name}-{sample}")
            words = "nearest" if self._is_point else "real"
            which = "Nearest real" if self._is_point else "Real"
            self.real.set_words(words, f"{which} sample {sample}; right-click to copy or save it")


def _is_drawing(run: OpenRun | None) -> bool:
    """Return whether samples are drawn as lines or bars, with real and decoded in one drawing."""
    return run is not None and kind_of(run.description) != "image"


def _grid(cells: list[PictureCell], side: int, columns: int, top: int) -> int:
    """Place cells in rows from ``top`` on; return the y below them, in pixels."""
    y = top
    for first in range(0, len(cells), columns):
        row = cells[first : first + columns]
        sizes = [cell.fit(side) for cell in row]
        for column, (cell, size) in enumerate(zip(row, sizes, strict=True)):
            cell.setGeometry(QRect(column * (side + GAP), y, side, size.height()))
        y += max(size.height() for size in sizes) + GAP
    return y - GAP if y > top else top


def _column(cells: list[PictureCell], x: int, side: int, height: int) -> int:
    """Place cells in a column, small enough for ``height`` if possible; return the y below them, in pixels."""
    least = cells[0].fontMetrics().height()
    # Each cell has a caption below its picture.
    foot = cells[0].caption.sizeHint().height() + 2
    side = max(2 * least, min(side, (height - (len(cells) - 1) * GAP) // len(cells) - foot))
    y = 0
    for cell in cells:
        size = cell.fit(side)
        cell.setGeometry(QRect(x, y, side, size.height()))
        y += size.height() + GAP
    return y - GAP
