"""Documents in tables: CSV, JSON lines and Parquet with one text per row."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.dataset import Dataset

RNG = np.random.default_rng(0)
COUNT = 40


def load(path: Path, **settings: object) -> Dataset:
    return catalog.load(DataConfig(source=str(path), **settings))  # type: ignore[arg-type]


def said(data: Dataset) -> str:
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


def texts(words: int = 25) -> list[str]:
    return [
        " ".join(RNG.choice(["alpha", "beta", "gamma", "delta", "omega"], words)) + f" t{row}" for row in range(COUNT)
    ]


def labels() -> list[str]:
    return [("neg", "pos")[row % 2] for row in range(COUNT)]


def write(table: pa.Table, path: Path) -> Path:
    if path.suffix == ".csv":
        csv.write_csv(table, path)
    elif path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        path.write_text("\n".join(map(json.dumps, table.to_pylist())))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_texts_are_documents_with_classes_and_attributes(tmp_path: Path, suffix: str) -> None:
    columns = {"review": texts(), "sentiment": labels(), "stars": [row % 7 + 0.5 for row in range(COUNT)]}
    data = load(write(pa.table(columns), tmp_path / f"reviews{suffix}"))
    assert data.description.kind == "text"
    assert len(data) == COUNT
    assert data.class_names == ("neg", "pos")
    assert data.columns["stars"].values[1] == 1.5
    assert "the texts in column 'review' are the documents" in said(data)
    roles = {column.name: column.role for column in data.report.columns}
    assert roles == {"review": "feature", "sentiment": "label", "stars": "attribute"}


def test_rows_without_text_are_left_out_and_titles_kept(tmp_path: Path) -> None:
    columns = {"title": [f"title {row}" for row in range(COUNT)], "body": texts(), "topic": labels()}
    columns["body"][3] = ""
    data = load(write(pa.table(columns), tmp_path / "posts.jsonl"))
    assert len(data) == COUNT - 1
    assert data.description.sample_names[3] == "title 4"
    assert "row 4" in said(data)


def test_a_table_of_numbers_stays_one_and_offers_its_texts(tmp_path: Path) -> None:
    numbers = {f"x{index}": RNG.normal(size=COUNT) for index in range(4)}
    path = write(pa.table({**numbers, "description": texts()}), tmp_path / "houses.csv")
    data = load(path)
    assert data.description.kind == "vector"
    assert "--set data.samples_key=description" in [offer.assignment for offer in data.report.offers]
    assert load(path, samples_key="description").description.kind == "text"


def test_numbers_can_be_chosen_instead_of_texts(tmp_path: Path) -> None:
    path = write(pa.table({"text": texts(), "length": RNG.normal(size=COUNT)}), tmp_path / "texts.csv")
    assert load(path).description.kind == "text"
    assert load(path, feature_columns=("length",)).description.feature_names == ("length",)


def test_words_of_a_table(tmp_path: Path) -> None:
    data = load(write(pa.table({"text": texts(), "label": labels()}), tmp_path / "texts.csv"), text_as="words")
    assert data.description.of_words
    assert data.targets is not None


def test_names_of_classes_that_a_file_declares(tmp_path: Path) -> None:
    features = {"text": {"_type": "Value"}, "label": {"_type": "ClassLabel", "names": ["World", "Sports", "Business"]}}
    table = pa.table({"text": texts(), "label": [row % 2 for row in range(COUNT)]})
    info = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    data = load(write(table.replace_schema_metadata(info), tmp_path / "news.parquet"))
    assert data.class_names == ("World", "Sports", "Business")
    assert data.labels is not None
    assert data.labels[:3].tolist() == [0, 1, 0]


def test_one_column_of_few_whole_numbers_beside_short_texts_is_their_class(tmp_path: Path) -> None:
    path = tmp_path / "reviews.txt"
    path.write_text("".join(f"{text}\t{row % 2}\n" for row, text in enumerate(texts(9))))
    data = load(path)
    assert data.description.kind == "text" and data.class_names == ("0", "1") and len(data) == COUNT
