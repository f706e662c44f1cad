"""Pictures of the corruption dialog: sample and corrupted sample, then each model's restoration and its difference."""

import math

from PySide6.QtCore import QRect, QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.jobs.queries.model_questions import NotRestored
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.metrics.decoder.restoration import RestoredSample
from explorer.rendering.differences import decibels, difference_in_units
from explorer.rendering.drawing import MINUS, number
from explorer.rendering.render import kind_of
from explorer.ui.corruption.paint_view import PaintView
from explorer.ui.decode.decode_state import sample_text
from explorer.ui.pictures.difference_view import DifferenceScale, DifferenceView
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel


def ratio_text(ratio: float | None, missing: str) -> str:
    """Return a peak signal-to-noise ratio in dB, or why there is none."""
    return f"PSNR not defined: {missing}" if ratio is None else f"PSNR {decibels(ratio)}"


def gain_text(restored: RestoredSample) -> str:
    """Return the restoration's ratio and its gain over the corrupted sample, in dB."""
    words = ratio_text(restored.psnr_restored, restored.no_psnr)
    before, after = restored.psnr_corrupted, restored.psnr_restored
    # Equal pictures have an infinite ratio, and no difference that means anything.
    if before is None or after is None or math.isinf(before) or math.isinf(after):
        return words
    return f"{words} ({after - before:+.1f} dB)".replace("-", MINUS)


def code_text(run: OpenRun, restored: RestoredSample) -> str:
    """Return the distance between the codes of the corrupted and the clean sample, in latent units."""
    row = run.plane.row_of(restored.sample) if run.plane is not None else None
    if run.plane is None or row is None:
        return ""
    distance = math.dist(map(float, restored.z), map(float, run.plane.mean[row]))
    return f"its code is {number(distance, 3)} latent units from the code of the clean sample (□ on the plane)"


def lack_text(answer: RestoredSample | NotRestored | None, run: OpenRun) -> str:
    """Return why there is no restoration; "" if there is one."""
    if isinstance(answer, NotRestored):
        return answer.why[:1].upper() + answer.why[1:]
    if answer is None:
        return (run.missing_data or "") and f"Not shown: {run.missing_data}"
    return ""


GAP = 14
MIN_SIDE = 72
"""Minimum side of a picture, in pixels at text scale 1."""
COLUMNS = 4


class CorruptionCell(QWidget):
    """A head, a picture, a line with its figure, and optionally a colour scale."""

    def __init__(self, view: SampleView, parent: QWidget, scale: DifferenceScale | None = None) -> None:
        super().__init__(parent)
        self.view, self._scale = view, scale
        self.head, self.figure = ElidingLabel(parent=self), ElidingLabel(parent=self)
        self.head.setProperty("role", "head")
        self.figure.setProperty("role", "figure")
        for widget in (view, scale):
            if widget is not None:
                widget.setParent(self)

    def say(self, head: str, figure: str, accessible: str) -> None:
        """Set the texts above and below; ``accessible`` is for screen readers and the tooltip."""
        for label, text in ((self.head, head), (self.figure, figure)):
            # A changed text lays the labels out; while the level is dragged most stay the same.
            if label.text() != text:
                label.setText(text)
                label.setToolTip(text)
        if self.view.accessibleName() != accessible:
            self.view.setAccessibleName(accessible)
            self.view.setToolTip(accessible)

    def show_scale(self, shown: bool) -> None:
        """Show or hide the scale."""
        if self._scale is not None:
            self._scale.setVisible(shown)

    def line(self) -> int:
        """Return the height of a line of text in pixels."""
        return self.head.sizeHint().height() + 4

    def wanted_width(self) -> int:
        """Return the width in pixels at which neither line is cut."""
        return max(self.head.sizeHint().width(), self.figure.sizeHint().width()) + 4

    def arrange(self, side: int, width: int) -> int:
        """Place the picture with side ``side`` and texts of ``width``, in pixels; return the height."""
        self.view.fit(side)
        size, line = self.view.sizeHint(), self.line()
        self.head.setGeometry(0, 0, width, line)
        self.view.setGeometry(QRect(0, line, size.width(), size.height()))
        self.figure.setGeometry(0, line + size.height() + 2, width, line)
        bottom = 2 * line + size.height() + 2
        if self._scale is not None:
            self._scale.setGeometry(0, bottom, size.width(), self._scale.sizeHint().height())
        return bottom + (0 if self._scale is None else self._scale.sizeHint().height())


