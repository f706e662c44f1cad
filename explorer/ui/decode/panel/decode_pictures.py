"""Pictures of the decode column: the real sample, the decode of each run in view, and their differences.

How they are arranged:

1. A sample and one or two runs: real x, decode and difference in one row; the next run's decode and difference in the
   same columns, with the scale of the colours in the empty cell.
2. A sample and more runs: real x once, with the scale beside it, then the runs in two columns, in the order of the
   panes.
3. A point: its decode beside the nearest real sample, and how near that is; below them its decodes by the other runs.
   At t of a path with two methods, both decodes are side by side (`path_pair`).
   For a run without a decoder, the real sample is alone.
4. Tables, signals and texts are drawn over the whole width, real and decode in one drawing, one run below the other.

The widgets are kept; only their contents and geometries change.
"""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.bound_formula import DECODE, REAL
from explorer.rendering.drawing import MINUS
from explorer.rendering.pictures import PixelReading
from explorer.rendering.render import kind_of
from explorer.ui.curves.legend import run_names
from explorer.ui.decode.decode_state import Decoded, PaneDecode, framed_run, real_sample
from explorer.ui.decode.fold import FittingLine
from explorer.ui.decode.panel.path_pair import PathPair
from explorer.ui.decode.panel.run_block import RunBlock, reconstruction_texts
from explorer.ui.pictures.difference_view import DifferenceScale
from explorer.ui.pictures.renderers import small_font
from explorer.ui.pictures.sample_view import PictureCell
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import below
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.identity import set_identity

GAP = 8
SMALL, LOW = 56, 520
"""Side of the pictures of the other run in a column lower than `LOW`, in pixels at text scale 1."""
POINT_SHARE, PAIR_SHARE = 0.26, 0.8
"""Maximum share of the column's height for the decode of a point, and for both decodes of a path with their words."""
MAX_REAL = 96
"""Maximum side of the real sample above three or four runs."""
NEAREST_LINES = 2
"""Lines of room for the sentence about the nearest sample, so that nothing moves when it wraps."""
BESIDE = 2
"""Number of runs whose pictures are in the same three columns; more runs have two columns."""
SCALE = f"decode {MINUS} real"
ROWS_SCALE, GRID_SCALE = (SCALE,), ("real x", "Left: decode", f"Right: decode {MINUS} real", "Below: reconstruction")
CAPTIONS = {"mean": "decode", "sample": "draw"}
DRAWN = {
    "signal": ("thin: decode, broad: real x", "decode"),
    "vector": ("bar: decode, mark: real x", "decode"),
    "text": ("", ""),
}
"""What a drawing shows, with and without the real sample; lists of terms have heads of their own."""


