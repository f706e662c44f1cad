"""The one sentence of the status line: different data, the key of the overlays, or which run is better.

1. News of the figures, the runs or the View start a short timer, since runs that train report often.
2. The first sentence of `_sentences` that has something to say is shown; the tooltip has all of them.
3. `SentenceLabel` draws the longest form of it that fits.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from explorer.jobs.overlays.catalog import overlays
from explorer.jobs.overlays.overlay import Overlay
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import FIRST_OVERLAYS, View
from explorer.ui.comparison.comparison_table import FOLLOW_MILLISECONDS, comparison_in_view, keys_in_view
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import other_data_text, shown_runs
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

KEY = "differences/shown"
LINKED, SAME_SCALE = "Views linked.", "Same units."
NOT_LINKED = (
    "Different data: selection and hover are not linked",
    "Different data: not linked",
    "Different data",
)


@dataclass(frozen=True)
class Sentence:
    """A sentence in forms, each a bold beginning and the rest, of which the longest one that fits is shown."""

    forms: tuple[tuple[str, str], ...]
    icon: str = ""
    details: str = ""
    """Further sentences, for the tooltip."""

    @property
    def text(self) -> str:
        """The longest form."""
        return " ".join(self.forms[0]).strip()


NAME_EMS = 6
"""Width of a name in heights of text that a sentence with it needs at least."""


class SentenceLabel(QWidget):
    """Draws a sentence at the right end of its room, in the longest form that fits.

    If even the shortest does not, a long name loses its middle, and any other sentence is left out: half of it would
    say nothing, and the table beside it says all.
    """

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "status_sentence", accessible="Sentence on the runs in view")
        self.sentence: Sentence | None = None
        # Ignored: the sentence becomes shorter instead of widening the window.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_sentence(self, sentence: Sentence | None) -> None:
        """Show a sentence, or none."""
        if sentence != self.sentence:
            self.sentence = sentence
            self.setAccessibleName(sentence.text if sentence else "")
            self.setToolTip("\n\n".join(filter(None, (sentence.text, sentence.details))) if sentence else "")
            self.update()

    @property
    def shown_text(self) -> str:
        """The form that is shown at the present width, before a name is elided."""
        return "" if self.sentence is None else " ".join(self._form(self.sentence)).strip()

    def sizeHint(self) -> QSize:
        """Return the size of the longest form."""
        wide = 0 if self.sentence is None else self._width_of(self.sentence, self.sentence.forms[0])
        return QSize(wide, self.fontMetrics().height())

    @property
    def min_width(self) -> int:
        """The width of the shortest form, in pixels; of a name no more than `NAME_EMS`."""
        if self.sentence is None:
            return 0
        name, rest = self.sentence.forms[-1]
        name_width = min(QFontMetrics(self._bold).horizontalAdvance(name), NAME_EMS * self.fontMetrics().height())
        return name_width + self._width_of(self.sentence, ("", rest)) + self._space

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon, bold beginning and rest."""
        if self.sentence is None or self.min_width > self.width():
            return
        form = self._form(self.sentence)
        left = max(0, self.width() - self._width_of(self.sentence, form))
        with QPainter(self) as painter:
            if self.sentence.icon:
                side = self._icon_side
                at = QRect(left, (self.height() - side) // 2, side, side)
                icon(self.sentence.icon, self._themes.theme, self._themes.theme.muted).paint(painter, at)
                left += self._icon_width
            self._draw_text(painter, left, form)

    def _draw_text(self, painter: QPainter, left: int, form: tuple[str, str]) -> None:
        """Draw beginning and rest; a name that is too long loses its middle before the rest loses its end."""
        bold, plain = QFontMetrics(self._bold), self.fontMetrics()
        rest_width = plain.horizontalAdvance(form[1])
        name_room = self.width() - left - rest_width - self._space
        name = bold.elidedText(form[0], Qt.TextElideMode.ElideMiddle, name_room)
        painter.setPen(self.palette().windowText().color())
        middle = Qt.AlignmentFlag.AlignVCenter
        if name:
            painter.setFont(self._bold)
            painter.drawText(QRect(left, 0, self.width() - left, self.height()), middle, name)
            left += bold.horizontalAdvance(name) + self._space
        room = QRect(left, 0, self.width() - left, self.height())
        painter.setFont(self.font())
        painter.drawText(room, middle, form[1])

    def _form(self, sentence: Sentence) -> tuple[str, str]:
        fitting = (form for form in sentence.forms if self._width_of(sentence, form) <= self.width())
        return next(fitting, sentence.forms[-1])

    def _width_of(self, sentence: Sentence, form: tuple[str, str]) -> int:
        name = QFontMetrics(self._bold).horizontalAdvance(form[0]) + self._space if form[0] else 0
        # One pixel more: rounding may otherwise elide a text that fits.
        text = name + self.fontMetrics().horizontalAdvance(form[1]) + 1
        return text + (self._icon_width if sentence.icon else 0)

    @property
    def _space(self) -> int:
        return self.fontMetrics().horizontalAdvance(" ")

    @property
    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    @property
    def _icon_side(self) -> int:
        return round(13 * self._themes.scale)

    @property
    def _icon_width(self) -> int:
        return self._icon_side + round(6 * self._themes.scale)


class SentenceBar(QWidget):
    """The sentence and the link to the table of the comparison, which is offered if two or more runs are in view.

    Signals
    -------
    table_wanted
        The link was pressed.
    changed
        There is another sentence, or the link came or went: the line must be divided again.
    """

    table_wanted = Signal()
    changed = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._lifetime = state, state.lifetime
        self._wanted = settings().value(KEY, True, type=bool) is True
        self._compared: tuple[object, Sentence | None] = (), None
        set_identity(self, "sentence_bar", accessible="Sentence on the runs in view")
        self.label = SentenceLabel(themes)
        self._table = set_identity(
            QPushButton("Table"), "differences_table", "Compare the open runs in a table (T)", "Table of the comparison"
        )
        self._table.setProperty("kind", "link")
        self._table.clicked.connect(self.table_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        row.addWidget(self._table)
        self._soon = QTimer(self, interval=FOLLOW_MILLISECONDS, singleShot=True)
        self._soon.timeout.connect(self._show)
        for news in (state.figures.changed, state.store.opened, state.store.closed):
            news.connect(self._follow)
        state.session.listen(self.show_view)
        state.units.changed.connect(self._show)
        themes.changed.connect(self.label.update)
        self._show()

    @property
    def words(self) -> str:
        """The sentence in its longest form; "" if there is none."""
        return "" if self.label.sentence is None else self.label.sentence.text

    @property
    def min_width(self) -> int:
        """The width of the shortest form of the sentence and of the link, in pixels."""
        link = 0 if self._table.isHidden() else self._table.sizeHint().width()
        layout = self.layout()
        return self.label.min_width + link + (layout.spacing() if layout is not None and link else 0)

    @property
    def wanted(self) -> bool:
        """Whether the user wants the comparison."""
        return self._wanted

    @Slot(bool)
    def want(self, wanted: bool) -> None:
        """Show the comparison when it has something to say, or never; the choice is stored."""
        self._wanted = wanted
        settings().setValue(KEY, wanted)
        self._show()

    def stop(self) -> None:
        """Stop following; called when the window closes."""
        self._soon.stop()

    def show_view(self, old: View, new: View) -> None:
        """Follow the runs in view, and what is drawn over them."""
        if old.panes != new.panes:
            self._follow()
        elif _drawn(old) != _drawn(new):
            self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another font size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    @Slot()
    @Slot(str)
    def _follow(self, key: str = "") -> None:
        if not self._lifetime.closed and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _show(self) -> None:
        before = self.label.sentence, self._table.isHidden()
        self._table.setVisible(len(keys_in_view(self._state)) > 1)
        self.label.set_sentence(next(self._sentences(), None))
        if before != (self.label.sentence, self._table.isHidden()):
            self.changed.emit()

    def _sentences(self) -> Iterator[Sentence]:
        view = self._state.session.view
        shown = shown_runs(view, self._state.store.runs)
        if other := other_data_text(shown):
            yield Sentence((("", other), *(("", form) for form in NOT_LINKED)))
        if key := key_of(view, shown):
            yield key
        if self._wanted and len(shown) > 1 and (compared := self._comparison()):
            yield compared

    def _comparison(self) -> Sentence | None:
        """Return which run is better; compared again only with other figures, since runs that train report often."""
        figures = tuple((key, self._state.figures.of(key)) for key in keys_in_view(self._state))
        known = self._state.units.unit, figures
        if known != self._compared[0]:
            found = comparison_in_view(self._state)
            claim, details = found.in_short, "\n\n".join(found.words)
            self._compared = known, None if claim is None else Sentence(claim.forms, details=details)
        return self._compared[1]


def key_of(view: View, shown: list[OpenRun]) -> Sentence | None:
    """Return what the lines over the points mean; None if the planes say it themselves."""
    if not shown:
        return None  # the catalogue is read when the first run is there
    drawn = [overlay for overlay in overlays() if any(overlay.is_shown_in(run, view.overlays) for run in shown)]
    several = len(view.panes) > 1 and not view.enlarged
    scaled, linked = several and view.same_scale, several and view.linked
    # What is drawn from the start labels itself, and is named only beside the others.
    named = any(overlay.key and overlay.name not in FIRST_OVERLAYS for overlay in drawn)
    if not scaled and not linked and not named:
        return None
    # The posterior of the probed sample surrounds its mark, and is often not drawn at all.
    whole = [_key(overlay, shown) for overlay in drawn if overlay.key and overlay.name != "posterior"]
    brief = [key.partition(",")[0] for key in whole]
    keys = [" ".join(f"{part}." for part in parts) for parts in (whole, brief, brief[-1:])]
    # Planes of one scale are linked as well, and the icon stands for the words where there is no room.
    head = SAME_SCALE if scaled else LINKED if linked else ""
    forms = [form for key in keys for form in ((f"{head} {key}".strip(), key) if head else (key,)) if form]
    sign = "scale" if scaled else "link" if linked else ""
    return Sentence(tuple(("", form) for form in dict.fromkeys(forms)), sign)


def _drawn(view: View) -> tuple[object, ...]:
    return view.overlays, view.linked, view.same_scale, view.enlarged


def _key(overlay: Overlay, shown: list[OpenRun]) -> str:
    # A learned prior is drawn by its components, which have no rings.
    learned = overlay.name == "prior_rings" and any(run.capabilities.learned_prior for run in shown)
    return overlay.key.partition(",")[0] if learned else overlay.key