class CorruptionPictures(QWidget):
    """Lays out the cells in four columns, with a row for each model; the side of the pictures depends on the space.

    Signals
    -------
    stroke_began
        A stroke of the brush begins.
    stroked : tuple, tuple
        The brush moved from (x, y) to (x, y), in pixels of the picture.
    """

    stroke_began = Signal()
    stroked = Signal(object, object)

    def __init__(self, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tasks = tasks
        self.clean = CorruptionCell(SampleView(tasks, themes, "corruption_sample"), self)
        self.paint = PaintView(tasks, themes, "corruption_corrupted")
        self.corrupted = CorruptionCell(self.paint, self)
        self.rows: list[tuple[CorruptionCell, CorruptionCell]] = []
        self._text = set_identity(
            QLabel(parent=self, wordWrap=True), "corruption_words", accessible="About the restoration"
        )
        self._text.setProperty("role", "muted")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.paint.stroke_began.connect(self.stroke_began)
        self.paint.stroked.connect(self.stroked)
        themes.changed.connect(self._arrange)

    def show_answers(
        self, runs: tuple[OpenRun, ...], answers: dict[str, RestoredSample | NotRestored], sample: int
    ) -> None:
        """Show the newest answers; pictures without one stay."""
        self._set_count(len(runs))
        # Sample and corrupted sample are the same for every model: take them from the first answer.
        known = next((answer for run in runs if isinstance(answer := answers.get(run.key), RestoredSample)), None)
        if known is not None and known.sample == sample:
            self._show_sample(runs[0], known)
        said = []
        for (restored, difference), run in zip(self.rows, runs, strict=True):
            answer = answers.get(run.key)
            lack = lack_text(answer, run)
            # An answer about the previous sample must not be shown beside the new one.
            if isinstance(answer, RestoredSample) and answer.sample == sample:
                self._show_restored(restored, difference, run, answer)
                said.append(f"{run.name}: {words}" if (words := code_text(run, answer)) else "")
            elif lack:
                said.append(f"{run.name}: {lack}")
            for cell in (restored, difference):
                cell.setVisible(not lack)
        self._text.setText("\n".join(line for line in said if line))
        self.updateGeometry()  # another number of rows needs another height
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Return the size of the smallest pictures, in pixels."""
        side = round(MIN_SIDE * self._themes.scale)
        height = max(1, len(self.rows)) * (side + 4 * self.clean.line()) + 2 * self.clean.line()
        return QSize(COLUMNS * side + (COLUMNS - 1) * GAP, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new size."""
        super().resizeEvent(event)
        self._arrange()

    def _show_sample(self, run: OpenRun, known: RestoredSample) -> None:
        description = run.description
        self.clean.view.show_sample(known.clean, description, file_name=f"sample-{known.sample}")
        self.clean.say("Sample", sample_text(run, known.sample), f"Sample {known.sample}, uncorrupted")
        self.paint.show_sample(
            known.corrupted, description, over=known.clean, file_name=f"sample-{known.sample}-corrupted"
        )
        self.paint.set_hidden(known.hidden)
        ratio = ratio_text(known.psnr_corrupted, known.no_psnr)
        painted = (
            "; paint on it with the mouse, or move the brush with the arrow keys and press Space"
            if description.kind == "image"
            else ""
        )
        self.corrupted.say("Corrupted", ratio, f"Input of the encoder{painted}")

    def _show_restored(
        self, cell: CorruptionCell, difference: CorruptionCell, run: OpenRun, answer: RestoredSample
    ) -> None:
        name, z = run.name, tuple(map(float, answer.z))
        cell.view.show_sample(
            answer.restored,
            run.description,
            over=answer.clean,
            z=z,
            file_name=f"{name}-sample-{answer.sample}-restored",
        )
        cell.say(f"Restored · {name}", gain_text(answer), f"Reconstruction of the corrupted sample by {name}")
        is_picture = kind_of(run.description) == "image"
        if is_picture:
            # Vectors have no pixels to colour: their difference is drawn as a vector.
            difference.view.show_sample(answer.difference, run.description)
        else:
            difference.view.show_sample(*difference_in_units(answer, run.description))
        difference.show_scale(is_picture)
        units = "model units" if is_picture else "units of the data"
        about = f"Difference between the restoration by {name} and the sample, in {units}"
        difference.say("Difference", "restored − sample", about)

    def _set_count(self, count: int) -> None:
        for index in range(len(self.rows), count):
            end = f"_{index + 1}"
            restored = CorruptionCell(SampleView(self._tasks, self._themes, f"corruption_restored{end}"), self)
            scale = DifferenceScale("corruption_scale", "Restored − sample", self._themes)
            scale.setObjectName(f"corruption_scale{end}")
            view = DifferenceView(self._tasks, self._themes, f"corruption_difference{end}")
            self.rows.append((restored, CorruptionCell(view, self, scale)))
        for cells in self.rows[count:]:
            for cell in cells:
                cell.hide()
                cell.deleteLater()
        del self.rows[count:]

    @Slot()
    def _arrange(self) -> None:
        """Give all pictures the largest side with which they fit."""
        line, rows = self.clean.line(), max(1, len(self.rows))
        words = 2 * line if rows == 1 else 0
        # Per row: two lines of text, their gap and the scale.
        extra = 2 * line + 2 + round(1.4 * line)
        across = (self.width() - (COLUMNS - 1) * GAP) // COLUMNS
        down = (self.height() - words - (rows - 1) * GAP) // rows - extra
        side = max(round(MIN_SIDE * self._themes.scale), min(across, down))
        # Columns of small pictures are as wide as their texts.
        cells = [self.clean, self.corrupted, *(cell for row in self.rows for cell in row)]
        wide = max(side, min(across, max(cell.wanted_width() for cell in cells)))
        left = max(0, (self.width() - COLUMNS * wide - (COLUMNS - 1) * GAP) // 2)
        columns = [left + index * (wide + GAP) for index in range(COLUMNS)]
        height = 0
        for cell, column in ((self.clean, columns[0]), (self.corrupted, columns[1])):
            own = cell.arrange(side, wide)
            height = max(height, own)
            cell.setGeometry(column, 0, wide, own)
        top = 0
        for pair in self.rows:
            row = 0
            for cell, column in zip(pair, columns[2:], strict=True):
                own = cell.arrange(side, wide)
                row = max(row, own)
                cell.setGeometry(column, top, wide, own)
            height = max(height, top + row) if rows == 1 else height
            top += row + GAP
        # With one model the text spans the columns; with several it stays below the first two.
        width = self.width() - left if rows == 1 else 2 * wide + GAP
        self._text.setGeometry(left, height + 4, width, max(self._text.heightForWidth(width), line))
