"""Small buttons that stand beside a head in a narrow column."""

from explorer.ui.theme import ThemeSource


def compact_button(themes: ThemeSource) -> str:
    """Give the style of a tool button that is no higher than the head beside it."""
    scale = themes.scale
    padding = f"{round(2 * scale)}px {round(5 * scale)}px"
    return f"QToolButton {{ padding: {padding}; font-size: {round(12 * scale)}px; }}"
