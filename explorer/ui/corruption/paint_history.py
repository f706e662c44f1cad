"""A painted layer whose strokes can be undone."""

from explorer.data.painting import Layer, blank, stroke

MAX_STEPS = 200
"""Maximum number of strokes that can be undone."""


class PaintHistory:
    """The current layer, and those before each stroke.

    Layers are never changed in place, so that undo only swaps references.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._layer = blank(shape)
        self._undo: list[Layer] = []
        self._redo: list[Layer] = []

    @property
    def layer(self) -> Layer:
        """The current layer ``(H, W)``; never changed in place."""
        return self._layer

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a stroke to redo."""
        return bool(self._redo)

    def begin(self) -> None:
        """Begin a stroke; everything until the next `begin` is one undo step."""
        # A new stroke discards the strokes that were undone.
        self._undo = [*self._undo, self._layer][-MAX_STEPS:]
        self._redo.clear()

    def paint(self, value: int, start: tuple[float, float], end: tuple[float, float], size: float) -> None:
        """Continue the stroke; see `explorer.data.painting.stroke`."""
        self._layer = stroke(self._layer, value, start, end, size)

    def clear(self) -> None:
        """Clear the layer, as one undo step."""
        # Clearing an empty layer is not an undo step.
        if self._layer.any():
            self.begin()
            self._layer = blank(self._layer.shape)

    def undo(self) -> None:
        """Undo the last stroke."""
        if self._undo:
            self._redo.append(self._layer)
            self._layer = self._undo.pop()

    def redo(self) -> None:
        """Redo the stroke undone last."""
        if self._redo:
            self._undo.append(self._layer)
            self._layer = self._redo.pop()
