"""Ranked terms: those of greatest weight in a document or a decode, with weights and bars; real beside decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.rendering.drawing import Canvas, Drawing, FilledBox, Ink, Words, cut, number
from explorer.rendering.render import renders

MAX_TERMS = 14
NARROW = 9
"""Minimum width of a list with weights and bars, in heights of text; a narrower one has terms only."""
ROW = 1.7
"""Height of a row in heights of text; its lower part is the bar."""
BAR = 3
GAP = 12
"""Height of a bar, and gap between two lists, in pixels."""


@dataclass(frozen=True)
class WeightedTerm:
    """A term and its weight; ``share`` is the weight relative to the greatest one."""

    name: str
    weight: float
    share: float


def heaviest_terms(
    weights: NDArray[Any], names: tuple[str, ...], max_terms: int = MAX_TERMS
) -> tuple[WeightedTerm, ...]:
    """Return the terms with the greatest positive weights ``(V,)``, greatest first."""
    values = np.nan_to_num(np.asarray(weights, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    # Stable, so that equal weights keep the order of the vocabulary and pictures can be compared.
    order = np.argsort(-values, kind="stable")[:max_terms]
    top = float(values[order[0]]) if len(order) else 0.0
    return tuple(
        WeightedTerm(names[index], float(values[index]), float(values[index]) / top)
        for index in order
        if values[index] > 0
    )


@renders("text")
def draw_terms(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None) -> Drawing:
    """Draw the ranked terms of a document, decode or word ``(V,)``; the decode of a document beside the real one."""
    names, is_probability = description.feature_names, description.of_words
    fitting = max(1, int(canvas.height / (ROW * canvas.line_height)))
    if canvas.width < NARROW * canvas.line_height:
        return _draw_names(heaviest_terms(sample, names, max(1, int(canvas.height / canvas.line_height))), canvas)
    max_terms = min(MAX_TERMS, max(1, fitting - 1))
    decoded = heaviest_terms(sample, names, max_terms)
    if is_probability and len(decoded) == 1 and decoded[0].weight == 1:  # one-hot: the word itself
        return _draw_names(decoded, canvas)
    if real is None or is_probability:
        head = "words beside it: p(context|z)" if is_probability else "heaviest terms"
        return _draw_lists([(head, decoded, frozenset(term.name for term in decoded))], canvas, is_probability)
    true = heaviest_terms(real, names, max_terms)
    shared = frozenset(term.name for term in true) & frozenset(term.name for term in decoded)
    return _draw_lists([("real", true, shared), ("decoded", decoded, shared)], canvas, is_probability)


def _draw_lists(
    lists: list[tuple[str, tuple[WeightedTerm, ...], frozenset[str]]], canvas: Canvas, is_probability: bool
) -> Drawing:
    """Draw lists side by side; terms that are in both have the full text colour."""
    width = (canvas.width - GAP * (len(lists) - 1)) / len(lists)
    marks: list[Words | FilledBox] = []
    for column, (head, terms, clear) in enumerate(lists):
        left, height = column * (width + GAP), ROW * canvas.line_height
        marks.append(Words(left, height / 2, cut(head, canvas, width), "muted"))
        for row, term in enumerate(terms):
            ink: Ink = "text" if term.name in clear else "muted"
            marks += _draw_term(left, (row + 1) * height, width, term, ink, canvas, is_probability)
        if not terms:
            marks.append(Words(left, 1.5 * height, "no term has weight", "muted"))
    # The height does not depend on the number of terms, as frames of a film must have equal sizes.
    rows = min(MAX_TERMS + 1, max(2, int(canvas.height / (ROW * canvas.line_height))))
    return Drawing(canvas.width, rows * ROW * canvas.line_height, tuple(marks))


def _draw_term(
    left: float, top: float, width: float, term: WeightedTerm, ink: Ink, canvas: Canvas, is_probability: bool
) -> Iterator[Words | FilledBox]:
    weight = f"{number(100 * term.weight, 2)} %" if is_probability else number(term.weight, 2)
    # The weight is never cut; a long term is.
    room = width - canvas.text_width(weight) - 6
    middle, foot = top + 0.5 * canvas.line_height, top + 1.15 * canvas.line_height + BAR
    yield Words(left, middle, cut(term.name, canvas, room), ink)
    yield Words(left + width, middle, weight, "muted", "right")
    yield FilledBox(left, foot - BAR, left + width, foot, "track")
    yield FilledBox(left, foot - BAR, left + width * term.share, foot, "accent")


def _draw_names(terms: tuple[WeightedTerm, ...], canvas: Canvas) -> Drawing:
    """Draw only the terms, for a thumbnail."""
    height = canvas.line_height
    names = [term.name for term in terms] or ["–"]
    marks = [Words(0, (row + 0.5) * height, cut(name, canvas, canvas.width)) for row, name in enumerate(names)]
    rows = len(names) if len(names) == 1 else max(len(names), int(canvas.height / height))
    return Drawing(canvas.width, rows * height, tuple(marks))
