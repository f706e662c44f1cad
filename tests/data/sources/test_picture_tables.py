import io
import json

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import ipc, parquet

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading import limits

RNG = np.random.default_rng(0)


def encoded(size=(6, 5)):
    stream = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, size, dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def table(count=8, columns=None, pictures=None, classes=None, name="image"):
    """Return a table as Hugging Face's datasets writes it."""
    pictures = [{"bytes": encoded(), "path": f"{n}.png"} for n in range(count)] if pictures is None else pictures
    made = pa.table({name: pictures, **(columns or {"label": [n % 2 for n in range(count)]})})
    features = {column: {"names": names, "_type": "ClassLabel"} for column, names in (classes or {}).items()}
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def read(path, limit=None, **settings):
    return load(DataConfig(source=str(path), **settings), LoadContext(limit=limit))


def test_pictures_and_named_classes_of_a_parquet_file(tmp_path):
    parquet.write_table(table(classes={"label": ["zebra", "ant"]}), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert data.description.shape == (1, 6, 5)
    assert data.class_names == ("zebra", "ant") and data.labels.tolist() == [0, 1] * 4
    assert data.description.sample_names[:2] == ("0", "1")


def test_unknown_classes_and_several_kinds_of_classes(tmp_path):
    columns = {"fine": [0, 1, 2, -1, 0, 1, 2, 0], "coarse": [0, 0, 1, 1, 0, 0, 1, -1]}
    classes = {"fine": ["oak", "ash", "tuna"], "coarse": ["tree", "fish"]}
    parquet.write_table(table(columns=columns, classes=classes), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert data.class_names == ("oak", "ash", "tuna") and data.labels.tolist() == columns["fine"]
    assert data.columns["coarse"].categories == ("fish", "tree") and data.columns["coarse"].values[-1] == -1
    data = read(tmp_path / "a.parquet", label_column="coarse")
    assert data.class_names == ("tree", "fish") and data.labels.tolist() == columns["coarse"]


def test_shards_of_a_folder_are_joined_with_their_splits(tmp_path):
    for name, count in (("train-00000-of-00002", 4), ("train-00001-of-00002", 4), ("test-00000-of-00001", 3)):
        (tmp_path / "data").mkdir(exist_ok=True)
        parquet.write_table(table(count), tmp_path / "data" / f"{name}.parquet")
    (tmp_path / "README.md").write_text("# A data set of pictures")
    data = read(tmp_path)
    assert len(data) == 11 and len(data.splits.test) == 3 and "split" in [c.name for c in data.report.columns]
    one = read(tmp_path / "data" / "train-00000-of-00002.parquet")
    assert len(one) == 4
    assert any("one of 2 files" in text for text in one.report.warnings)
    assert one.report.left_out[0].count == 2


def test_binary_columns_and_a_choice_of_pictures(tmp_path):
    columns = {"mask": [encoded((3, 3)) for _ in range(8)], "note": [f"text {n}" for n in range(8)]}
    pictures = [encoded() for _ in range(8)]
    parquet.write_table(table(columns=columns, pictures=pictures), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert data.description.shape == (1, 6, 5) and data.report.choices["samples_key"] == ("image", "mask")
    assert data.report.left_out[0].items == ("mask",)
    assert read(tmp_path / "a.parquet", samples_key="mask").description.shape == (1, 3, 3)
    with pytest.raises(DataError, match=r"column 'note' contains no pictures; set data\.samples_key to image, mask"):
        read(tmp_path / "a.parquet", samples_key="note")


def test_rows_without_a_picture_are_left_out(tmp_path):
    pictures = [{"bytes": encoded(), "path": None} for _ in range(8)]
    pictures[2] = {"bytes": None, "path": "elsewhere.png"}
    pictures[5]["bytes"] = b"no picture"
    parquet.write_table(table(pictures=pictures), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert data.labels.tolist() == [0, 1, 1, 0, 0, 1]
    assert [(each.count, each.items) for each in data.report.left_out] == [(1, ("row 3",)), (1, ("row 6",))]


@pytest.mark.parametrize("is_stream", [True, False])
def test_arrow_files_as_datasets_saves_them(tmp_path, is_stream):
    made = table(classes={"label": ["a", "b"]})
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        path = tmp_path / split / "data-00000-of-00001.arrow"
        with pa.OSFile(str(path), "wb") as sink:
            writer = (ipc.new_stream if is_stream else ipc.new_file)(sink, made.schema)
            with writer:
                writer.write_table(made)
    (tmp_path / "dataset_dict.json").write_text("{}")
    data = read(tmp_path)
    assert len(data) == 16 and data.class_names == ("a", "b") and len(data.splits.test) == 8


def test_a_preview_takes_rows_from_several_places(tmp_path):
    count = 400
    made = table(count, {"label": [n // 100 for n in range(count)]}, [encoded()] * count)
    parquet.write_table(made, tmp_path / "a.parquet", row_group_size=50)
    data = read(tmp_path / "a.parquet", limit=40)
    assert len(data) == 40 and data.class_names == ("0", "1", "2", "3")
    assert data.report.partial == "40 of 400 pictures"


def test_a_file_that_decodes_to_far_more_is_refused(tmp_path, monkeypatch):
    pictures = [encoded() + bytes(100_000)] * 300
    parquet.write_table(table(300, pictures=pictures), tmp_path / "a.parquet")
    monkeypatch.setenv(limits.ARRAY_BYTES.variable, "1M")
    assert (tmp_path / "a.parquet").stat().st_size < 1 << 20
    with pytest.raises(DataError, match="encoded pictures take at least"):
        read(tmp_path / "a.parquet")


def test_damaged_files_are_not_taken_for_pictures(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing PAR1")
    (tmp_path / "b.arrow").write_bytes(b"ARROW1 nothing")
    for name in ("a.parquet", "b.arrow"):
        with pytest.raises(DataError):
            read(tmp_path / name)
