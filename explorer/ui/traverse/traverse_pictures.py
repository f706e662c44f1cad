"""The pictures of the cells, rendered when they are first painted and kept until row, size or theme changes."""

from collections.abc import Iterable

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QFontMetricsF, QImage

from explorer.data.dataset import Description
from explorer.latent.directions.traversal import TraversalRow, differences
from explorer.rendering.differences import ON_DARK, ON_LIGHT, Diverging, description_of_differences, draw_difference
from explorer.rendering.drawing import Canvas, Drawing
from explorer.rendering.render import draw
from explorer.ui.pictures.renderers import paint_alike, small_font
from explorer.ui.theme.theme import ThemeSource

Cells = dict[int, QImage]
"""Pictures by step."""


class CellPictures:
    """Renders the cells of rows, with or without the probe subtracted."""

    def __init__(self, themes: ThemeSource) -> None:
        self._themes = themes
        self._kept: dict[tuple[str, bool], tuple[TraversalRow, tuple[object, ...], Cells]] = {}

    @property
    def colours(self) -> Diverging:
        """The colours of differences of pictures."""
        return ON_DARK if self._themes.theme.dark else ON_LIGHT

    def of(
        self,
        row: TraversalRow,
        description: Description,
        steps: tuple[int, ...],
        size: QSizeF,
        ratio: float,
        *,
        difference: bool,
    ) -> Cells:
        """Return pictures of some steps of a row, at most ``size`` logical pixels large."""
        # The version of the weights is not in it: newer weights come with a new row, which is compared by identity.
        look = (self._themes.theme.name, self._themes.scale, steps, size.width(), size.height(), ratio)
        place = row.direction.key, difference
        known = self._kept.get(place)
        if known is not None and known[0] is row and known[1] == look:
            return known[2]
        drawings = self._drawings(row, description, steps, size, difference=difference)
        # All cells of a row on one scale: signals scaled one by one would hide how the row changes.
        cells = dict(zip(steps, paint_alike(drawings, self._themes.theme, ratio), strict=True))
        self._kept[place] = row, look, cells
        return cells

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forget the pictures of rows with other keys."""
        kept = set(keys)
        self._kept = {place: value for place, value in self._kept.items() if place[0] in kept}

    def _drawings(
        self, row: TraversalRow, description: Description, steps: tuple[int, ...], size: QSizeF, *, difference: bool
    ) -> list[Drawing]:
        metrics = QFontMetricsF(small_font())
        canvas = Canvas(round(size.width()), round(size.height()), metrics.height(), metrics.horizontalAdvance)
        if not difference:
            return [draw(row.decodes[step], description, canvas) for step in steps]
        # Of one row on one scale with its probe, whose own difference is zero.
        values = differences(row.decodes, description)
        if description.kind == "image":
            return [draw_difference(values[step], canvas, self.colours) for step in steps]
        about = description_of_differences(description)
        return [draw(values[step], about, canvas) for step in steps]
