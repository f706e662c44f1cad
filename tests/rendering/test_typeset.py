"""Formulas as outlines: pieces side by side on one baseline, at any size."""

from itertools import pairwise

import numpy as np
import pytest

from explorer.rendering.typeset import Token, typeset

TOKENS = (Token("q", "belief", "q"), Token(r"\;=\;"), Token(r"\frac{1}{2}\,\sigma^2", "belief", "variance"))


def test_pieces_stand_side_by_side_and_are_found_by_position() -> None:
    formula = typeset(TOKENS, 20)
    assert [piece.token for piece in formula.pieces] == list(TOKENS)
    ends = [(piece.left, piece.right) for piece in formula.pieces]
    assert ends[0][0] == 0 and ends[-1][1] == formula.width
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    found = formula.piece_at(formula.pieces[2].left + 1)
    assert found is not None and found.token.key == "variance"
    assert formula.piece_at(-1) is None and formula.piece_at(formula.width) is None


def test_outlines_lie_within_the_formula_and_scale_with_the_size() -> None:
    small, large = typeset(TOKENS, 10), typeset(TOKENS, 30)
    assert large.width == pytest.approx(3 * small.width)
    for piece in large.pieces:
        assert len(piece.points) == len(piece.codes)
        assert (piece.points[:, 1] >= -1e-6).all() and (piece.points[:, 1] <= large.height + 1e-6).all()
    # The letter q goes below the baseline, and y downwards.
    assert large.pieces[0].points[:, 1].max() > large.baseline > large.pieces[0].points[:, 1].min()
    np.testing.assert_allclose(
        large.pieces[0].points, 3 * small.pieces[0].points + (0, large.baseline - 3 * small.baseline)
    )


def test_no_tokens_are_an_empty_formula() -> None:
    assert typeset((), 20).width == 0
