"""Both decodes at t of a path with two methods, side by side; each with its off-manifold error and nearest real sample.

1. The session's path has two curves, and the probe is at t of it: `DecodePictures` shows the pair, not one decode.
2. The decode by the first method is that of the probe. The pair asks for the other one when t moves.
3. The errors are part of the measures of the path, which are computed while its tab is shown.
"""

import math
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.jobs.plane.drawn_path import DrawnPath, methods_of
from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.rendering.drawing import number
from explorer.rendering.palette import class_colours
from explorer.session import View
from explorer.ui.decode.decode_state import Nearest, PaneDecode, nearest_of
from explorer.ui.decode.fold import longest
from explorer.ui.path.over_t.path_plots import row_colour
from explorer.ui.path.path_actions import METHODS
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font, strong_font
from explorer.ui.pictures.sample_view import PictureCell
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

GAP = 8
LINE, BAR = 1.4, 12
"""Height of a head in heights of its text, and length of its coloured bar in pixels at text scale 1."""
REAL, BESIDE = 64, 200
"""Side of a real sample, and width of a column from which its words are beside it, in pixels at text scale 1."""


class MethodHead(QWidget):
    """One line: the colour and the name of a method, and its off-manifold error at the right."""

    def __init__(self, name: str, themes: ThemeSource, parent: QWidget, *, second: bool) -> None:
        super().__init__(parent)
        self._themes, self._second = themes, second
        self.method, self.figures = "", tuple[str, ...]()
        set_identity(self, name, accessible="Method of the path")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_method(self, method: str, error: float | None) -> None:
        """Show a method and its error at t; None if it is not known."""
        value = "" if error is None else number(error, 2)
        self.method = method
        self.figures = (f"off-manifold error {value}", f"error {value}", value) if value else ()
        words = ", ".join((method, *self.figures[:1]))
        self.setAccessibleName(words)
        self.setToolTip(f"{words} latent units" if value else words)
        self.update()

    @property
    def name_width(self) -> int:
        """The width in pixels of the bar and the name."""
        return math.ceil((BAR + 6) * self._themes.scale + QFontMetricsF(strong_font()).horizontalAdvance(self.method))

    def sizeHint(self) -> QSize:
        """Return one line of text, in pixels."""
        return QSize(120, round(LINE * QFontMetricsF(strong_font()).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar, the name and the error."""
        theme, scale, middle = self._themes.theme, self._themes.scale, self.height() / 2
        left = (BAR + 6) * scale
        room = self.width() - self.name_width - GAP
        with QPainter(self) as painter:
            painter.setPen(QPen(QColor(row_colour(theme, second=self._second)), 3 * scale))
            painter.drawLine(QPointF(0, middle), QPointF(BAR * scale, middle))
            painter.setFont(strong_font())
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(left, 0, self.width() - left, self.height()), LEFT, self.method)
            painter.setFont(small_font())
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(self.rect()), RIGHT, longest(self.figures, room))


class _PathColumn:
    """The widgets of one method's column."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget, *, second: bool) -> None:
        name = "path_decode_second" if second else "path_decode"
        self.head = MethodHead(f"{name}_head", themes, parent, second=second)
        self.decode = PictureCell(state.tasks, themes, name, parent)
        self.real = PictureCell(state.tasks, themes, f"{name}_nearest", parent)
        self.words = set_identity(QLabel(parent), f"{name}_words", accessible="Nearest real sample")
        self.words.setProperty("role", "small")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for cell in (self.decode, self.real):
            # Remove the caption lines: otherwise the columns have different heights until the first answer.
            cell.set_words("", "")
        self.nearest: Nearest | None = None


class PathPair(QWidget):
    """Shows both decodes while `is_wanted`."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._paths = state.session, state.store, state.paths
        self._probing, self._themes = state.probing, themes
        self._columns = [_PathColumn(state, themes, self, second=second) for second in (False, True)]
        self._is_beside = True
        self._question = LiveQuestion(state.asker, self._on_decode, self._second_question, parent=self)
        state.session.listen(self.show_view)
        state.paths.changed.connect(self._on_path)
        themes.changed.connect(self._show_words)

    def is_wanted(self) -> bool:
        """Return whether the probe is at t of a path of pictures with two methods."""
        drawn, run = self._drawn()
        return drawn is not None and run is not None and run.description.kind == "image"

    def show_view(self, old: View, new: View) -> None:
        """Ask for the second decode when t, the path or what is drawn has changed."""
        names = ("path", "probe", "condition", "decode_as", "draw_seed")
        if any(getattr(old, name) != getattr(new, name) for name in names):
            self._ask()

    def show_first(self, pane: PaneDecode, nearest: Nearest | None) -> None:
        """Show the decode by the first method with its nearest real sample."""
        drawn, run = self._drawn()
        if drawn is None or run is None:
            return
        self._show(0, run, pane.picture, pane.z, nearest)
        self._show_errors()
        if self._question.asked is None:
            self._ask()

    def arrange(self, width: int, height: int) -> int:
        """Lay both columns out in at most ``height`` pixels, if there is room; return the height."""
        column, scale = (width - GAP) // 2, self._themes.scale
        real = round(REAL * scale)
        beside = column >= BESIDE * scale
        if beside != self._is_beside:
            self._is_beside = beside
            self._show_words()
        room = column - real - GAP if beside else column
        words = max(one.words.heightForWidth(room) for one in self._columns)
        lower = max(real, words) if beside else real + GAP // 2 + words
        head = self._columns[0].head.sizeHint().height()
        # Never smaller than the real sample: the decode is more important.
        side = max(real, min(column, height - head - GAP - lower))
        for place, one in enumerate(self._columns):
            left = place * (column + GAP)
            # The name may be wider than a small picture.
            one.head.setGeometry(left, 0, min(column, max(side, one.head.name_width)), head)
            high = one.decode.fit(side).height()
            one.decode.setGeometry(QRect(left, head, side, high))
            top = head + high + GAP
            one.real.setGeometry(QRect(left, top, real, one.real.fit(real).height()))
            one.words.setGeometry(left + (real + GAP) * beside, top + (real + GAP // 2) * (not beside), room, words)
        return head + side + GAP + lower

    def _drawn(self) -> tuple[DrawnPath | None, OpenRun | None]:
        """Return the path with its run if it has two curves and the probe is at its t; else None for both."""
        drawn = self._paths.own
        # The preview of a hovered draw or cell uses the whole column.
        if drawn is None or len(drawn.curves) < 2 or self._probing.preview is not None:
            return None, None
        key = drawn.path.run
        return (drawn, self._store.get(key)) if self._paths.probed_code(key) is not None else (None, None)

    def _ask(self) -> None:
        question = self._second_question()
        if question is None:
            self._question.drop()
        elif question != self._question.asked:
            self._question.ask(question, supersedes=False)

    def _second_question(self) -> Question | None:
        view, (drawn, run) = self._session.view, self._drawn()
        z = None if drawn is None else drawn.code_at(drawn.path.t, 1)
        if z is None or run is None:
            return None
        return DecodePoints(
            run.key, (z,), view.decode_as == "sample", view.draw_seed, class_of_point(run, view.condition)
        )

    def _on_decode(self, answer: Answer) -> None:
        question, run = answer.question, self._store.get(answer.question.run)
        if run is None or not isinstance(question, DecodePoints) or not isinstance(answer.value, Decodes):
            return
        z = question.z[0]
        found = None if run.plane is None or run.plane.drawn else run.plane.neighbours.nearest(z)
        self._show(1, run, answer.value.pictures[0], z, None if found is None else nearest_of(run, found))

    def _show(self, place: int, run: OpenRun, picture: NDArray[Any], z: Sequence[float], near: Nearest | None) -> None:
        column, path = self._columns[place], self._session.view.path
        method = "" if path is None else METHODS[methods_of(path)[place]].name
        file_name = f"{run.name}-path-{method.lower().replace(' ', '-')}"
        column.decode.view.show_sample(picture, run.description, z=tuple(z), file_name=file_name)
        column.decode.set_words("", f"Decode at t, {method}; right-click to copy or save it")
        shown = near is not None and near.picture is not None
        column.real.setVisible(shown)
        if near is not None and near.picture is not None:
            column.real.view.show_sample(near.picture, run.description)
            column.real.set_words("", f"Nearest real sample {near.sample}; right-click to copy or save it")
        column.nearest = near
        self._show_words()

    @Slot()
    def _show_words(self) -> None:
        _, run = self._drawn()
        for column in self._columns:
            near = column.nearest
            known = run is not None and near is not None and not near.compared
            column.words.setText(self._words(run, near) if known else "")  # type: ignore[arg-type]

    def _words(self, run: OpenRun, near: Nearest) -> str:
        theme, names = self._themes.theme, run.description.class_names
        dot = ""
        if near.class_name in names:
            colour = QColor(*map(int, class_colours(len(names), theme.dark)[names.index(near.class_name)])).name()
            dot = f'<span style="color: {colour}">●</span> <b>{near.class_name}</b> '
        # In a narrow column, use shorter lines: a wrapped line would move the pictures.
        split, away = (f" · {near.split}" if near.split else "", " away") if self._is_beside else ("", "")
        lines = [
            f'<span style="color: {theme.muted}">Nearest real sample</span>',
            f"{dot}sample {near.sample:,}{split}",
            f'<span style="color: {theme.muted}">{number(near.distance, 2)} latent units{away}</span>',
        ]
        if near.typical is not None:
            words, colour = ("far from data", theme.warning) if near.far else ("near data", theme.good)
            lines.append(f'<span style="color: {colour}">{words}</span>')
        return "<br>".join(lines)

    @Slot()
    def _on_path(self) -> None:
        # A geodesic has replaced its placeholder line, or the measures have arrived.
        self._ask()
        self._show_errors()

    def _show_errors(self) -> None:
        drawn, run = self._drawn()
        if drawn is None or run is None:
            return
        answer = self._paths.answer(run.key)
        for place, (column, method) in enumerate(zip(self._columns, methods_of(drawn.path), strict=True)):
            column.head.show_method(
                METHODS[method].name, None if answer is None else answer.error_at(drawn.path.t, place)
            )
