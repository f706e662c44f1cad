"""Line styles of curves: the accent colour for the active run, quiet tones for others; class colours are not used."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from explorer.ui.theme.theme import Theme

DASHES = (4.0, 2.5)
"""Dash pattern of a validation curve, in line widths."""
DOTS = (0.01, 2.2)
"""Dot pattern of log p(x), in line widths; a dash of nearly 0 with round caps is a dot."""


@dataclass(frozen=True)
class Stroke:
    """A curve's line; ``width`` in logical pixels."""

    colour: str
    width: float
    dashed: bool = False
    dotted: bool = False

    def pen(self) -> QPen:
        """Return the Qt pen, which has the same width at every zoom."""
        pen = QPen(QColor(self.colour), self.width)
        # Cosmetic: the view's transform stretches epochs and nats differently and would stretch the pen with them.
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap if self.dotted else Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.dashed:
            pen.setDashPattern(DASHES)
        if self.dotted:
            pen.setDashPattern(DOTS)
        return pen


def run_stroke(theme: Theme, scale: float, index: int, split: str) -> Stroke:
    """Return the line of one run's curve.

    Parameters
    ----------
    index
        0 for the active run, 1, 2, … for the others.
    split
        ``"train"`` is solid, ``"log p(x)"`` dotted, all others dashed.
    """
    tones = (theme.accent, theme.muted, _mixed(theme.muted, theme.text), theme.edge)
    # Three tones for the other runs, repeated from the fourth on; the legend names them.
    tone = tones[0] if index == 0 else tones[1 + (index - 1) % (len(tones) - 1)]
    width = 1.3 if index == 0 else 1.0
    if split == "train":
        return Stroke(tone, width * scale)
    if split == "log p(x)":
        return Stroke(theme.good if index == 0 else tone, (2.4 if index == 0 else 1.8) * scale, dotted=True)
    return Stroke(theme.text if index == 0 else tone, (1.8 if index == 0 else width) * scale, dashed=True)


def dimension_stroke(theme: Theme, scale: float, index: int, count: int) -> Stroke:
    """Return the line of one latent dimension's KL, from the accent colour to the text colour."""
    share = index / max(1, count - 1)
    return Stroke(_mixed(theme.accent, theme.text, share), 1.4 * scale)


def _mixed(one: str, other: str, share: float = 0.5) -> str:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
