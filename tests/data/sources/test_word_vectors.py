"""Vectors of words as text and in binary form, and the folders of TensorBoard's projector."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.context import Cancelled, LoadContext
from explorer.data.dataset import DataError, Dataset

WORDS = ["the", ",", "of", "naïve", "1984", "Zürich", "</s>", "a", "b", "c"]
VECTORS = np.random.default_rng(0).normal(size=(10, 12)).round(5).astype(np.float32)


def load(path: Path, limit: int | None = None, **settings: object) -> Dataset:
    config = DataConfig(source=str(path), **settings)  # type: ignore[arg-type]
    return catalog.load(config, LoadContext(limit=limit))


def lines(end: str = "", mark: str = " ") -> list[str]:
    rows = zip(WORDS, VECTORS, strict=True)
    return [mark.join([word, *(f"{value:.5f}" for value in row)]) + end for word, row in rows]


def binary() -> bytes:
    rows = zip(WORDS, VECTORS, strict=True)
    return b"10 12\n" + b"".join(f"{word} ".encode() + row.astype("<f4").tobytes() + b"\n" for word, row in rows)


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("glove.txt", "\n".join(lines()).encode()),
        ("word2vec.txt", "\n".join(["10 12", *lines()]).encode()),
        ("tabs.txt", "\n".join(lines(mark="\t")).encode()),
        ("cc.de.12.vec", "\n".join(["10 12", *lines(end=" ")]).encode() + b"\n"),
        ("glove.12d.txt.gz", gzip.compress("\n".join(lines()).encode())),
        ("news.bin", binary()),
    ],
)
def test_words_are_the_names(tmp_path: Path, name: str, contents: bytes) -> None:
    (tmp_path / name).write_bytes(contents)
    data = load(tmp_path / name)
    assert data.description.kind == "vector"
    assert data.description.sample_names == tuple(WORDS)
    assert np.allclose(data.samples, VECTORS)
    assert data.labels is None
    assert "10 words with vectors of 12 numbers; the words name the samples" in data.report.understood
    assert load(tmp_path / name, limit=4).report.partial == "the first 4 words"


def test_words_with_blanks_are_kept_and_broken_lines_listed(tmp_path: Path) -> None:
    numbers = " ".join(["0.5"] * 12)
    text = [*lines(), f". . . {numbers}", f"at name@domain.com {numbers}", "cut 0.1 0.2", f"x {numbers[:-3]}oops"]
    (tmp_path / "glove.txt").write_text("\n".join(text))
    data = load(tmp_path / "glove.txt")
    assert data.description.sample_names[-2:] == (". . .", "at name@domain.com")
    (left,) = data.report.left_out
    assert (left.count, left.items) == (2, ("line 13", "line 14"))


def test_a_file_that_was_cut_is_said(tmp_path: Path) -> None:
    (tmp_path / "cut.vec").write_text("\n".join(["99 12", *lines()]))
    assert any("announces 99 words, but the file has 10" in text for text in load(tmp_path / "cut.vec").report.warnings)
    (tmp_path / "cut.bin").write_bytes(binary()[:-20])
    assert len(load(tmp_path / "cut.bin")) == 9


def test_more_than_fits_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.data.sources.word_vectors.MAX_BYTES", 5 * 12 * 4)
    (tmp_path / "glove.txt").write_text("\n".join(lines()))
    data = load(tmp_path / "glove.txt")
    assert len(data) == 5
    assert any("only the first 5 words" in text for text in data.report.warnings)


def test_rows_with_repeated_words_are_a_table_with_classes(tmp_path: Path) -> None:
    rows = [" ".join([word, *(f"{value:.3f}" for value in row)]) for word, row in zip("ab" * 5, VECTORS, strict=True)]
    (tmp_path / "classes.txt").write_text("\n".join(rows))
    assert load(tmp_path / "classes.txt").class_names == ("a", "b")


def test_a_model_of_fasttext_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes((793712314).to_bytes(4, "little") + b"\0" * 100)
    with pytest.raises(DataError, match=r"use the file that ends with \.vec"):
        load(tmp_path / "model.bin")


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "glove.txt").write_text("\n".join(lines()))
    with pytest.raises(Cancelled):
        catalog.load(DataConfig(source=str(tmp_path / "glove.txt")), LoadContext(cancelled=lambda: True))


def projector(folder: Path, metadata: str) -> Path:
    folder.mkdir()
    np.savetxt(folder / "vectors.tsv", VECTORS, delimiter="\t")
    (folder / "metadata.tsv").write_text(metadata)
    return folder


def test_metadata_with_a_header_are_names_classes_and_attributes(tmp_path: Path) -> None:
    rows = "".join(f"{word}\t{'ab'[index % 2]}\t{index * 3}\n" for index, word in enumerate(WORDS))
    folder = projector(tmp_path / "words", f"Word\tClass\tCount\n{rows}")
    for path in (folder, folder / "vectors.tsv"):
        data = load(path)
        assert data.description.sample_names == tuple(WORDS)
        assert data.class_names == ("a", "b")
        assert data.columns["Count"].values[2] == 6
        assert np.allclose(data.samples, VECTORS)


@pytest.mark.parametrize(
    ("values", "names", "classes"),
    [(WORDS, tuple(WORDS), ()), (["x", "y"] * 5, (), ("x", "y"))],
    ids=["names", "classes"],
)
def test_one_column_without_header(
    tmp_path: Path, values: list[str], names: tuple[str, ...], classes: tuple[str, ...]
) -> None:
    data = load(projector(tmp_path / "words", "\n".join(values) + "\n"))
    assert (data.description.sample_names, data.class_names) == (names, classes)


def test_metadata_that_do_not_match_are_left_out(tmp_path: Path) -> None:
    data = load(projector(tmp_path / "words", "a\nb\n"))
    assert len(data) == 10
    assert "2 lines for 10 vectors" in data.report.left_out[0].text


def test_binary_vectors_of_a_projector_config(tmp_path: Path) -> None:
    VECTORS.astype("<f4").tofile(tmp_path / "tensor.bytes")
    (tmp_path / "labels.tsv").write_text("\n".join(WORDS))
    entries = ['tensor_path: "tensor.bytes"', 'metadata_path: "labels.tsv"', "tensor_shape: 10", "tensor_shape: 12"]
    config = "\n  ".join(["embeddings {", *entries]) + "\n}\n"
    (tmp_path / "projector_config.pbtxt").write_text(config)
    data = load(tmp_path)
    assert np.allclose(data.samples, VECTORS)
    assert data.description.sample_names == tuple(WORDS)
    (tmp_path / "projector_config.pbtxt").write_text(config.replace("12", "13"))
    with pytest.raises(DataError, match="check tensor_shape"):
        load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "\t".join(["gene", *(f"s{column}" for column in range(12))]) + "\n" + "\n".join(lines(mark="\t")),
        "\n".join(f'"{line.replace(" ", chr(34) + " ", 1)}' for line in lines()),
    ],
)
def test_names_of_columns_or_words_in_quotes_are_those_of_a_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "expression.txt").write_text(text)
    data = load(tmp_path / "expression.txt")
    assert data.report.format.startswith("table as text") and data.description.shape == (12,)
    assert data.description.sample_names[0] == "the"


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors.vec"
    path.write_text("2 3\none 1 2 3\ntwo 4 5 6\n")
    with pytest.raises(DataError, match="there is no encoding 'utf-9'"):
        load(path, encoding="utf-9")
