"""Colours of the window by purpose, for a dark and a light theme."""

from dataclasses import dataclass
from typing import Final, Literal

from explorer.rendering.palette import PLANE_GROUND


@dataclass(frozen=True)
class Theme:
    """Colours of the window, each ``"#rrggbb"``.

    Attributes
    ----------
    ground, panel, raised, hover
        Backgrounds: behind the panels, of panels, of controls, and of controls under the mouse.
    plane
        Background of points and curves.
    line, edge
        Separators; outlines that must be visible (contrast 3:1), such as that of a check box.
    text, muted
        Text (contrast 4.5:1 on ground, panel, raised and plane).
    accent, accent_text
        The accent, and text on it.
    accent_quiet, accent_ink, knob
        Background of a chosen item; the accent as text, also on that background; handle of a slider.
    danger, warning, good
        Text of errors, warnings and success.
    probe, halo
        Marks over the points, and the thin contrasting line around them.
    """

    name: Literal["dark", "light"]
    ground: str
    panel: str
    raised: str
    hover: str
    plane: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_quiet: str
    accent_ink: str
    knob: str
    danger: str
    warning: str
    good: str
    probe: str
    halo: str

    @property
    def dark(self) -> bool:
        """Whether the theme is dark."""
        return self.name == "dark"


# Contrasts are computed by WCAG 2; a test checks the ratios that the attributes state.
DARK: Final = Theme(
    name="dark",
    ground="#14161a",
    panel="#1b1e24",
    raised="#262b33",
    hover="#303641",
    plane=PLANE_GROUND[True],
    line="#2f353f",
    edge="#707a88",
    text="#e6e8eb",
    muted="#98a2b0",
    accent="#5b9dff",
    accent_text="#0a1424",
    accent_quiet="#21324d",
    accent_ink="#78adff",
    knob="#ffffff",
    danger="#ff8a80",
    warning="#f2b84b",
    good="#6fcf97",
    probe="#ffffff",
    halo="#000000",
)
LIGHT: Final = Theme(
    name="light",
    ground="#eceef2",
    panel="#ffffff",
    raised="#f1f3f6",
    hover="#e4e8ee",
    plane=PLANE_GROUND[False],
    line="#d8dde4",
    edge="#7d8794",
    text="#1b1f26",
    muted="#5a6470",
    accent="#1f6feb",
    accent_text="#ffffff",
    accent_quiet="#dde9fc",
    accent_ink="#1558c0",
    knob="#1f6feb",
    danger="#b3261e",
    warning="#8a5300",
    good="#1b6e3c",
    probe="#101216",
    halo="#ffffff",
)
