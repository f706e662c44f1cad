"""A model's networks as a figure: the diagram of the window, with its two lines below it."""

from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from explorer.models.architecture import Architecture
from explorer.plot.figures import TEXT_PIXELS, add_axes, new_figure, style_for
from explorer.rendering.network_diagram import Tone, network_diagram, weights_text

WIDTH, HEIGHT = 640, 240
"""Size of the diagram in pixels."""
OPACITY = 0.24
LETTER = 0.55
"""Mean width of a letter in heights of text."""


def new_network(network: Architecture, *, dark: bool = False) -> Figure:
    """Return a figure with the diagram of a model."""
    style = style_for(WIDTH, dark=dark)
    theme = style.theme
    em = TEXT_PIXELS * style.scale
    foot = 3 * em
    figure = new_figure(WIDTH, HEIGHT + foot, style)
    axes = add_axes(figure, 0, 0, WIDTH, HEIGHT + foot, style)
    axes.set_xlim(0, WIDTH)
    # Downwards, as on the screen.
    axes.set_ylim(HEIGHT + foot, 0)
    axes.axis("off")
    colours: dict[Tone, str] = {
        "encoder": theme.warning, "decoder": theme.accent, "code": theme.text, "data": theme.muted,
        "muted": theme.muted,
    }  # fmt: skip
    diagram = network_diagram(network, WIDTH, HEIGHT, 1.3 * em, lambda text: LETTER * em * len(text))
    for shape in diagram.shapes:
        alpha, edge = (1.0, theme.panel) if shape.strong else (OPACITY, "none")
        axes.add_patch(Polygon(shape.points, facecolor=colours[shape.tone], alpha=alpha, edgecolor=edge, linewidth=0.6))
    for text in diagram.texts:
        axes.text(text.x, text.y, text.text, color=colours[text.tone], fontsize=style.text, ha="center", va="center")
    for number, line in enumerate((network.summary, weights_text(network))):
        y = HEIGHT + (number + 0.7) * 1.4 * em
        axes.text(WIDTH / 2, y, line, color=theme.muted, fontsize=style.text, ha="center", va="center")
    return figure
