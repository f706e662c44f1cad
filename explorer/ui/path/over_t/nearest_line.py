"""One line that names the real sample nearest to each row of the path at t."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.jobs.plane.drawn_path import DrawnPath
from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.drawing import number
from explorer.rendering.palette import class_colours
from explorer.ui.decode.decode_state import nearest_of
from explorer.ui.decode.fold import longest
from explorer.ui.path.over_t.path_plots import row_colour
from explorer.ui.pictures.renderers import LEFT, small_font
from explorer.ui.theme.theme import ThemeSource

BAR, DOT, GAP = 3, 8, 6
"""Width of a row's bar, diameter of a class's dot, and the gaps between them, in pixels at text scale 1."""


@dataclass(frozen=True)
class NearestText:
    """The sample of a row: texts, the longest first, the colour of its class or "", and whether it is the second."""

    forms: tuple[str, ...]
    colour: str = ""
    second: bool = False


def nearest_texts(drawn: DrawnPath, run: OpenRun, *, dark: bool) -> tuple[list[NearestText], str]:
    """Return the real sample nearest to each row of a path at t, or the reason why there is none."""
    plane, names = run.plane, run.description.class_names
    if plane is None or plane.drawn:
        return (
            [],
            "the codes of the samples are not known" if plane is None else "not defined: the model has no encoder",
        )
    texts = []
    # Searched in this thread: one query of the k-d tree takes less time than a frame of the film.
    for row, curve in enumerate(drawn.curves):
        found = plane.neighbours.nearest(curve.at(drawn.path.t))
        if found is None:
            return [], "not defined: the codes are not finite"
        near, label = nearest_of(run, found), plane.label_of(found.row)
        sample = (
            run.description.sample_title(near.sample) if run.description.sample_names else f"sample {near.sample:,}"
        )
        name = [near.class_name] if near.class_name else []
        # With too few codes there is no typical distance to compare with.
        where = "" if near.typical is None else "far from data" if near.far else "near data"
        away = ", ".join(part for part in (f"{number(near.distance, 2)} latent units away", where) if part)
        # The longest text that fits is drawn. The sample number is dropped last: with it the sample can be found.
        forms = (
            " · ".join([*name, sample, away]),
            " · ".join([*name, sample, where]),
            " · ".join([*name, sample]),
            sample,
        )
        colour = QColor(*map(int, class_colours(len(names), dark)[label])).name() if name else ""
        texts.append(NearestText(forms, colour, row > 0))
    return texts, ""


class NearestLine(QWidget):
    """Draws the rows side by side, each with its colour."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.texts: tuple[NearestText, ...] = ()
        self.reason = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_texts(self, texts: Sequence[NearestText], reason: str = "") -> None:
        """Show other samples, or the reason why there are none."""
        if (tuple(texts), reason) != (self.texts, self.reason):
            self.texts, self.reason = tuple(texts), reason
            words = "; ".join(text.forms[0] for text in texts) or reason
            self.setToolTip(words)
            self.setAccessibleDescription(words)
            self.update()

    def sizeHint(self) -> QSize:
        """Return one line of text, in pixels."""
        return QSize(120, round(1.3 * QFontMetricsF(small_font()).height()))

    def minimumSizeHint(self) -> QSize:
        """Return the height of one line in pixels."""
        return QSize(40, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the texts."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            if not self.texts:
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(self.rect()), LEFT, longest((self.reason,), self.width()))
            # Equal shares, so that the second text does not move when the length of the first changes.
            width = self.width() / max(1, len(self.texts))
            for place, text in enumerate(self.texts):
                self._draw(painter, text, QRectF(place * width, 0, width - GAP, self.height()))

    def _draw(self, painter: QPainter, text: NearestText, area: QRectF) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        bar = QRectF(area.left(), area.top() + 2 * scale, BAR * scale, area.height() - 4 * scale)
        painter.fillRect(bar, QColor(row_colour(theme, second=text.second)))
        left = bar.right() + GAP * scale
        if text.colour:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(text.colour))
            painter.drawEllipse(QPointF(left + DOT * scale / 2, area.center().y()), DOT * scale / 2, DOT * scale / 2)
            left += (DOT + GAP) * scale
        room = QRectF(left, area.top(), area.right() - left, area.height())
        painter.setPen(QColor(theme.text))
        painter.drawText(room, LEFT, longest(text.forms, room.width()))
