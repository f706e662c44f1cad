"""Nearest words and analogies against plain cosines."""

import numpy as np
import pytest

from explorer.data.dataset import DataError
from explorer.latent.codes.words import WordSpace

RNG = np.random.default_rng(0)
NAMES = tuple(f"word{number}" for number in range(50))
VECTORS = RNG.normal(size=(50, 6)) * RNG.uniform(0.1, 5, (50, 1))
SPACE = WordSpace(NAMES, VECTORS)


def cosine(a: np.ndarray, b: np.ndarray) -> float:  # type: ignore[type-arg]
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_nearest_are_those_of_the_greatest_cosine() -> None:
    z = RNG.normal(size=6)
    expected = sorted(range(50), key=lambda row: -cosine(VECTORS[row], z))[:7]
    found = SPACE.nearest(z, 7)
    assert [word.place for word in found] == expected
    assert found[0].score == pytest.approx(cosine(VECTORS[expected[0]], z))
    assert SPACE.nearest(3 * z, 7)[0].score == pytest.approx(found[0].score)


def test_a_word_is_not_its_own_neighbour() -> None:
    found = SPACE.near_word("word3", 49)
    assert "word3" not in {word.word for word in found}
    assert len(found) == 49


def test_an_analogy_is_3cosadd_without_its_own_words() -> None:
    units = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    scores = units @ units[2] - units @ units[1] + units @ units[3]
    expected = [row for row in np.argsort(-scores) if row not in (1, 2, 3)][:5]
    found = SPACE.analogy("word1", "word2", "word3", 5)
    assert [word.place for word in found] == expected
    assert [word.score for word in found] == pytest.approx(scores[expected].tolist())


def test_a_parallelogram_is_completed() -> None:
    vectors = np.array([[1, 0, 1], [0, 1, 1], [1, 0, -1], [0, 1, -1], [1, 1, 0.2]], float)
    space = WordSpace(("man", "woman", "king", "queen", "dog"), vectors)
    assert space.analogy("man", "woman", "king")[0].word == "queen"


def test_case_and_spaces_do_not_matter() -> None:
    assert SPACE.row_of(" WORD7 ") == 7
    assert SPACE.has("Word7")
    assert not SPACE.has("seven")


def test_an_unknown_word_names_some_that_begin_alike() -> None:
    with pytest.raises(DataError, match=r"'wordy' is not among the 50 words; similar ones are word0, word1"):
        SPACE.row_of("wordy")


def test_zero_and_nan_vectors_are_never_neighbours() -> None:
    space = WordSpace(("a", "b", "c"), [[0.0, 0.0], [1.0, 0.0], [np.nan, 1.0]])
    assert space.nearest([0.0, 0.0]) == ()
    assert [word.word for word in space.nearest([1.0, 0.0])] == ["b"]
