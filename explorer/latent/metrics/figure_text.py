"""Figures in words: a value with its unit and its errors, wherever one is shown."""

import math
import re

from explorer.latent.metrics.figure_definitions import FIGURES, FigureDescription
from explorer.latent.metrics.figures import Figures, absence_words

ERRORS = {
    "reconstruction_error": ("reconstruction", "over draws"),
    "kl_error": ("kl", "over draws"),
    "elbo_error": ("elbo", "over draws"),
    "log_likelihood_error": ("log_likelihood", "over samples"),
    "monte_carlo_error": ("log_likelihood", "over draws"),
    "knn_accuracy_error": ("knn_accuracy", "over samples"),
    "overlap_error": ("overlap", "over samples"),
    "silhouette_error": ("silhouette", "over samples"),
    "extent_error": ("extent", "over samples"),
    "hull_holes_error": ("hull_holes", "over choices"),
    "prior_holes_error": ("prior_holes", "over choices"),
    "aggregate_mmd_error": ("aggregate_mmd", "over draws"),
    "aggregate_kl_error": ("aggregate_kl", "over draws"),
    "mutual_information_error": ("mutual_information", "over draws"),
    "round_trip_error": ("round_trip", "over draws"),
    "smoothness_error": ("smoothness", "over samples"),
}
"""The figure that each stands beside, and what it is an error over."""
ARROWS = {"lower is better": " ↓", "higher is better": " ↑", "neither is better": ""}


def shown_figures() -> tuple[FigureDescription, ...]:
    """Return the figures that have a line of their own; errors stand beside theirs."""
    return tuple(figure for figure in FIGURES if figure.name not in ERRORS)


def titled(figure: FigureDescription) -> str:
    """Return a figure's title with the direction that is better."""
    return f"{figure.title}{ARROWS[figure.direction]}"


def figure_text(figure: FigureDescription, figures: Figures) -> str:
    """Say a figure with unit and errors, or why there is none."""
    value = getattr(figures, figure.name)
    if value is None:
        return absence_words(figures.not_defined.get(figure.name, "it was not measured"))
    return value_text(figure, value) + errors_text(figure, figures)


def value_text(figure: FigureDescription, value: float) -> str:
    """Say a value with its unit; shares as per cent."""
    if figure.unit.startswith("share"):
        return f"{short_text(figure, value)}{figure.unit.removeprefix('share')}"
    return f"{short_text(figure, value)} {figure.unit}"


def short_text(figure: FigureDescription, value: float) -> str:
    """Say a value without its unit; shares as per cent."""
    if figure.unit.startswith("share"):
        return f"{100 * value:.1f} %"
    return f"{value:,}" if isinstance(value, int) else number_text(value)


def errors_text(figure: FigureDescription, figures: Figures) -> str:
    """Say how far a figure may be off; shares by per cent, as the figure itself."""
    scale, unit = (100, " %") if figure.unit.startswith("share") else (1, "")
    found = ((words, getattr(figures, name)) for name, (of, words) in ERRORS.items() if of == figure.name)
    return "".join(f", ± {number_text(scale * error)}{unit} {words}" for words, error in found if error is not None)


def number_text(value: float) -> str:
    """Say a number by two decimals, a small one by two digits."""
    text = f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"
    return text.replace("-", "−")


def measured_text(value: float, error: float | None) -> str:
    """Say a number with its error, which has two digits where it begins with 1 or 2, else one; the number as many."""
    if not error:
        return number_text(value)
    exponent = math.floor(math.log10(error))
    decimals = max(0, (1 if error < 3 * 10.0**exponent else 0) - exponent)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", "−")


def note_text(note: str) -> str:
    """Say a note by the titles of the figures that it names."""
    titles = {figure.name: figure.title for figure in FIGURES}
    return re.sub(r"\w+", lambda word: titles.get(word[0], word[0]), note)
