"""Runs of text on the command line."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cosine
from typer.testing import CliRunner

from explorer.api import load_run
from explorer.cli import app


def call(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def words_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "words"
    settings = ("--set", "data.vocabulary=300", "--latent-dim", 8, "--epochs", 30, "--threads", 1, "--device", "cpu")
    status, _, error = call("train", "--model", "skip-gram", "--out", path, *settings)
    assert status == 0, error
    return path


@pytest.fixture(scope="module")
def lsi_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "lsi"
    status, _, error = call("train", "--model", "lsi", "--out", path, "--latent-dim", 3, "--device", "cpu")
    assert status == 0, error
    return path


def test_nearest_words_are_those_of_the_codes(words_run: Path) -> None:
    status, text, _ = call("words", words_run, "--nearest", "string", "--count", 3, "--json")
    assert status == 0
    output = json.loads(text)
    run = load_run(words_run)
    names = run.description.sample_names
    codes = [run.code_of(sample) for sample in range(len(names))]
    own = names.index("string")
    expected = sorted((n for n in range(len(names)) if n != own), key=lambda n: cosine(codes[n], codes[own]))[:3]
    assert [word["word"] for word in output["words"]] == [names[n] for n in expected]
    assert output["words"][0]["score"] == pytest.approx(1 - cosine(codes[expected[0]], codes[own]), abs=1e-5)


def test_analogies_are_printed_in_rows(words_run: Path) -> None:
    status, text, _ = call("words", words_run, "--analogy", "value, values,key", "--count", 4)
    assert status == 0
    assert len(text.splitlines()) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "give either --nearest WORD or --analogy A,B,C"),
        (("--analogy", "a,b"), "write three words"),
        (("--nearest", "strinx"), "'strinx' is not among the 300 words; similar ones are str"),
    ],
)
def test_wrong_questions_are_answered_in_one_line(words_run: Path, options: tuple[str, ...], message: str) -> None:
    status, _, error = call("words", words_run, *options)
    assert status == 2
    assert message in error


def test_documents_have_no_nearest_words(lsi_run: Path) -> None:
    status, _, error = call("words", lsi_run, "--nearest", "string")
    assert status == 2
    assert "its samples are documents" in error


def test_figures_that_words_do_not_have_are_not_defined(words_run: Path) -> None:
    status, text, _ = call("evaluate", words_run, "--json")
    assert status == 0
    output = json.loads(text)
    assert output["samples"] == 0
    assert "all words are in the train split" in output["not_defined"]["mse"]
    trained = json.loads(call("evaluate", words_run, "--split", "train", "--json")[1])
    assert trained["mse"] is None
    assert trained["reconstruction"] > 0
    assert "not the sample itself" in trained["not_defined"]["mse"]


def test_a_word_stands_for_its_code(words_run: Path, tmp_path: Path) -> None:
    status, text, _ = call("decode", words_run, "--z", "string", "--out", tmp_path / "p.npy", "--json")
    assert status == 0
    assert json.loads(text)["nearest_words"][0][0] == "string"
    chances = np.load(tmp_path / "p.npy")
    assert chances.shape == (300,)
    assert chances.sum() == pytest.approx(1, abs=1e-4)
    assert call("decode", words_run, "--z", "string", "--out", tmp_path / "p.png")[0] == 0
    out = tmp_path / "way.png"
    ends = ("--through", "string", "--through", "list")
    status, text, _ = call("path", words_run, *ends, "--steps", 3, "--size", 160, "--out", out)
    assert status == 0
    assert "L2 over p(context|z)" in text
    with Image.open(out) as film:
        assert film.width > 3 * 160


def test_codes_are_written_with_their_words(words_run: Path, tmp_path: Path) -> None:
    assert call("encode", words_run, "--out", tmp_path / "z.csv")[0] == 0
    with (tmp_path / "z.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert first["name"] == "the"
    assert call("encode", words_run, "--out", tmp_path / "z.npz")[0] == 0
    with np.load(tmp_path / "z.npz") as arrays:
        assert arrays["names"][0] == "the"
        assert arrays["mean"].shape == (300, 8)


def test_documents_are_decoded_to_terms(lsi_run: Path, tmp_path: Path) -> None:
    status, text, _ = call("decode", lsi_run, "--z", "0.2,0.1,0", "--out", tmp_path / "x.png", "--json")
    assert status == 0
    run = load_run(lsi_run)
    weights = run.decode([0.2, 0.1, 0.0])
    heaviest = [run.description.feature_names[index] for index in np.argsort(-weights)[:5]]
    assert json.loads(text)["heaviest_terms"][0][:5] == heaviest
    assert (
        f"heaviest at 0.2,0.1,0: {heaviest[0]}, "
        in call("decode", lsi_run, "--z", "0.2,0.1,0", "--out", tmp_path / "x.npy")[1]
    )
    data = run.dataset()
    mean, _ = run.encode(data.samples[:5])
    assert np.allclose(mean, [run.code_of(sample) for sample in range(5)], atol=1e-5)
    assert run.reconstruct(3).clean.shape == data.description.shape
    assert call("evaluate", lsi_run, "--json")[0] == 0
