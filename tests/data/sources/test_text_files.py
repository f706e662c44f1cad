"""Text files and folders: documents, words, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset, description_from_json, description_to_json
from explorer.data.reading import limits
from explorer.data.sources.text import holds_text, looks_like_table
from explorer.data.text.text_assembly import (
    MIN_WORDS,
    WORD,
    blocks_of,
    count_contexts,
    count_words,
    heading_of,
    passages_of,
    words_of,
)

RNG = np.random.default_rng(0)
VOCABULARY = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]


def paragraph(words: int = MIN_WORDS) -> str:
    return " ".join(RNG.choice(VOCABULARY, words))


def load(path: Path, limit: int | None = None, **settings: object) -> Dataset:
    config = DataConfig(source=str(path), **settings)  # type: ignore[arg-type]
    return catalog.load(config, LoadContext(limit=limit))


def said(data: Dataset) -> str:
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


def test_words_are_found_by_letters() -> None:
    assert words_of("The __init__ of x, 42 and int32; don't! Übermaß 3d") == [
        "the", "__init__", "of", "and", "int32", "don", "übermaß",
    ]  # fmt: skip


def test_the_most_frequent_words_come_first() -> None:
    kept, counts = count_words([["b", "a", "c"], ["c", "b"], ["c"]], limit=2)
    assert kept == ("c", "b")
    assert counts.tolist() == [3, 2]


def test_contexts_are_those_of_a_double_loop() -> None:
    texts = [[VOCABULARY[n] for n in RNG.integers(0, 20, size)] for size in (1, 4, 30)]
    kept, window = tuple(VOCABULARY[:12]), 3
    expected = np.zeros((12, 12))
    for text in texts:
        known = [kept.index(word) for word in text if word in kept]
        for index, word in enumerate(known):
            for other in range(max(0, index - window), min(len(known), index + window + 1)):
                if other != index:
                    expected[word, known[other]] += 1
    found = count_contexts(texts, kept, window).toarray()
    assert (found == expected).all()
    assert (found == found.T).all()


def test_passages_end_where_a_heading_begins() -> None:
    text = f"Title\n=====\n\n{paragraph()}\n\n{paragraph(10)}\n\n## Part two\n\n{paragraph()}"
    found = passages_of(blocks_of(text), "file")
    assert [len(passage.text.split()) for passage in found] == [MIN_WORDS, 10, MIN_WORDS]
    assert [passage.title.split(":")[0] for passage in found] == ["Title", "Title", "Part two"]
    assert heading_of("a line\nand another") == ""


def test_a_file_without_paragraphs_is_cut() -> None:
    assert len(passages_of(blocks_of(paragraph(1000)), "poem")) == 10


def test_a_files_passages_are_tf_idf_by_the_training_split_alone(tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    path.write_text("\n\n".join(f"only{index} {paragraph(MIN_WORDS - 1)}" for index in range(12)))
    data = load(path)
    texts = [passage.text for passage in passages_of(blocks_of(path.read_text()), "book")]
    reference = TfidfVectorizer(token_pattern=WORD, sublinear_tf=True, max_features=2000)
    reference.fit([texts[index] for index in data.splits.train])
    assert data.description.feature_names == tuple(reference.get_feature_names_out())
    assert np.allclose(data.samples.toarray(), reference.transform(texts).toarray(), atol=1e-6)
    held_out = {f"only{index}" for index in (*data.splits.validation, *data.splits.test)}
    assert not held_out & set(data.description.feature_names)
    assert data.description.sample_names[3].startswith("book: only3 ")


def test_many_files_are_documents_with_folders_as_classes(tmp_path: Path) -> None:
    for index in range(24):
        folder = tmp_path / ("red" if index % 2 else "blue")
        folder.mkdir(exist_ok=True)
        (folder / f"{index:02}.txt").write_text(paragraph())
    data = load(tmp_path)
    assert len(data) == 24
    assert data.class_names == ("blue", "red")
    assert data.description.sample_names[0] == "blue/00.txt"
    assert {"text_as", "vocabulary", "encoding", "unreadable"} <= set(data.report.settings)
    assert "24 documents as TF-IDF weights" in said(data)
    assert "the sub-folders are 2 classes: blue, red" in said(data)


def test_passages_of_few_files_have_them_as_classes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text("\n\n".join(paragraph() for _ in range(8)))
    data = load(tmp_path)
    assert (len(data), data.class_names) == (16, ("one.txt", "two.txt"))
    assert data.labels is not None
    assert data.labels.tolist() == [0] * 8 + [1] * 8


def test_words_are_one_hot_with_contexts_as_targets(tmp_path: Path) -> None:
    path = tmp_path / "book.rst"
    path.write_text(paragraph(500))
    data = load(path, text_as="words", vocabulary=10)
    assert data.samples.shape == (10, 10)
    assert (data.samples.toarray() == np.eye(10)).all()
    assert data.description.of_words
    assert data.targets is not None
    assert data.targets.shape == (10, 10)
    assert (np.diff(data.columns["frequency"].values) <= 0).all()
    assert (len(data.splits.train), len(data.splits.validation), len(data.splits.test)) == (10, 0, 0)


def test_texts_with_equal_words_have_different_fingerprints(tmp_path: Path) -> None:
    text = [word for word in VOCABULARY for _ in range(3)]
    prints = set()
    for name, order in (("a", text), ("b", text[::-1]), ("c", [*text[1:], text[0]])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "book.md").write_text(" ".join(order))
        prints.add(load(tmp_path / name / "book.md", text_as="words").description.fingerprint)
    assert len(prints) == 2  # reversed, the same words are neighbours


def test_the_description_survives_json(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(paragraph(600))
    about = load(tmp_path / "book.txt").description
    again = description_from_json(description_to_json(about))
    assert (again.kind, again.shape, again.feature_names) == ("text", about.shape, about.feature_names)
    assert again.sample_names == about.sample_names


def test_a_txt_that_is_a_table_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("a,b\n" + "".join(f"{row},{row * 2}\n" for row in range(30)))
    assert load(path).description.kind == "vector"
    path.write_text("Some words, and more of them.\nA line without.\n\n" + "\n\n".join(paragraph() for _ in range(9)))
    assert load(path).description.kind == "text"


@pytest.mark.parametrize(
    ("text", "is_table"),
    [
        ("1 2 3\n4 5 6\n7 8 9\n", True),
        ("  1.0000000e+00  -1.5\n  2.0000000e+00   0.25\n", True),
        ("# made by hand\nx y\n1 2\n3 4\n", True),
        ("mpg cyl\nMazda 21 6\nFiat 32.4 4\n", True),
        ("name|age\nann|3\nbob|4\n", True),
        ("a;b\n1,5;2\n", True),
        ("I came, I saw\nYou went, I stayed\n", False),
        ("In 1984 it\nwas 12 o'clock\n", False),
        ("one line 1 2 3", False),
    ],
)
def test_tables_are_told_from_texts(tmp_path: Path, text: str, is_table: bool) -> None:
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "file.txt").write_text(text, encoding=encoding)
        assert looks_like_table(tmp_path / "file.txt") == is_table


@pytest.mark.parametrize(
    ("encoding", "title"),
    [("cp1252", "Windows-1252"), ("utf-16", ""), ("utf-16-le", ""), ("utf-8-sig", ""), ("cp1251", "Windows-1251")],
)
def test_the_encoding_is_detected_said_and_can_be_chosen(tmp_path: Path, encoding: str, title: str) -> None:
    sentence = "Größe der Häuser überrascht schöne alte Köln"
    if encoding == "cp1251":
        sentence = "Съешь ещё этих мягких французских булок да выпей чаю"
    words = sentence.split()
    passage = " ".join([sentence] * (MIN_WORDS // len(words) + 1))
    text = "\n\n".join([passage] * 8)
    (tmp_path / "book.txt").write_bytes(text.encode(encoding))
    data = load(tmp_path / "book.txt")
    assert set(data.description.feature_names) == {word.lower() for word in words}
    assert (f"read as {title}" in said(data)) == bool(title)
    again = load(tmp_path / "book.txt", encoding=encoding)
    assert again.description.feature_names == data.description.feature_names
    assert "read as" not in said(again)


def test_files_that_are_no_text_are_left_out_and_listed(tmp_path: Path) -> None:
    for index in range(21):
        (tmp_path / f"{index:02}.txt").write_text(paragraph())
    (tmp_path / "photo.txt").write_bytes(b"\x89PNG\0\0\0\x0d" + bytes(range(256)))
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    data = load(tmp_path)
    assert len(data) == 21
    assert "photo.txt" in said(data)
    assert "notes.pdf" in said(data)
    with pytest.raises(DataError, match=r"photo\.txt: not a text"):
        load(tmp_path, unreadable="refuse")
    assert load(tmp_path, limit=8).report.partial == "8 of 22 files"


def test_sub_folders_named_train_and_test_are_published_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("neg", "pos"):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(6):
                (tmp_path / split / name / f"{index}.txt").write_text(paragraph())
    data = load(tmp_path)
    assert data.class_names == ("neg", "pos")
    assert len(data.splits.test) == 12
    assert "published splits by sub-folders: 12 test, 12 train" in said(data)


def test_words_and_classes_that_are_dropped_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.data.sources.text.MAX_CLASSES", 2)
    for index in range(24):
        folder = tmp_path / "abc"[min(index // 10, 2)]
        folder.mkdir(exist_ok=True)
        (folder / f"{index:02}.txt").write_text(f"{paragraph()} once{index}")
    data = load(tmp_path, vocabulary=10)
    assert data.class_names == ("a", "b")
    assert data.labels is not None
    assert (data.labels == -1).sum() == 4
    left_out = {each.what: each for each in data.report.left_out}
    assert left_out["class"].items == ("c: 4",)
    assert left_out["different words"].count == 20 + 24 - len(data.description.feature_names)
    assert "once3: 1" in left_out["different words"].items


def test_a_folder_of_tables_or_pictures_is_no_text(tmp_path: Path) -> None:
    for index in range(3):
        (tmp_path / f"{index}.txt").write_text("1 2 3\n4 5 6\n")
    assert not holds_text(tmp_path)
    for index in range(3):
        (tmp_path / f"{index}.txt").write_text("a caption of a picture")
        (tmp_path / f"{index}.png").write_bytes(b"")
    assert not holds_text(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no words"),
        (b"12 34 56", "no words"),
        (b"hello world", "has 1 documents"),
        (b"ab\0cd", "zero bytes"),
        (b"\xff\xfea", "not valid UTF-16 text"),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "book.md"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as problem:
        load(path)
    assert "book" in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_huge_text_and_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.md"
    path.write_text(paragraph(500))
    with pytest.raises(DataError, match="has no columns"):
        load(path, label_column="x")
    monkeypatch.setenv(limits.TEXT_BYTES.variable, "100")
    with pytest.raises(DataError, match="the limit is 100"):
        load(path)
    monkeypatch.delenv(limits.TEXT_BYTES.variable)
    monkeypatch.setattr("explorer.data.text.text_assembly.MAX_PASSAGES", 2)
    with pytest.raises(DataError, match="the limit is 2"):
        load(path)


def test_few_words_are_refused(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text("hello world")
    with pytest.raises(DataError, match="has 2 distinct words"):
        load(tmp_path / "book.md", text_as="words")


def test_lines_with_the_labels_of_fasttext_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "reviews.ft.txt"
    path.write_text("".join(f"__label__{'ab'[row % 2]} {paragraph(12)}\n" for row in range(30)))
    data = load(path)
    assert len(data) == 30 and data.class_names == ("a", "b") and data.labels.tolist() == [0, 1] * 15
    assert "each of 30 lines is a document, with its class after __label__" in said(data)
    assert load(path, text_as="words").description.kind == "text"


def test_files_without_a_suffix_are_texts_if_most_files_are(tmp_path: Path) -> None:
    for number in range(30):
        folder = tmp_path / ("alt.atheism", "sci.space")[number % 2]
        folder.mkdir(exist_ok=True)
        (folder / str(51000 + number)).write_text(f"Subject: {paragraph(50)}")
    (tmp_path / "README").write_text("Twenty groups.")
    data = load(tmp_path)
    assert len(data) == 30 and data.class_names == ("alt.atheism", "sci.space")


def test_files_beside_the_folders_of_splits_and_classes_are_left_out(tmp_path: Path) -> None:
    for number in range(40):
        folder = tmp_path / ("train", "test")[number % 2] / ("pos", "neg", "unsup")[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(paragraph(50))
    for name in ("errors.txt", "train/urls.txt"):
        (tmp_path / name).write_text(paragraph(50))
    data = load(tmp_path)
    assert len(data) == 40 and len(data.splits.test) == 20
    assert data.class_names == ("neg", "pos") and (data.labels < 0).sum() == 13
    assert "2 files: outside the folders of the splits and classes (errors.txt, train/urls.txt)" in said(data)


def test_a_table_whose_rows_are_longer_than_the_head_is_no_text(tmp_path: Path) -> None:
    rows = [
        ["id", *(f"gene_{column}" for column in range(3000))],
        *([f"s{row}", *["0.125"] * 3000] for row in range(9)),
    ]
    (tmp_path / "wide.txt").write_text("\n".join("\t".join(row) for row in rows))
    assert looks_like_table(tmp_path / "wide.txt")
