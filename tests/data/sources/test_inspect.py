import gzip

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from explorer.config import DataConfig, describe_fields
from explorer.data import catalog
from explorer.data.dataset import DataError
from explorer.data.sources.inspect import SPLIT_SETTINGS, found_label, found_split, inspect


def test_every_setting_is_one_of_the_config(tmp_path):
    np.savez(tmp_path / "a.npz", samples=np.zeros((4, 3)))
    known = {field.name for field in describe_fields(DataConfig)}
    assert set(inspect(tmp_path / "a.npz").settings) <= known


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_tables_columns(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    columns = {"height": [1.0, 2.0], "species": ["a", "b"], "split": ["train", "test"]}
    if ending == "csv":
        path.write_text("height;species;split\n1.0;a;train\n2.0;b;test\n")
    else:
        parquet.write_table(pa.table(columns), path)
    options = inspect(path)
    assert options.choices["label_column"] == tuple(columns) == options.choices["attribute_columns"]
    assert (found_label(options), found_split(options)) == ("species", "split")
    assert options.summary == "3 columns: height, species, split"


def test_a_table_without_names_gets_those_it_is_read_with(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("".join(f"{row},{row * 2}\n" for row in range(40)))
    assert inspect(path).choices["label_column"] == catalog.load(DataConfig(source=str(path))).description.feature_names


def test_the_arrays_of_an_npz(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, pictures=np.zeros((5, 8, 8), np.uint8), y=np.arange(5), value_range=np.array([0, 1]))
    options = inspect(path)
    assert options.choices["samples_key"] == ("pictures",)
    assert found_label(options) == "y"
    assert "pictures 5×8×8" in options.summary


def test_an_npy_has_nothing_to_choose(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((5, 4)))
    options = inspect(tmp_path / "a.npy")
    assert options.settings == SPLIT_SETTINGS and "5×4" in options.summary


def test_pictures_and_their_classes(tmp_path):
    for name in ("train/cats/1", "train/dogs/1", "test/cats/2"):
        file = tmp_path / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 6)).save(file)
    options = inspect(tmp_path)
    assert options.summary == "3 pictures of 2 classes: cats, dogs"
    assert "picture_size" in options.settings and not options.suggested
    Image.new("L", (9, 6)).save(tmp_path / "test" / "cats" / "3.png")
    assert inspect(tmp_path).suggested == {"picture_size": 64}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npz", b"PK\x03\x04 and no more"),
        ("a.npy", b"\x93NUMPY\x01\x00"),
        ("a.csv", b""),
        ("a.csv", b"\xff\xfe\x00,\x00\n1,2\n"),
        ("a.parquet", b"PAR1 no"),
        ("a.bin", b"?"),
    ],
)
def test_damage_is_one_sentence_with_the_path(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        inspect(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_what_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        inspect(tmp_path / "nothing.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty"):
        inspect(tmp_path / "empty")


def test_an_idx_folder(tmp_path):
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as file:
        file.write(b"\0\0\x08\x03" + bytes(12))
    assert inspect(tmp_path).title.startswith("IDX")
