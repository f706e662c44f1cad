"""Layout of the lower half of the tab: the start of the vector, the strip, its slider, and the distances."""

from typing import Literal

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.ui.path.over_t.film_strip import OUTLINE, FilmStrip
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.applied.strength_strip import TICKS, DistancePlot, StrengthSlider
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel, cut_middle

Form = Literal["compact", "wide", "enlarged"]
LEFT_WIDTH, PICTURE = 228, 84
"""Width of the column at the left, and largest side of its picture, in pixels at text scale 1."""
MAX_LETTERS = 18
"""Maximum number of letters of a name beside the picture."""
MAX_STRIP, LOW = 112, 160
"""Largest height of the strip; height below which there is no plot below it."""
DISTANCE = ("Distance to the nearest code, latent units", "Distance to the nearest code", "Nearest code")


class ApplyView(QWidget):
    """The widgets, without any session or model."""

    def __init__(self, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._form = themes, "enlarged"
        # One axis for strip, slider and plot: the same strength is at the same x in all three.
        self.axis = PathAxis(self)
        self.picture = SampleView(tasks, themes, "vector_start")
        self.title, self.detail = FittingLabel(), FittingLabel()
        set_identity(self.title, "vector_start_title", accessible="What the vector is added to")
        set_identity(self.detail, "vector_start_detail", accessible="About what the vector is added to")
        self.title.setProperty("role", "head")
        self.detail.setProperty("role", "muted")
        self.dice = tool_button("vector_random", "", "Apply to a random sample")
        self.find_sample = tool_button("vector_find", "Find…", "Find the sample that the vector is applied to")
        self.take_probe = tool_button("vector_take_probe", "Probe", "Apply to the probe, and follow it")
        self.dice.setAccessibleName("Random sample")
        self.words = set_identity(FittingLabel(), "vector_strip_title", accessible="About the strip")
        self.words.setProperty("role", "muted")
        self.note = set_identity(QLabel("underlined: no data here"), "vector_no_data", accessible="About underlines")
        self.note.setProperty("role", "warning")
        tip = "Move the probe to the code at this strength"
        self.move_probe = tool_button("vector_move_probe", "Move the probe here", tip)
        self.strip = set_identity(
            FilmStrip(themes, self.axis, frames=len(TICKS), underlines=True), "vector_strip",
            "Decodes along the vector; click one to set the strength", "Strip of decodes",
        )  # fmt: skip
        self.slider = set_identity(
            StrengthSlider(themes, self.axis), "vector_slider", "Strength of the vector (← →, Home, End)", "Strength"
        )
        self.box = set_identity(QDoubleSpinBox(), "vector_strength", "Strength of the vector, −10 to 10", "Strength")
        # Farther than the slider goes: extremes show where a direction stops to mean anything.
        self.box.setRange(-10, 10)
        self.box.setSingleStep(0.1)
        # Typed digits count when the number is complete, or each would be a step of undo.
        self.box.setKeyboardTracking(False)
        self.plot = DistancePlot(themes, self.axis)
        set_identity(self.plot, "vector_distances", accessible="Distance to the nearest code")
        self._strength = QLabel("Strength")
        self._distance = QLabel(DISTANCE[0], wordWrap=True)
        self._distance.setProperty("role", "small")
        self._lay_out()
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_start(self, title: str, detail: str) -> None:
        """Show title and details of the sample or code that the vector is added to."""
        self.title.set_forms(title, title.partition(" · ")[0])
        parts = detail.split(" · ")
        shorter = (" · ".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
        # Names of classes have any length; the tooltip has the whole.
        self.detail.set_forms(detail, *shorter, cut_middle(parts[0], MAX_LETTERS))

    def set_form(self, form: Form) -> None:
        """Show the form that fits: the compact one has only strip and slider."""
        if form != self._form:
            self._form = form
            self._place()
            self.fit()

    def set_brief(self, *forms: str) -> None:
        """Set the text above the strip in the compact form."""
        self.brief.set_forms(*forms)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide widgets that do not fit."""
        super().resizeEvent(event)
        self.fit()

    def minimumSizeHint(self) -> QSize:
        """Return the minimum of the compact form."""
        em = self.fontMetrics().height()
        return QSize(16 * em, 2 * em + self.slider.minimumSizeHint().height())

    def _lay_out(self) -> None:
        self.brief = set_identity(FittingLabel(), "vector_brief", accessible="The vector in brief")
        self.brief.setProperty("role", "muted")
        head = QLabel("Apply to")
        head.setProperty("role", "head")
        self._buttons, self._start, self._top = QWidget(), QWidget(), QWidget()
        buttons, start, words, top = (
            QHBoxLayout(self._buttons),
            QHBoxLayout(self._start),
            QVBoxLayout(),
            QHBoxLayout(self._top),
        )
        for widget, stretch in ((head, 1), (self.take_probe, 0), (self.find_sample, 0), (self.dice, 0)):
            buttons.addWidget(widget, stretch)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        words.addStretch(1)
        start.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignVCenter)
        start.addLayout(words, 1)
        top.addWidget(self.words, 1)
        top.addWidget(self.brief, 1)
        top.addWidget(self.note)
        top.addWidget(self.move_probe)
        for layout in (buttons, start, top):
            layout.setContentsMargins(0, 0, 0, 0)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(2, 1)
        self._grid.setRowStretch(3, 1)
        self._place()

    def _place(self) -> None:
        compact, grid = self._form == "compact", self._grid
        grid.addWidget(self._buttons, 0, 0, 1, 2)
        grid.addWidget(self._start, 1, 0, 1, 2)
        grid.addWidget(self._top, 0, 0 if compact else 2, 1, 4 if compact else 1)
        grid.addWidget(self.strip, 1, 0 if compact else 2, 1, 4 if compact else 1)
        grid.addWidget(self._strength, 2, 0)
        grid.addWidget(self.box, 2, 1)
        grid.addWidget(self.slider, 2, 2)
        grid.addWidget(self._distance, 3, 0, 1, 2)
        grid.addWidget(self.plot, 3, 2)

    def fit(self) -> None:
        """Show what has room, and fit the pictures."""
        compact, scale = self._form == "compact", self._themes.scale
        for widget in (self._buttons, self._start, self.words, self.move_probe):
            widget.setVisible(not compact)
        self._distance.setVisible(not compact and self.height() >= LOW * scale)
        self.plot.setVisible(self.height() >= LOW * scale)
        self.brief.setVisible(compact)
        self._top.setVisible(not compact or self.height() >= 96 * scale)
        self._strip_height(scale)
        self._strength.setVisible(not compact)
        self.note.setVisible(self._has_underlines and self._top.width() >= 30 * self.fontMetrics().height())
        # As high as the strip beside it, so that both rows of pictures line up.
        side = min(PICTURE * scale, max(24.0, self.strip.height() - 8))
        self.picture.fit(round(side))
        # The ends of the axis are the middles of the first and the last picture.
        self.axis.set_inset(self.strip.side / 2 + OUTLINE)

    @property
    def _has_underlines(self) -> bool:
        return self.strip.film is not None and any(self.strip.film.underlined)

    def _strip_height(self, scale: float) -> None:
        """Set the height of the strip to that of its pictures; the plot below it gets what is left."""
        wide = self.width() - (0 if self._form == "compact" else (LEFT_WIDTH + 8) * scale)
        others = self.slider.minimumSizeHint().height() + 14 * scale
        others += 0 if self._top.isHidden() else self._top.sizeHint().height()
        others += 0 if self.plot.isHidden() else self.plot.minimumSizeHint().height() + 6 * scale
        wanted = min(MAX_STRIP * scale, wide / len(TICKS)) + 8 * scale
        # A fixed height, or the layout would share the rest among strip and plot.
        for widget in (self.strip, self._start):
            widget.setFixedHeight(round(max(20.0, min(wanted, self.height() - others))))
        # Without the plot the empty rest is at the bottom, not between strip and slider.
        self._grid.setRowStretch(4, int(self.plot.isHidden()))

    @Slot()
    def _apply_theme(self) -> None:
        scale, theme = self._themes.scale, self._themes.theme
        gap = round(8 * scale)
        self._grid.setHorizontalSpacing(gap)
        self._grid.setVerticalSpacing(round(3 * scale))
        for widget in (self._buttons, self._start):
            widget.setFixedWidth(round(LEFT_WIDTH * scale))
            widget.layout().setSpacing(round(6 * scale))  # type: ignore[union-attr]
        self._buttons.layout().setSpacing(round(2 * scale))  # type: ignore[union-attr]
        self._top.layout().setSpacing(gap)  # type: ignore[union-attr]
        # A wider text would push the plot off the axis of strip and slider.
        self._distance.setMaximumWidth(round(LEFT_WIDTH * scale))
        plain = compact_button(self._themes)
        for button in (self.take_probe, self.find_sample, self.dice, self.move_probe):
            button.setStyleSheet(plain)
        self.dice.setIcon(icon("random", theme))
        self.fit()
