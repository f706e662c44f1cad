"""Ranked terms as a drawing."""

import numpy as np

from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.rendering.drawing import Canvas, Drawing, FilledBox, Words
from explorer.rendering.render import draw, render
from explorer.rendering.terms import heaviest_terms

NAMES = tuple(f"term{number}" for number in range(30))
CANVAS = Canvas(320, 320, 14, lambda text: 7 * len(text))


def about(*, words: bool = False) -> Description:
    transform = Transform(np.zeros((), np.float32), np.ones((), np.float32))
    named = NAMES if words else tuple(f"document {number}" for number in range(3))
    return Description("d", "text", (30,), transform, True, (0, 1), feature_names=NAMES, sample_names=named)


def words_in(drawing: Drawing) -> list[str]:
    return [mark.text for mark in drawing.marks if isinstance(mark, Words)]


def test_the_heaviest_come_first_and_nothing_negative() -> None:
    weights = np.full(30, -1.0)
    weights[[4, 9, 2]] = [0.2, 0.4, 0.1]
    found = heaviest_terms(weights, NAMES)
    assert [(term.name, term.share) for term in found] == [("term9", 1.0), ("term4", 0.5), ("term2", 0.25)]
    assert heaviest_terms(np.full(30, np.nan), NAMES) == ()


def test_bars_are_as_long_as_the_weights() -> None:
    weights = np.zeros(30)
    weights[[1, 2]] = [0.5, 0.25]
    bars = [
        mark for mark in draw(weights, about(), CANVAS).marks if isinstance(mark, FilledBox) and mark.ink == "accent"
    ]
    assert [bar.right - bar.left for bar in bars] == [320, 160]


def test_real_stands_beside_decoded_and_shared_terms_are_clear() -> None:
    real, decoded = np.zeros(30), np.zeros(30)
    real[[1, 2]], decoded[[2, 3]] = 1, 1
    drawing = draw(decoded, about(), CANVAS, real)
    assert words_in(drawing)[0] == "real"
    assert "decoded" in words_in(drawing)
    clear = {mark.text for mark in drawing.marks if isinstance(mark, Words) and mark.ink == "text"}
    assert clear == {"term2"}


def test_contexts_are_shares_and_a_word_is_itself() -> None:
    chances = np.full(30, 0.5 / 29)
    chances[5] = 0.5
    assert "50 %" in words_in(draw(chances, about(words=True), CANVAS, np.eye(30)[5]))
    assert words_in(draw(np.eye(30)[5], about(words=True), CANVAS)) == ["term5"]


def test_a_decode_without_weight_says_so_and_keeps_its_height() -> None:
    empty, full = (draw(values, about(), CANVAS) for values in (np.zeros(30), np.ones(30)))
    assert "no term has weight" in words_in(empty)
    assert empty.height == full.height


def test_a_thumbnail_has_the_terms_alone() -> None:
    drawing = draw(np.arange(30.0), about(), Canvas(84, 84, 14, lambda text: 7 * len(text)))
    assert words_in(drawing) == ["term29", "term28", "term27", "term26", "term25", "term24"]


def test_files_are_drawn_too() -> None:
    assert render(np.arange(30.0), about(), size=(200, 200)).std() > 0
