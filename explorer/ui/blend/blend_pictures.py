"""The pictures of pins and kept blends as images, rendered once and kept until values, size or theme change."""

from collections.abc import Hashable

from PySide6.QtGui import QImage

from explorer.data.dataset import Description
from explorer.ui.blend.blend_questions import Picture
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.theme.theme import ThemeSource


class BlendPictures:
    """Renders pictures by keys, such as a pin or a kept blend."""

    def __init__(self, themes: ThemeSource) -> None:
        self._themes = themes
        self._kept: dict[Hashable, tuple[tuple[object, ...], Picture, QImage]] = {}
        self._used: set[Hashable] = set()

    def begin(self) -> None:
        """Begin to draw: `end` drops the pictures that are not requested by then."""
        self._used = set()

    def end(self) -> None:
        """Forget the pictures that were not asked for."""
        self._kept = {key: value for key, value in self._kept.items() if key in self._used}

    def image(
        self, key: Hashable, values: Picture | None, description: Description, side: int, ratio: float, *, fixed: bool
    ) -> QImage | None:
        """Return values ``(*shape)`` as an image; None without values.

        ``fixed`` says that the values of a key never change, such as those of a sample.
        """
        if values is None or side <= 0:
            return None
        self._used.add(key)
        look = (self._themes.theme.name, self._themes.scale, side, ratio, id(description))
        known = self._kept.get(key)
        if known is not None and known[0] == look and (fixed or known[1] is values):
            return known[2]
        image = render_sample(values, description, self._themes.theme, side, ratio)
        self._kept[key] = look, values, image
        return image
