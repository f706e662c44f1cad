"""The page of a − b + c: three choices, their decodes, the decode of the result, and its nearest real sample."""

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLabel, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.applied_vector import Analogy, NearestCodes
from explorer.rendering.drawing import number
from explorer.ui.decode.decode_state import sample_text
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.groups.group_combo import ComboEntry, GroupCombo
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

NAMES = ("a", "b", "c")
SIGNS = ("−", "+", "=")
MAX_SIDE, NARROW, HIGH = 240, 640, 280
"""Largest side of a picture; width below which the lists take the room; height from which a narrow page shows the
result below a, b and c. In pixels at text scale 1."""


class AnalogyView(QWidget):
    """The widgets, without any session or model.

    Signals
    -------
    part_chosen : int, str
        Which of a, b and c, and the value of the entry that was chosen.
    """

    part_chosen = Signal(int, str)

    def __init__(
        self,
        tasks: Tasks,
        themes: ThemeSource,
        choices: Callable[[], Sequence[ComboEntry]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_identity(self, "vector_analogy", accessible="a − b + c")
        self._themes = themes
        self.combos = [
            GroupCombo(
                f"vector_part_{name}", f"{name}: a sample, a group or the probe", name, f"Choose {name}", choices
            )
            for name in NAMES
        ]
        self.views = [SampleView(tasks, themes, f"vector_picture_{name}") for name in (*NAMES, "result", "nearest")]
        self._captions = [FittingLabel() for _ in self.views]
        for caption, name in zip(self._captions, (*NAMES, "result", "nearest"), strict=True):
            set_identity(caption, f"vector_caption_{name}", accessible="About the picture").setProperty("role", "muted")
        self._titles = [FittingLabel(), FittingLabel()]
        self._titles[0].set_forms("decode of a − b + c", "a − b + c", "result")
        self._titles[1].set_forms("nearest real sample", "nearest real", "nearest")
        self.words = set_identity(QLabel(wordWrap=True), "vector_analogy_words", accessible="About the result")
        self.words.setProperty("role", "muted")
        self.back = tool_button("vector_analogy_back", "Group − group", "Show the vector between two groups again")
        self.move_probe = tool_button("vector_analogy_probe", "Move probe here", "Move the probe to the code a − b + c")
        self.follow = tool_button("vector_analogy_follow", "Follow sample", "Move the probe to the nearest real sample")
        self._tips = {button: button.toolTip() for button in (self.move_probe, self.follow)}
        self._lay_out()
        for index, combo in enumerate(self.combos):
            combo.setMinimumContentsLength(7)
            combo.chosen.connect(lambda value, index=index: self.part_chosen.emit(index, value))
        themes.changed.connect(self._fit)
        self._fit()

    def show_analogy(self, run: OpenRun | None, analogy: Analogy | None, why: str, means: Sequence[bool] = ()) -> None:
        """Show an answer, or why there is none; ``means`` says which of a, b and c are means of several samples."""
        known = run is not None and analogy is not None
        for view in self.views:
            view.setVisible(known)
        for caption in self._captions:
            caption.set_forms("")
        self.words.setText(why)
        for button in (self.move_probe, self.follow):
            button.setEnabled(known)
            # A disabled button says why, and has its own tooltip again once it works.
            button.setToolTip(self._tips[button] if known else why or "There is no result yet")
        if run is None or analogy is None:
            return
        # The last view is that of the nearest sample, which `_show_nearest` fills.
        for view, decode in zip(self.views, (*analogy.decodes, analogy.decode), strict=False):
            view.show_sample(decode, run.description)
        for caption, is_mean in zip(self._captions, means, strict=False):
            caption.set_forms(*(("decode of the mean code", "mean decode", "decode") if is_mean else ("decode",)))
        self._show_nearest(run, analogy)

    def _show_nearest(self, run: OpenRun, analogy: Analogy) -> None:
        nearest, view, caption = analogy.nearest, self.views[-1], self._captions[-1]
        if not isinstance(nearest, NearestCodes):
            view.hide()
            self.follow.setEnabled(False)
            self.words.setText(nearest.why)
            return
        sample, distance = int(nearest.samples[0]), float(nearest.distances[0])
        view.setVisible(run.dataset is not None)
        if run.dataset is not None:
            view.show_sample(run.dataset.rows(np.array([sample]))[0], run.description)
        caption.set_forms(sample_text(run, sample), f"sample {sample}", str(sample))
        far = " There is no data here: 95 % of samples have a nearer neighbour." if nearest.no_data[0] else ""
        part = f" It is part of {analogy.in_group}." if analogy.in_group else ""
        self.words.setText(f"The nearest code is {number(distance, 3)} latent units away.{part}{far}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new size."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Return a size for small pictures."""
        em = self.fontMetrics().height()
        return QSize(24 * em, 6 * em)

    def _lay_out(self) -> None:
        self._grid = QGridLayout(self)
        self._signs = [QLabel(sign) for sign in SIGNS]
        for index, label in enumerate(self._signs):
            label.setProperty("role", "head")
            self._grid.addWidget(label, 0, 2 * index + 1, Qt.AlignmentFlag.AlignCenter)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons = QHBoxLayout()
        self._foot.addWidget(self.words, 1)
        self._foot.addLayout(self._buttons)
        for button in (self.back, self.move_probe, self.follow):
            self._buttons.addWidget(button)
        for title, name in zip(self._titles, ("result", "nearest"), strict=True):
            set_identity(title, f"vector_title_{name}", accessible=title.longest).setProperty("role", "muted")
        # Below the second row of pictures, which is empty while all are side by side.
        self._grid.addLayout(self._foot, 6, 0, 1, 9)
        self._grid.setRowStretch(7, 1)
        self._place(stacked=False)

    def _place(self, *, stacked: bool) -> None:
        """Put the result beside a, b and c, or ``stacked`` below them."""
        self._stacked, grid = stacked, self._grid
        for index, view in enumerate(self.views):
            below = stacked and index >= 3
            row, column = (3, 2 * index - 6) if below else (0, 2 * index)
            grid.addWidget(self.combos[index] if index < 3 else self._titles[index - 3], row, column)
            grid.addWidget(view, row + 1, column, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._captions[index], row + 2, column)
        # Below, the title says what is equal to what.
        self._signs[-1].setVisible(not stacked)
        # Long words beside three buttons would be as narrow as one word.
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._foot.setDirection(down if stacked else across)

    @Slot()
    def _fit(self) -> None:
        scale = self._themes.scale
        narrow = self.width() < NARROW * scale
        stacked = narrow and self.height() >= HIGH * scale
        if stacked != self._stacked:
            self._place(stacked=stacked)
        gap = round((3 if narrow else 8) * scale)
        for column in (0, 2, 4, 6, 8):
            # Without room the lists get it: the pictures are small then.
            self._grid.setColumnStretch(column, 4 if column < 6 else 0 if narrow else 3)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._foot.setSpacing(gap)
        for button in (self.back, self.move_probe, self.follow):
            button.setStyleSheet(compact_button(self._themes))
        self._grid.setHorizontalSpacing(gap)
        self._grid.setVerticalSpacing(round(4 * scale))
        line = self.fontMetrics().height()
        others = self.combos[0].sizeHint().height() + line + self.move_probe.sizeHint().height() + 5 * gap
        columns = 3 if stacked else len(self.views)
        wide = 50 * scale if narrow and not stacked else (self.width() - 11 * gap) / columns
        # Two rows of pictures, each with a title and a caption, above three lines of words.
        high = (self.height() - others - 5 * line - 4 * gap) / 2 if stacked else self.height() - others
        for view in self.views:
            view.fit(round(max(16.0, min(MAX_SIDE * scale, wide, high))))
