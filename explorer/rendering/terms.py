"""Ranked terms: the heaviest of a document or a decode, each with its weight and a bar; real beside decoded."""

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
"""Narrower than so many text heights, terms stand alone, without weights and bars."""
ROW = 1.7
"""Height of a row in text heights; its bar lies in the lower part."""
BAR = 3
GAP = 12
"""Height of a bar, and room between two lists, in pixels."""


@dataclass(frozen=True)
class WeightedTerm:
    """A term and its weight; ``share`` is its part of the heaviest one's."""

    name: str
    weight: float
    share: float


def heaviest_terms(weights: NDArray[Any], names: tuple[str, ...], most: int = MAX_TERMS) -> tuple[WeightedTerm, ...]:
    """Return the terms of the greatest weights ``(V,)``, the heaviest first; weights that are not positive are none."""
    values = np.nan_to_num(np.asarray(weights, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    order = np.argsort(-values, kind="stable")[:most]
    top = float(values[order[0]]) if len(order) else 0.0
    return tuple(
        WeightedTerm(names[place], float(values[place]), float(values[place]) / top)
        for place in order
        if values[place] > 0
    )


@renders("text")
def draw_terms(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None) -> Drawing:
    """Rank the terms of one document, decode or word ``(V,)``; a document's decode stands beside the real one's."""
    names, chances = description.feature_names, description.of_words
    fitting = max(1, int(canvas.height / (ROW * canvas.line_height)))
    if canvas.width < NARROW * canvas.line_height:
        return _draw_names(heaviest_terms(sample, names, max(1, int(canvas.height / canvas.line_height))), canvas)
    most = min(MAX_TERMS, max(1, fitting - 1))
    decoded = heaviest_terms(sample, names, most)
    if chances and len(decoded) == 1 and decoded[0].weight == 1:  # a word itself
        return _draw_names(decoded, canvas)
    if real is None or chances:
        head = "words beside it: p(context|z)" if chances else "heaviest terms"
        return _draw_lists([(head, decoded, frozenset(term.name for term in decoded))], canvas, chances)
    true = heaviest_terms(real, names, most)
    shared = frozenset(term.name for term in true) & frozenset(term.name for term in decoded)
    return _draw_lists([("real", true, shared), ("decoded", decoded, shared)], canvas, chances)


def _draw_lists(
    lists: list[tuple[str, tuple[WeightedTerm, ...], frozenset[str]]], canvas: Canvas, chances: bool
) -> Drawing:
    """Draw lists side by side; terms that are in all of them are written clearly."""
    width = (canvas.width - GAP * (len(lists) - 1)) / len(lists)
    marks: list[Words | FilledBox] = []
    for place, (head, terms, clear) in enumerate(lists):
        left, height = place * (width + GAP), ROW * canvas.line_height
        marks.append(Words(left, height / 2, cut(head, canvas, width), "muted"))
        for row, term in enumerate(terms):
            ink: Ink = "text" if term.name in clear else "muted"
            marks += _draw_term(left, (row + 1) * height, width, term, ink, canvas, chances)
        if not terms:
            marks.append(Words(left, 1.5 * height, "no term has weight", "muted"))
    # Of equal height whatever is in it, as frames of a film have to be.
    rows = min(MAX_TERMS + 1, max(2, int(canvas.height / (ROW * canvas.line_height))))
    return Drawing(canvas.width, rows * ROW * canvas.line_height, tuple(marks))


def _draw_term(
    left: float, top: float, width: float, term: WeightedTerm, ink: Ink, canvas: Canvas, chances: bool
) -> Iterator[Words | FilledBox]:
    weight = f"{number(100 * term.weight, 2)} %" if chances else number(term.weight, 2)
    room = width - canvas.text_width(weight) - 6
    middle, foot = top + 0.5 * canvas.line_height, top + 1.15 * canvas.line_height + BAR
    yield Words(left, middle, cut(term.name, canvas, room), ink)
    yield Words(left + width, middle, weight, "muted", "right")
    yield FilledBox(left, foot - BAR, left + width, foot, "track")
    yield FilledBox(left, foot - BAR, left + width * term.share, foot, "accent")


def _draw_names(terms: tuple[WeightedTerm, ...], canvas: Canvas) -> Drawing:
    """Draw what a thumbnail has room for: the terms alone."""
    height = canvas.line_height
    names = [term.name for term in terms] or ["–"]
    words = [Words(0, (row + 0.5) * height, cut(name, canvas, canvas.width)) for row, name in enumerate(names)]
    rows = len(names) if len(names) == 1 else max(len(names), int(canvas.height / height))
    return Drawing(canvas.width, rows * height, tuple(words))
