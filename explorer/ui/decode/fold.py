"""Sections of the decode column that fold to their heads, by the user or for lack of room.

1. A `Fold` has a head, which is always visible, and a body. Folded, the head says in brief what the body shows.
2. What the user opened or folded is kept in the settings and wins over everything else.
3. Of the other folds, `fold_to_fit` folds the first ones of its list until the column is low enough. They open again
   in the reverse order.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from explorer.jobs.experiments.loss_experiment import name_forms
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import draw_mark
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import below
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.buttons import compact_button, side_by_side, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

MARK = 10
"""Side of the mark of a run in pixels at text scale 1."""
HEAD, TITLE = 24, 13
"""Height of a head and size of its title, in pixels at text scale 1."""


class FittingLine(QWidget):
    """The longest of some texts that fits its width, muted, after the mark of a run if one is given."""

    def __init__(
        self,
        name: str,
        themes: ThemeSource,
        parent: QWidget | None = None,
        *,
        alignment: Qt.AlignmentFlag = LEFT,
    ) -> None:
        super().__init__(parent)
        self._themes, self._alignment = themes, alignment
        self.texts: tuple[str, ...] = ()
        self._mark: int | None = None
        set_identity(self, name)
        themes.changed.connect(self.update)

    def show_texts(self, texts: tuple[str, ...], mark: int | None = None) -> None:
        """Show one of the texts, the longest first; the tooltip has the longest. A mark stands for the rest."""
        if (texts, mark) != (self.texts, self._mark):
            self.texts, self._mark = texts, mark
            self.setAccessibleName(" ".join(texts[:1]))
            self.setToolTip(" ".join(texts[:1]))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text."""
        with QPainter(self) as painter:
            painter.setFont(small_font())
            painter.setPen(QColor(self._themes.theme.muted))
            room = QRectF(self.rect())
            side = MARK * self._themes.scale
            if self._mark is not None and side <= room.width():
                draw_mark(painter, QPointF(side / 2, self.height() / 2), side, self._mark, self._themes.theme)
                room.setLeft(1.5 * side)
            painter.drawText(room, self._alignment, longest(self.texts, room.width()))


def longest(texts: tuple[str, ...], width: float) -> str:
    """Return the first text that fits ``width`` pixels in the small font; "" if none does."""
    metrics = QFontMetricsF(small_font())
    return next((text for text in texts if metrics.horizontalAdvance(text) <= width), "")


