"""A group as a card: which it is, the decode of its mean code beside the mean of its samples, and some members."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.groups.summary import GroupSummary
from explorer.latent.steps import Absent
from explorer.ui.decode.decode_state import missing_text, sample_text
from explorer.ui.pictures.renderers import CENTRE, fitted_box, render_sample, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.groups.group_combo import ComboEntry, GroupCombo, counted
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

GAP, DOT = 6, 10
MIN_SIDE, MAX_SIDE = 44, 120
"""Sides of the two means in pixels at text scale 1."""
WIDE = 250
"""Width of a card from which the number of samples is written out, in pixels at text scale 1."""
COLUMNS, ROWS = 3, 2


class GroupCard(QFrame):
    """Shows one group.

    Signals
    -------
    picked : int
        The member that was clicked.
    """

    picked = Signal(int)

    def __init__(
        self, name: str, title: str, choices: Callable[[], Sequence[ComboEntry]], themes: ThemeSource, *, accent: bool
    ) -> None:
        super().__init__()
        set_identity(self, f"vector_{name}_card", accessible=title)
        self._themes, self._accent, self._compact = themes, accent, False
        self._dot = QLabel()
        self.combo = GroupCombo(f"vector_{name}", f"{title}: a class, a search, a group or the selection", title,
                                "Choose…", choices)  # fmt: skip
        self._count = set_identity(FittingLabel(), f"vector_{name}_count", accessible=f"Size of the {title}")
        self._count.setProperty("role", "muted")
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.pictures = GroupPictures(f"vector_{name}_pictures", themes)
        self.pictures.picked.connect(self.picked)
        self._row, self._column = QHBoxLayout(), QVBoxLayout(self)
        self._row.addWidget(self._dot)
        self._row.addWidget(self.combo)
        self._row.addWidget(self._count)
        self._column.addLayout(self._row)
        self._column.addWidget(self.pictures, 1)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_group(self, run: OpenRun | None, summary: GroupSummary | None, words: str, by: str) -> None:
        """Show the summary of a group; without one, ``words`` say why."""
        self.pictures.show_group(run, summary, words)
        if summary is None:
            self._count.set_forms("")
            return
        self._count.set_forms(counted(summary.count, summary.units, by), counted(summary.count), f"{summary.count:,}")

    def set_compact(self, compact: bool) -> None:
        """Show only which group it is, or its pictures, too."""
        self._compact = compact
        self.pictures.setVisible(not compact)
        self._count.setVisible(not compact)
        self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the row between list and number."""
        super().resizeEvent(event)
        # Room for "984 samples, 40 by person" in a wide card, and for the number alone in a narrow one.
        is_wide = self.width() >= WIDE * self._themes.scale
        self._row.setStretch(1, 3 if is_wide else 5)
        self._row.setStretch(2, 2 if is_wide else 1)

    @Slot()
    def _apply_theme(self) -> None:
        scale, theme = self._themes.scale, self._themes.theme
        pad = 0 if self._compact else round(8 * scale)
        self._column.setContentsMargins(pad, pad // 2, pad, pad // 2)
        self._column.setSpacing(round(4 * scale))
        self._row.setSpacing(round(GAP * scale))
        colour = theme.accent if self._accent else theme.muted
        dot = round(DOT * scale)
        self._dot.setFixedSize(dot, dot)
        self._dot.setStyleSheet(f"background: {colour}; border-radius: {dot // 2}px;")
        name = self.objectName()
        ground = "transparent" if self._compact else theme.raised
        self.setStyleSheet(f"QFrame#{name} {{ background: {ground}; border-radius: {round(6 * scale)}px; }}")


class GroupPictures(QWidget):
    """Paints the two means and the members of a group; a click on a member picks it.

    Signals
    -------
    picked : int
        The member that was clicked.
    """

    picked = Signal(int)

    def __init__(self, name: str, themes: ThemeSource) -> None:
        super().__init__()
        set_identity(self, name, accessible="Means and members")
        self._themes = themes
        self._run: OpenRun | None = None
        self._summary: GroupSummary | None = None
        self._words = ""
        self._drawn: tuple[object, ...] = ()
        self._means: list[QImage | None] = []
        self._members: list[tuple[int, QImage]] = []
        # The pictures take what the row of the list leaves.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        themes.changed.connect(self.update)

    def show_group(self, run: OpenRun | None, summary: GroupSummary | None, words: str) -> None:
        """Show a summary, or words in its place."""
        self._run, self._summary, self._words = run, summary, words
        self.setAccessibleDescription(words)
        self.update()

    @property
    def members(self) -> tuple[int, ...]:
        """The members whose pictures are shown."""
        return tuple(sample for sample, _ in self._members)

    def sizeHint(self) -> QSize:
        """Return a size for the usual pictures."""
        side = round(76 * self._themes.scale)
        return QSize(4 * side, side + self._line())

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the means can be told apart."""
        side = round(MIN_SIDE * self._themes.scale)
        return QSize(2 * side, side + self._line())

    def member_box(self, number: int) -> QRectF:
        """Return where the picture of a member is."""
        side, gap = self._side(), GAP * self._themes.scale
        small = (side - gap / 2) / ROWS
        row, column = divmod(number, self._columns())
        left = 2 * (side + gap) + column * (small + gap / 2)
        return QRectF(left, row * (small + gap / 2), small, small)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures with their captions, or words."""
        theme, summary = self._themes.theme, self._summary
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            painter.setFont(small_font())
            painter.setPen(QColor(theme.muted))
            if summary is None or self._run is None:
                flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
                painter.drawText(QRectF(self.rect()), int(flags), self._words)
                return
            self._render()
            self._draw_means(painter)
            for number, (_, image) in enumerate(self._members):
                painter.drawImage(fitted_box(image, self.member_box(number)), image)
            # A card shows a few members, and must not look as if these were all.
            if more := summary.count - len(self._members):
                words, left = f"+{more:,} more", self.member_box(0).left() if self._members else 0.0
                box = QRectF(left, self._side(), self.width() - left, self._line())
                if self._members:
                    painter.drawText(box, CENTRE, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the member under the mouse."""
        sample = self._member_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and sample is not None:
            self.picked.emit(sample)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that members can be clicked."""
        over = self._member_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the member or mean under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip_at(event.pos()), self)
            return True
        return super().event(event)

    def _tip_at(self, at: QPoint) -> str:
        sample, summary = self._member_at(QPointF(at)), self._summary
        if sample is not None and self._run is not None:
            return f"{sample_text(self._run, sample)}: click to follow it"
        if summary is None:
            return ""
        # A tooltip with forty classes would be higher than the screen; the most frequent are first.
        counts = ", ".join(f"{count:,} of class {name or 'unknown'}" for name, count in summary.class_counts[:6])
        return f"The decode of the mean code, beside the mean of the samples. {counts}".strip()

    def _member_at(self, at: QPointF) -> int | None:
        found = (one for number, (one, _) in enumerate(self._members) if self.member_box(number).contains(at))
        return next(found, None)

    def _draw_means(self, painter: QPainter) -> None:
        theme, side, gap = self._themes.theme, self._side(), GAP * self._themes.scale
        summary = self._summary
        assert summary is not None
        kind = "picture" if self._run is not None and self._run.description.kind == "image" else "sample"
        whys = [one.why if isinstance(one, Absent) else "" for one in (summary.mean_decode, summary.mean_sample)]
        names = ("mean decode", f"mean {kind}")
        # Both are shortened together: one short and one long caption would look like two kinds of pictures.
        if max(map(painter.fontMetrics().horizontalAdvance, names)) > side:
            names = ("decode", "mean")
        for number, (image, name) in enumerate(zip(self._means, names, strict=True)):
            box = QRectF(number * (side + gap), 0, side, side)
            painter.setPen(QColor(theme.muted))
            if image is not None:
                painter.drawImage(fitted_box(image, box), image)
            else:
                painter.drawText(box, int(CENTRE | Qt.TextFlag.TextWordWrap), whys[number])
            painter.drawText(QRectF(box.left(), side, side, self._line()), CENTRE, name)

    def _render(self) -> None:
        """Render the pictures, unless they are those of the last time."""
        run, summary, side = self._run, self._summary, self._side()
        assert run is not None and summary is not None
        look = (summary, side, self._columns(), self._themes.theme.name, run.dataset is None, self.devicePixelRatioF())
        if look == self._drawn:
            return
        self._drawn = look
        means: tuple[NDArray[Any] | Absent, ...] = (summary.mean_decode, summary.mean_sample)
        self._means = [None if isinstance(one, Absent) else self._image(one, run.description, side) for one in means]
        small = (side - GAP * self._themes.scale / 2) / ROWS
        # Without the data there are codes, but no pictures of the members.
        shown = summary.shown[: ROWS * self._columns()] if run.dataset is not None else ()
        rows = run.dataset.rows(np.array(shown, np.int64)) if run.dataset is not None and shown else ()
        images = [self._image(values, run.description, small) for values in rows]
        self._members = list(zip(shown, images, strict=True))
        self.setAccessibleDescription(missing_text(run))

    def _image(self, values: NDArray[Any], description: Description, side: float) -> QImage:
        # Whole pixels: a fraction would blur the edges of small pictures.
        return render_sample(values, description, self._themes.theme, round(side), self.devicePixelRatioF())

    def _columns(self) -> int:
        side, gap = self._side(), GAP * self._themes.scale
        small = (side - gap / 2) / ROWS + gap / 2
        return max(0, min(COLUMNS, int((self.width() - 2 * (side + gap) + gap / 2) // small)))

    def _side(self) -> float:
        scale = self._themes.scale
        gap = GAP * scale
        # The members beside the means are half as high, so that the card is 3.5 pictures wide.
        with_members = (self.width() - 3.5 * gap) / (2 + COLUMNS / ROWS)
        wide = with_members if with_members >= MIN_SIDE * scale else (self.width() - gap) / 2
        # Pictures below 8 pixels are not recognizable, and the first pass of a layout may give a negative size.
        return round(max(8.0, min(self.height() - self._line(), MAX_SIDE * scale, wide)))

    def _line(self) -> int:
        return round(QFontMetricsF(small_font()).height()) + 2
