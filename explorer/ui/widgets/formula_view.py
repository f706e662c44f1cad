"""A typeset formula, painted from `explorer.rendering.typeset`, with a colour for each role and a hover for each key.

1. `FormulaView.set_tokens` typesets the tokens at the present text size; another size typesets them again.
2. A role has the same colour wherever it appears (`role_colour`).
3. The piece under the mouse is emitted by its key, and ``lit`` draws a rule below the pieces of a key.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.rendering.palette import INFORMATION_COLOURS
from explorer.rendering.typeset import Formula, Piece, Token, typeset
from explorer.ui.theme.theme import Theme, ThemeSource
from explorer.ui.widgets.identity import set_identity

MOVE, LINE, CURVE3, CURVE4, CLOSE = 1, 2, 3, 4, 79
"""Codes of a path in matplotlib: move, line, quadratic and cubic curve, close."""

SAME_AS = {"phi": "belief", "theta": "truth"}
"""The encoder is the belief about z, and the decoder the truth that it approximates: each pair has one colour."""


def role_colour(theme: Theme, role: str) -> QColor:
    """Return the colour of a token by its role: P or θ, Q or φ, their KL, or text."""
    return QColor(INFORMATION_COLOURS[theme.dark].get(SAME_AS.get(role, role), theme.text))


def painter_path(piece: Piece) -> QPainterPath:
    """Return the outlines of a piece as a path of Qt."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    points, row = [QPointF(x, y) for x, y in piece.points.tolist()], 0
    while row < len(points):
        code = int(piece.codes[row])
        if code == MOVE:
            path.moveTo(points[row])
        elif code == LINE:
            path.lineTo(points[row])
        elif code == CURVE3:
            path.quadTo(points[row], points[row + 1])
            row += 1
        elif code == CURVE4:
            path.cubicTo(points[row], points[row + 1], points[row + 2])
            row += 2
        else:
            path.closeSubpath()
        row += 1
    return path


class FormulaView(QWidget):
    """Paints a formula.

    Signals
    -------
    hovered : str
        The key of the piece under the mouse; "" for none.
    """

    hovered = Signal(str)

    def __init__(
        self, name: str, words: str, themes: ThemeSource, pixels: float = 18.0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes, self._pixels = themes, pixels
        self._tokens: tuple[Token, ...] = ()
        self._formula = Formula((), 0.0, 0.0, 0.0)
        self._paths: list[QPainterPath] = []
        self._key = ""
        self.lit = ""
        # A screen reader reads the words; the outlines have none.
        set_identity(self, name, accessible=words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        themes.changed.connect(self._typeset)

    @property
    def formula(self) -> Formula:
        """The formula as it is set."""
        return self._formula

    def set_tokens(self, tokens: Sequence[Token]) -> None:
        """Show another formula."""
        if tuple(tokens) != self._tokens:
            self._tokens = tuple(tokens)
            self._typeset()

    def light(self, key: str) -> None:
        """Draw a rule below the pieces with a key; "" for none."""
        if key != self.lit:
            self.lit = key
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the formula, with room for the rule below it."""
        return QSize(int(np.ceil(self._formula.width)) + 2, int(np.ceil(self._formula.height)) + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the formula."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the outlines."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(1, 1)
            for piece, path in zip(self._formula.pieces, self._paths, strict=True):
                colour = role_colour(theme, piece.token.role)
                painter.fillPath(path, colour)
                if self.lit and piece.token.key == self.lit:
                    box = QRectF(piece.left, self._formula.height + 0.5, piece.right - piece.left, 2)
                    painter.fillRect(box, colour)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit the key of the piece under the mouse."""
        # The formula is drawn one pixel from the edge.
        piece = self._formula.piece_at(event.position().x() - 1)
        self._hover("" if piece is None else piece.token.key)

    def leaveEvent(self, event: QEvent) -> None:
        """Emit that no piece is under the mouse."""
        super().leaveEvent(event)
        self._hover("")

    def _hover(self, key: str) -> None:
        if key != self._key:
            self._key = key
            self.hovered.emit(key)

    @Slot()
    def _typeset(self) -> None:
        self._formula = typeset(self._tokens, self._pixels * self._themes.scale)
        # Made once for a size, not for each painting.
        self._paths = [painter_path(piece) for piece in self._formula.pieces]
        self.updateGeometry()
        self.update()
