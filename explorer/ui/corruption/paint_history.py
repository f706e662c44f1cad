"""What a hand has painted over a picture, stroke by stroke, to be taken back and done again. No Qt."""

from explorer.data.painting import Layer, blank, stroke

MAX_STEPS = 200


class PaintHistory:
    """The layer as it is now, and as it was before each stroke."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._layer = blank(shape)
        self._undo: list[Layer] = []
        self._redo: list[Layer] = []

    @property
    def layer(self) -> Layer:
        """The layer ``(H, W)`` as it is now; never changed in place."""
        return self._layer

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a stroke to do again."""
        return bool(self._redo)

    def begin(self) -> None:
        """Begin a stroke: what follows until the next one is taken back at once."""
        self._undo = [*self._undo, self._layer][-MAX_STEPS:]
        self._redo.clear()

    def paint(self, brush: str, start: tuple[float, float], end: tuple[float, float], size: float) -> None:
        """Go on with the stroke; see `explorer.data.painting.stroke`."""
        self._layer = stroke(self._layer, brush, start, end, size)

    def clear(self) -> None:
        """Take everything off, as one step."""
        if self._layer.any():
            self.begin()
            self._layer = blank(self._layer.shape)

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._undo:
            self._redo.append(self._layer)
            self._layer = self._undo.pop()

    def redo(self) -> None:
        """Do the stroke again that was taken back last."""
        if self._redo:
            self._undo.append(self._layer)
            self._layer = self._redo.pop()
