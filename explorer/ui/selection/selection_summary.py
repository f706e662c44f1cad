"""Summary of the selection: the decode of its mean code beside the mean of its samples, and its classes as bars.

1. The selection, the codes or the data change: the active run is asked (`SummarizeGroup`), but not while hidden.
2. The answer is painted; until it arrives, the last answer stays if it has the same samples.
"""

from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.jobs.plane.scene import class_of_sample
from explorer.jobs.queries.vector_questions import SummarizeGroup
from explorer.jobs.workers.inference import Answer
from explorer.latent.groups.summary import GroupSummary
from explorer.latent.steps import Absent
from explorer.rendering.palette import NO_CLASS, class_colours
from explorer.session import View
from explorer.ui.pictures.renderers import CENTRE, LEFT, RIGHT, render_sample, small_font
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SHARE = 0.3
"""Maximum share of the time for questions about newer weights while the run trains."""
PICTURE_SHARE, MAX_EMS = 0.55, 10.0
"""Share of the height for the pictures, and maximum side of a picture in text heights."""
CAPTIONS = ("mean decode", "mean sample")
TIPS = ("Decode of the mean code of the selected samples", "Mean of the selected samples themselves")
GAP, MIN_BARS = 8.0, 3
"""Pixels between the parts, and minimum number of bars for which there is room."""
NAME_SHARE, COUNT_EMS = 0.36, 3.2
"""Width of a class's name as a share of the widget's, and of its count in text heights."""