class Fold(QWidget):
    """A section with a head: chevron and title, then its tools, or what it shows in brief while it is folded.

    Parameters
    ----------
    name
        Stable name of the section, for its widgets and the settings.
    tools
        Buttons at the right of the head, visible while the section is open.
    starts_open
        Whether the section is open until the user folds it or the room lacks.
    folded_title
        A shorter title that leaves room for the text in brief.
    why
        Key of the term whose card the mark beside the title opens; "" for no mark.

    Signals
    -------
    toggled
        The user opened or folded the section.
    """

    toggled = Signal()

    def __init__(
        self,
        name: str,
        title: str,
        body: QWidget,
        themes: ThemeSource,
        *,
        tools: Sequence[QWidget] = (),
        starts_open: bool = True,
        folded_title: str = "",
        why: str = "",
    ) -> None:
        super().__init__()
        self._themes, self._setting = themes, f"decode/{name}_open"
        self._titles = {True: title, False: folded_title or title}
        # Which of its tools are visible is for the section to say, whether any is, for the fold.
        self._tools = side_by_side(*tools)
        self._tools.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.body = body
        self._starts_open, self._lacks_room = starts_open, False
        known = settings().value(self._setting)
        self.chosen: bool | None = None if known is None else str(known).lower() == "true"
        set_identity(self, f"{name}_section", accessible=title)
        self.button = tool_button(f"{name}_fold", title, f"Show or hide: {title}")
        self._about = FittingLine(f"{name}_about", themes)
        self._brief = FittingLine(f"{name}_brief", themes, alignment=RIGHT)
        self._lay_out(why)
        self.button.clicked.connect(self._on_clicked)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def _lay_out(self, why: str) -> None:
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(self.button)
        if why:
            row.addWidget(WhyMark(f"{self.objectName()}_{why}", why, self._themes, below(self._head)))
        # Only one of the two is visible.
        row.addWidget(self._about, 1)
        row.addWidget(self._brief, 1)
        row.addWidget(self._tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._head)
        column.addWidget(self.body)

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._starts_open and not self._lacks_room if self.chosen is None else self.chosen

    @property
    def is_flexible(self) -> bool:
        """Whether the section may be folded for lack of room: open by default, and not chosen by the user."""
        return self.chosen is None and self._starts_open

    @property
    def brief(self) -> str:
        """The text that stands for the body while it is folded."""
        return self._brief.texts[0] if self._brief.texts else ""

    @property
    def about(self) -> str:
        """The name of the run that the section is about; "" where one name at the top says it."""
        return self._about.texts[0] if self._about.texts else ""

    def set_brief(self, *texts: str) -> None:
        """Set the text that stands for the body while it is folded, and shorter ones for little room."""
        self._brief.show_texts(texts)

    def set_about(self, run: str, mark: int | None = None) -> None:
        """Set the name and the mark of the run that the section is about, or ""."""
        self._about.show_texts(name_forms(run) if run else (), mark)

    def open(self) -> None:
        """Open the section as the user would, so that it stays open."""
        if not self.is_open or self.isHidden():
            self.choose(True)

    def choose(self, is_open: bool) -> None:
        """Open or fold the section for good, as by a click of the user."""
        self.chosen = is_open
        settings().setValue(self._setting, is_open)
        self._show_state()
        self.toggled.emit()

    def reset(self) -> None:
        """Forget what the user opened or folded."""
        self.chosen = None
        settings().remove(self._setting)
        self._show_state()
        self.toggled.emit()

    def open_height(self, width: int) -> int:
        """Return the height in pixels of the open section in a column of this width."""
        return self._head.height() + _spacing(self) + self.body_height(width)

    def set_lacks_room(self, lacks_room: bool) -> None:
        """Fold the section for lack of room, or open it again; the choice of the user wins."""
        if lacks_room != self._lacks_room:
            self._lacks_room = lacks_room
            self._show_state()

    def body_height(self, width: int) -> int:
        """Return the height in pixels that the body takes, or would take, in a column of this width."""
        layout = self.body.layout()
        if layout is not None and layout.hasHeightForWidth():
            return layout.totalHeightForWidth(width)
        return self.body.sizeHint().height()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open or fold by a click anywhere on the head, not only on its title."""
        if self._head.geometry().contains(event.position().toPoint()):
            self._on_clicked()

    @Slot()
    def _on_clicked(self) -> None:
        self.choose(not self.is_open)

    def _show_state(self) -> None:
        is_open = self.is_open
        # Hidden, not removed: sliders keep the code, and buttons their state.
        self.body.setVisible(is_open)
        self._about.setVisible(is_open)
        self._brief.setVisible(not is_open)
        self._tools.setVisible(is_open)
        self.button.setText(self._titles[is_open])
        name = "chevron-down" if is_open else "chevron-right"
        self.button.setIcon(icon(name, self._themes.theme, self._themes.theme.muted))
        self.button.setAccessibleDescription("open" if is_open else f"folded: {self.brief}")

    @Slot()
    def _apply_theme(self) -> None:
        self._head.setFixedHeight(round(HEAD * self._themes.scale))
        pixels = round(TITLE * self._themes.scale)
        head = f"QToolButton {{ padding-left: 0; padding-right: 0; font-weight: 600; font-size: {pixels}px; }}"
        self.button.setStyleSheet(compact_button(self._themes) + head)
        # Narrower than elsewhere: a title, its mark and the tools share one line.
        side = round(1 * self._themes.scale)
        narrow = f"QToolButton {{ padding-left: {side}px; padding-right: {side}px; }}"
        self._tools.setStyleSheet(compact_button(self._themes) + narrow)
        self._show_state()


def body_of(*parts: QWidget) -> QWidget:
    """Return the body of a section: widgets below each other, each as wide as the column."""
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    for part in parts:
        column.addWidget(part)
    return body


def fold_to_fit(folds: Sequence[Fold], needed: int, room: int, width: int) -> None:
    """Fold the first of the folds until the column fits.

    Parameters
    ----------
    folds
        In the order in which they fold.
    needed, room
        Height that the column takes as it is, and height that there is, in pixels.
    width
        Width of the column in pixels.
    """
    flexible = [fold for fold in folds if not fold.isHidden() and fold.is_flexible]
    heights = [fold.body_height(width) + _spacing(fold) for fold in flexible]
    # The height with all of them open does not depend on which are folded now, so that nothing can flutter.
    height = needed + sum(tall for fold, tall in zip(flexible, heights, strict=True) if not fold.is_open)
    for fold, tall in zip(flexible, heights, strict=True):
        fold.set_lacks_room(height > room)
        height -= tall if height > room else 0


def _spacing(fold: Fold) -> int:
    layout = fold.layout()
    return 0 if layout is None else layout.spacing()