class DecodePictures(QWidget):
    """Shows the pictures. ``main`` is the decode by the run of the column, ``real`` the real sample.

    ``is_pair`` says whether both decodes of a path are side by side.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._store = state, state.store
        # Parents are given at once, as no layout adopts the cells: their geometry is computed in arrange().
        self.real = PictureCell(state.tasks, themes, "real_view", self)
        self._scale = DifferenceScale("difference_scale", f"Decode {MINUS} real", themes, self, lines=ROWS_SCALE)
        self._others_line = FittingLine("others_head", themes, self)
        self.nearest = set_identity(QLabel(self), "nearest_words", accessible="Nearest real sample")
        self.data = set_identity(QLabel(self), "data_words", accessible="Whether real samples are near")
        for label in (self.nearest, self.data):
            label.setProperty("role", "small")
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            label.hide()
        self._pair = PathPair(state, themes, self)
        self._blocks = [RunBlock(1, state.tasks, state.marks, themes, self)]
        # Once, beside the first run: the figure means the same in all.
        self._blocks[0].head.set_mark(WhyMark("reconstruction", "reconstruction", themes, below(self)))
        self._shown: list[RunBlock] = []
        self._is_point, self._is_image, self._is_grid, self._on_path = True, True, False, False
        self.is_pair, self._is_undecoded = False, False
        self._width, self._height = 280, 700  # pixels; replaced by fit() before the first show
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        state.probing.lit_changed.connect(self._show_lit)
        themes.changed.connect(self.arrange)

    @property
    def main(self) -> PictureCell:
        """The decode by the run that the column is about."""
        return self._blocks[0].decode

    @property
    def wants_pair(self) -> bool:
        """Whether both decodes of a path are to be shown side by side."""
        return self._is_point and self._pair.is_wanted()

    @property
    def blocks(self) -> tuple[RunBlock, ...]:
        """The runs shown, from top to bottom."""
        return tuple(self._shown)

    def show_decoded(
        self, decoded: Decoded, framed: OpenRun, reconstruction: Callable[[PaneDecode], float | None]
    ) -> None:
        """Show the newest answers; pictures without a new answer stay.

        Parameters
        ----------
        framed
            The run that the column is about.
        reconstruction
            Returns the reconstruction of the sample by a run, in nats; None until it is known.
        """
        probe = decoded.probe
        if probe is None:
            return
        self._is_point, self._is_image = probe.sample is None, kind_of(framed.description) == "image"
        self._is_undecoded = not framed.capabilities.decoder
        in_view = len({pane.run for pane in self._state.session.view.panes}) - len(decoded.absent)
        # By the runs in view, not by the answers, or the first of them would be arranged otherwise than all.
        is_rows = self._is_undecoded or self._is_point or not self._is_image
        self._is_grid = not is_rows and max(in_view, len(decoded.panes)) > BESIDE
        panes = self._ordered(decoded, framed)
        # Other runs decode the nearest sample of a point, unless they have the path through the point.
        self._on_path = self._is_point and all(pane.sample is None for pane in panes)
        self.is_pair = self.wants_pair
        if self.is_pair and (own := decoded.of(framed.key)) is not None:
            self._pair.show_first(own, decoded.nearest)
        for number in range(len(self._blocks) + 1, len(panes) + 1):
            self._blocks.append(RunBlock(number, self._state.tasks, self._state.marks, self._themes, self))
        self._shown = self._blocks[: len(panes)]
        names = self._names(panes)
        for block, pane in zip(self._shown, panes, strict=True):
            value = reconstruction(pane) if not self._is_point else None
            self._show_run(block, pane, names[pane.run], value)
        self._show_real(decoded, framed)
        self.arrange()

    def _ordered(self, decoded: Decoded, framed: OpenRun) -> list[PaneDecode]:
        """Return the decodes from top to bottom: in the order of the panes; of few runs, the framed one first."""
        order = [pane.run for pane in self._state.session.view.panes]
        panes = [pane for pane in decoded.panes if pane.run in self._store.runs]
        panes.sort(key=lambda pane: order.index(pane.run) if pane.run in order else -1)
        if not self._is_grid:
            panes.sort(key=lambda pane: pane.run != framed.key)
        return panes

    def _names(self, panes: list[PaneDecode]) -> dict[str, str]:
        """Return the names of the runs in view; those of one experiment go by what they keep of the loss."""
        # Of all in view, not of those that have answered, or a name would change with the next answer.
        in_view = [pane.run for pane in self._state.session.view.panes]
        keys = dict.fromkeys([*in_view, *(pane.run for pane in panes)])
        runs = [self._store.runs[key] for key in keys if key in self._store.runs]
        return dict(zip([run.key for run in runs], run_names(runs), strict=True))

    def _show_run(self, block: RunBlock, pane: PaneDecode, name: str, value: float | None) -> None:
        run, block.run = self._store.runs[pane.run], pane.run
        real = pane.forward_pass.x if pane.forward_pass is not None and not self._is_point else None
        figure, short = reconstruction_texts(value, self._state.units.unit) if real is not None else ("", "")
        block.figure.show_texts((figure, short))
        block.head.show_run(pane.run, name, "" if self._is_grid else figure, "" if self._is_grid else short)
        file_name = f"{run.name}-{'point' if pane.sample is None else f'sample-{pane.sample}'}"
        over = None if self._is_image else real
        block.decode.view.show_sample(pane.picture, run.description, over=over, z=pane.z, file_name=file_name)
        block.decode.set_words(
            self._caption(block, run, real is not None), f"Decode by {run.name}; right-click to copy or save it"
        )
        block.decode.view.set_reading(self._reading_of(run, real))
        has_difference = self._is_image and real is not None and real.shape == pane.picture.shape
        block.difference.setVisible(has_difference)
        if real is not None and has_difference:
            block.show_difference(pane.picture, real, run.description, run.name)
            caption = "difference" if block is self._shown[0] and not self._is_grid else ""
            block.difference.set_words(caption, f"Decode by {run.name} {MINUS} real")

    @Slot()
    def _show_lit(self) -> None:
        """Frame the pictures that the mouse points at in the formula."""
        key, things = self._state.probing.lit
        framed = framed_run(self._state.session.view, self._state.store.runs)
        self.real.view.set_lit(REAL in things and framed is not None and framed.key == key)
        for block in self._blocks:
            block.decode.view.set_lit(DECODE in things and block.run == key)

    def _reading_of(self, run: OpenRun, real: NDArray[Any] | None) -> PixelReading:
        """Return how a pixel of a decode is read: its distribution under p(x|z)."""
        model = vars(run.config.model)
        name, sigma = str(model.get("likelihood", "")) if run.capabilities.density else "", model.get("sigma")
        if "learned" in name and len(learned := run.shown_history.figure_curve("sigma")[1]):
            sigma = float(learned[-1])
        return PixelReading(name, sigma, self._state.session.view.decode_as, real)

    def _caption(self, block: RunBlock, run: OpenRun, has_real: bool) -> str:
        """Return the words below a decode: below the first picture of a column, and below each drawing."""
        if not self._is_image:
            return DRAWN[kind_of(run.description)][0 if has_real else 1]
        is_first = block is self._shown[0] and not self._is_grid
        return CAPTIONS[self._state.session.view.decode_as] if is_first else ""

    def _show_real(self, decoded: Decoded, framed: OpenRun) -> None:
        """Show the real sample: the followed one, or the one nearest to a point."""
        sample, picture = None, None
        shown = decoded.of(framed.key)
        if self._is_point and decoded.nearest is not None:
            sample, picture = decoded.nearest.sample, decoded.nearest.picture
        # A drawing of values has the real ones in it already.
        elif self._is_image and shown is not None and shown.forward_pass is not None:
            sample, picture = shown.forward_pass.sample, shown.forward_pass.x
        # No drawing of a decode has its values in it.
        elif not framed.capabilities.decoder and decoded.probe is not None:
            sample, picture = decoded.probe.sample, real_sample(framed, decoded.probe.sample)
        self.real.setVisible(picture is not None)
        if picture is None:
            return
        self.real.view.show_sample(picture, framed.description, file_name=f"{framed.description.name}-{sample}")
        self.real.view.set_reading(PixelReading())
        caption, which = ("nearest real", "Nearest real") if self._is_point else ("real x", "Real")
        if self._is_undecoded and self._is_point:
            caption = "nearest real sample"
        # Above more than two runs the lines beside it say what it is.
        caption = "" if self._is_grid else caption
        self.real.set_words(caption, f"{which} sample {sample}; right-click to copy or save it")

    def fit(self, width: int, height: int) -> None:
        """Set the width of the pictures, and the height of the column that they are in, in pixels."""
        if (width, height) != (self._width, self._height):
            self._width, self._height = width, height
            self.arrange()

    # Arrangement

    def arrange(self) -> None:
        """Lay the cells out and set the height."""
        for block in self._blocks:
            for widget in (block.head, block.decode):
                widget.setVisible(block in self._shown)
            block.figure.setVisible(False)
            if block not in self._shown:
                block.difference.setVisible(False)
        self._others_line.setVisible(False)
        self._pair.setVisible(self.is_pair)
        has_scale = any(not block.difference.isHidden() for block in self._shown)
        self._scale.setVisible(has_scale)
        if self._is_undecoded:
            bottom = self._arrange_undecoded()
        elif not self._is_image:
            bottom = self._arrange_drawings()
        elif self._is_point:
            bottom = self._arrange_point()
        elif self._is_grid:
            bottom = self._arrange_grid()
        else:
            bottom = self._arrange_rows()
        self.setFixedHeight(max(1, bottom))

    def _arrange_rows(self) -> int:
        """Place one or two runs in three columns; return the y below them, in pixels."""
        column = (self._width - 2 * GAP) // 3
        y, side = 0, column
        for number, block in enumerate(self._shown):
            y = self._place_head(block, 0, y, self._width)
            if number:
                # In a low column the second run is smaller, and keeps to the right.
                side = min(column, round(SMALL * self._themes.scale)) if self._is_low else column
                self._scale.set_lines(ROWS_SCALE)
                self._scale.setGeometry(0, y, column, self._scale.sizeHint().height())
            cells = [self.real] if not number and not self.real.isHidden() else []
            cells += [cell for cell in (block.decode, block.difference) if not cell.isHidden()]
            left = 3 * column + 2 * GAP - len(cells) * (side + GAP) + GAP if number else 0
            y = _row(cells, left, y, side) + GAP // 2
        if len(self._shown) == 1 and not self._scale.isHidden():
            self._scale.set_lines(())
            self._scale.setGeometry(2 * (side + GAP), y - GAP // 2, side, self._scale.sizeHint().height())
            y += self._scale.sizeHint().height()
        return y

    def _arrange_grid(self) -> int:
        """Place the real sample and the scale above the runs in two columns; return the y below them, in pixels."""
        side = min(round(MAX_REAL * self._themes.scale), self._width // 3)
        y = _row([self.real], 0, 0, side) if not self.real.isHidden() else 0
        self._scale.set_lines(GRID_SCALE)
        height = self._scale.sizeHint().height()
        self._scale.setGeometry(side + GAP, 0, self._width - side - GAP, height)
        y = max(y, height) + GAP
        wide = (self._width - GAP) // 2
        side, line = (wide - GAP // 2) // 2, self._line()
        for first in range(0, len(self._shown), 2):
            bottom = y
            for column, block in enumerate(self._shown[first : first + 2]):
                left = column * (wide + GAP)
                below = self._place_head(block, left, y, wide)
                cells = [cell for cell in (block.decode, block.difference) if not cell.isHidden()]
                below = _row(cells, left, below, side, GAP // 2)
                block.figure.setVisible(True)
                block.figure.setGeometry(left, below, wide, line)
                bottom = max(bottom, below + line)
            y = bottom + GAP // 2
        return y

    def _arrange_point(self) -> int:
        """Place the decode of a point beside the nearest real sample, and the others below; return the y below them."""
        if not self._shown:
            return 0
        y = self._place_head(self._shown[0], 0, 0, self._width)
        side = min((self._width - GAP) // 2, max(SMALL, round(POINT_SHARE * self._height)))
        if self.is_pair:
            for widget in (self._shown[0].decode, self.real, self.nearest, self.data):
                widget.hide()
            height = self._pair.arrange(self._width, round(PAIR_SHARE * self._height))
            self._pair.setGeometry(0, y, self._width, height)
            y += height + GAP // 2
        else:
            cells = [self._shown[0].decode, *([] if self.real.isHidden() else [self.real])]
            # In a low column, the pictures are narrower than their captions.
            words = max(cell.caption.fontMetrics().horizontalAdvance(f"{cell.caption.text()} ") for cell in cells)
            y = _row(cells, 0, y, side, GAP + max(0, min(words, (self._width - GAP) // 2) - side))
            y = self._place_remarks(y)
        return self._place_others(self._shown[1:], y, side)

    def _arrange_undecoded(self) -> int:
        """Place the real sample of a run without a decoder, and below it its decodes by others; return the y below."""
        share = min(self._width // 2, max(SMALL, round(POINT_SHARE * self._height)))
        side = share if self._is_image else self._width
        y = self._place_remarks(_row([] if self.real.isHidden() else [self.real], 0, 0, side, 0))
        return self._place_others(self._shown, y, side)

    def _place_others(self, others: list[RunBlock], y: int, side: int) -> int:
        """Place the decodes by other runs side by side; return the y below them, in pixels."""
        if not others:
            return y
        self._others_line.setVisible(True)
        nearest = ("The nearest real sample, decoded by", "Its decode by")
        self._others_line.show_texts(("The path at t, decoded by", "At t, by") if self._on_path else nearest)
        self._others_line.setGeometry(0, y, self._width, self._line())
        y += self._line()
        # Never larger than the main decode.
        side, bottom = min(side, (self._width - 2 * GAP) // 3), y
        # Of few runs each has more room for its name than for its picture.
        wide = (self._width - (len(others) - 1) * GAP) // len(others)
        for column, block in enumerate(others):
            below = self._place_head(block, column * (wide + GAP), y, wide)
            bottom = max(bottom, _row([block.decode], column * (wide + GAP), below, side))
        return bottom + GAP // 2

    def _arrange_drawings(self) -> int:
        """Place drawings over the whole width, one run below the other; return the y below them, in pixels."""
        y = 0
        for number, block in enumerate(self._shown):
            y = self._place_head(block, 0, y, self._width)
            y = _row([block.decode], 0, y, self._width) + GAP // 2
            if not number and self._is_point:
                y = _row([] if self.real.isHidden() else [self.real], 0, y, self._width) + GAP // 2
                y = self._place_remarks(y)
        return y

    def _place_remarks(self, y: int) -> int:
        """Place the lines about the nearest sample, with room for a second one; return the y below them, in pixels."""
        for label, lines in ((self.nearest, NEAREST_LINES), (self.data, 1)):
            if not label.isHidden():
                height = max(label.heightForWidth(self._width), lines * label.fontMetrics().lineSpacing())
                label.setGeometry(0, y, self._width, height)
                y += height
        return y + GAP // 2

    def _place_head(self, block: RunBlock, left: int, y: int, width: int) -> int:
        height = block.head.sizeHint().height()
        block.head.setGeometry(left, y, width, height)
        return y + height

    @property
    def _is_low(self) -> bool:
        return self._height < LOW * self._themes.scale

    def _line(self) -> int:
        return round(1.4 * QFontMetricsF(small_font()).height())


def _row(cells: list[PictureCell], left: int, y: int, side: int, gap: int = GAP) -> int:
    """Place cells side by side from ``left`` on, captions up to the next cell; return the y below them, in pixels."""
    bottom = y
    for column, cell in enumerate(cells):
        height = cell.fit(side).height()
        cell.setGeometry(QRect(left + column * (side + gap), y, side + gap - min(gap, GAP), height))
        bottom = max(bottom, y + height)
    return bottom