class SelectionSummary(QWidget):
    """Paints the summary of the selection by the active run."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._themes = state.session, state.store, themes
        self._question = LiveQuestion(state.asker, self._on_answer, self._wanted, share=SHARE, parent=self)
        self._summary: GroupSummary | Absent | None = None
        self._tips: list[tuple[QRectF, str]] = []
        set_identity(self, "selection_summary", accessible="Summary of the selection")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        for signal in (state.store.plane_changed, state.store.details_changed, state.store.opened):
            signal.connect(self._on_run)
        themes.changed.connect(self.update)
        state.session.listen(self.show_view)

    @property
    def summary(self) -> GroupSummary | None:
        """The summary that is shown."""
        return self._summary if isinstance(self._summary, GroupSummary) else None

    def show_view(self, old: View, new: View) -> None:
        """Ask about another selection."""
        if (old.selection, old.active_run, old.condition) != (new.selection, new.active_run, new.condition):
            self._summary = None
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what has changed while it was hidden."""
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing."""
        super().hideEvent(event)
        self._question.drop()

    def sizeHint(self) -> QSize:
        """Return a size for two pictures, in pixels."""
        em = QFontMetricsF(small_font()).height()
        return QSize(round(15 * em), round(10 * em))

    def minimumSizeHint(self) -> QSize:
        """Return a size for two small pictures, in pixels."""
        em = QFontMetricsF(small_font()).height()
        return QSize(round(10 * em), round(5 * em))

    # Questions

    def _wanted(self) -> SummarizeGroup | None:
        view = self._session.view
        run = self._store.runs.get(view.active_run or "")
        if run is None or not view.selection or not self.isVisible():
            return None
        condition = class_of_sample(run, view.condition)
        return SummarizeGroup(run.key, view.selection, run.plane, "", condition, run.dataset is not None)

    def _ask(self) -> None:
        question = self._wanted()
        if question is None:
            self._question.drop()
        # Many signals of the store do not change the question.
        elif question != self._question.asked:
            self._question.ask(question)
        self.update()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self._session.view.active_run:
            self._ask()

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, GroupSummary | Absent):
            self._summary = answer.value
            self.setAccessibleDescription(self._words())
            self.update()

    def _words(self) -> str:
        """Return the classes in words, for screen readers."""
        found = self.summary
        if found is None:
            return ""
        return ", ".join(f"{name or 'unknown'}: {count:,}" for name, count in found.class_counts)

    # Drawing

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of a picture or bar."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = event.pos()
            tip = next((text for box, text in self._tips if box.contains(at.x(), at.y())), "")
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw pictures and bars."""
        self._tips = []
        run, found = self._store.runs.get(self._session.view.active_run or ""), self._summary
        if run is None or found is None or not self._session.view.selection:
            return
        with QPainter(self) as painter:
            painter.setFont(small_font())
            em = QFontMetricsF(small_font()).height()
            if isinstance(found, Absent):
                self._write(painter, QRectF(0, 0, self.width(), self.height()), found.why)
                return
            caption = max(map(QFontMetricsF(small_font()).horizontalAdvance, CAPTIONS))
            # Captions get the width they need; bars get the rest if some of them fit.
            most = max(caption, PICTURE_SHARE * self.height())
            side = min((self.width() - GAP) / 2, most, MAX_EMS * em, self.height() - em)
            bars = bool(found.class_counts) and self.height() - side - em - GAP >= MIN_BARS * em
            for number, values in enumerate((found.mean_decode, found.mean_sample)):
                box = QRectF(number * (side + GAP), 0, side, side)
                self._draw_picture(painter, box, values, run.description, number)
            if bars:
                top = side + em + GAP
                self._draw_bars(painter, QRectF(0, top, self.width(), self.height() - top), found, run.description)

    def _draw_picture(
        self, painter: QPainter, box: QRectF, values: NDArray[Any] | Absent, description: Description, number: int
    ) -> None:
        em, theme = QFontMetricsF(small_font()).height(), self._themes.theme
        self._tips.append((box, TIPS[number]))
        if isinstance(values, Absent):
            self._write(painter, box, values.why)
            self._tips[-1] = (box, values.why)
        else:
            image = render_sample(values, description, theme, round(box.width()), self.devicePixelRatioF())
            painter.drawImage(box.topLeft(), image)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(box.left() - GAP / 2, box.bottom(), box.width() + GAP, em), CENTRE, CAPTIONS[number])

    def _draw_bars(self, painter: QPainter, box: QRectF, found: GroupSummary, description: Description) -> None:
        """Draw a bar for each class, the largest first; the last line counts those without room."""
        em, theme, metrics = painter.fontMetrics().height() * 1.15, self._themes.theme, QFontMetricsF(small_font())
        lines = max(1, int(box.height() // em))
        counts = found.class_counts
        shown = counts if len(counts) <= lines else counts[: max(0, lines - 1)]
        colours = class_colours(max(1, len(description.class_names)), theme.dark)
        widest = max(metrics.horizontalAdvance(name or "unknown") for name, _ in shown or counts)
        left, right = min(NAME_SHARE * box.width(), widest + GAP), COUNT_EMS * em
        # At least one pixel, as the width would be negative in a very narrow widget.
        longest = max(1.0, box.width() - left - right - GAP)
        for line, (name, count) in enumerate(shown):
            row = QRectF(box.left(), box.top() + line * em, box.width(), em)
            known = name in description.class_names
            # The colour of the class on the planes, whatever the order of the bars.
            rgb = colours[description.class_names.index(name)].tolist() if known else NO_CLASS[theme.dark]
            painter.setPen(QColor(theme.text))
            title = metrics.elidedText(name or "unknown", Qt.TextElideMode.ElideRight, left - GAP)
            painter.drawText(QRectF(row.left(), row.top(), left - GAP / 2, em), LEFT, title)
            bar = QRectF(row.left() + left, row.top() + 0.25 * em, longest * count / counts[0][1], 0.5 * em)
            painter.fillRect(bar, QColor(*rgb))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(row.right() - right, row.top(), right, em), RIGHT, f"{count:,}")
            self._tips.append((row, f"{name or 'unknown class'}: {count:,} of {found.count:,} selected samples"))
        if len(shown) < len(counts):
            rest = counts[len(shown) :]
            row = QRectF(box.left(), box.top() + len(shown) * em, box.width(), em)
            painter.setPen(QColor(theme.muted))
            painter.drawText(row, LEFT, f"+ {len(rest)} classes")
            painter.drawText(row, RIGHT, f"{sum(count for _, count in rest):,}")
            self._tips.append((row, ", ".join(f"{name or 'unknown'}: {count:,}" for name, count in rest)))

    def _write(self, painter: QPainter, box: QRectF, words: str) -> None:
        painter.setPen(QColor(self._themes.theme.muted))
        painter.drawText(box, int(CENTRE | Qt.TextFlag.TextWordWrap), words)
