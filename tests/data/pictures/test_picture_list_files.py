import json

import numpy as np
import pytest
from PIL import Image

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.imports.column_facts import ONLY_CLASSES

RNG = np.random.default_rng(0)


def save(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (6, 5), dtype=np.uint8)).save(path)


def pictures(folder, count=8, name="{}.png"):
    for number in range(count):
        save(folder / name.format(number))


def read(source, **settings):
    return load(DataConfig(source=str(source), **settings))


LISTS = {
    "labels.csv": "file,label\n" + "".join(f"{n}.png,{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
    "semicolons.csv": "Bild;Label\n" + "".join(f"{n}.png;{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
    "stems.csv": "id,label\n" + "".join(f"{n},{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
    "paths.tsv": "path\tlabel\n" + "".join(f"/home/me/data/{n}.png\t{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
    "bare.txt": "".join(f"{n}.png {'cat' if n % 2 else 'dog'}\n" for n in range(8)),
    "headless.csv": "".join(f"{n}.png,{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
    "metadata.jsonl": "".join(
        json.dumps({"file_name": f"{n}.png", "label": "cat" if n % 2 else "dog"}) + "\n" for n in range(8)
    ),
    "onehot.csv": "image,cat,dog\n" + "".join(f"{n},{n % 2}.0,{1 - n % 2}.0\n" for n in range(8)),
    "list_attr.txt": "8\nlabel young\n" + "".join(f"{n}.png {'cat' if n % 2 else 'dog'} -1\n" for n in range(8)),
    "breed.csv": "id,breed\n" + "".join(f"{n},{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_beside_the_pictures_gives_their_classes(tmp_path, name):
    pictures(tmp_path)
    (tmp_path / name).write_text(LISTS[name])
    data = read(tmp_path)
    assert data.class_names == ("cat", "dog") and data.labels.tolist() == [1, 0] * 4
    assert any(text.startswith(f"{name} lists 8 pictures") for text in data.report.understood)


@pytest.mark.parametrize("name", ["labels.csv", "metadata.jsonl", "semicolons.csv"])
def test_a_list_can_be_opened_itself(tmp_path, name):
    pictures(tmp_path / "train", 10)
    (tmp_path / name).write_text(LISTS[name])
    data = read(tmp_path / name)
    assert len(data) == 8 and data.class_names == ("cat", "dog")
    assert any("2 further pictures are not in the list" in text for text in data.report.understood)


def test_several_columns_are_attributes_and_a_label(tmp_path):
    pictures(tmp_path)
    rows = [f"{n}.png,{'ab'[n % 2]},{n * 0.5},{'train' if n < 6 else 'test'}" for n in range(8)]
    (tmp_path / "list.csv").write_text("\n".join(["image,label,age,split", *rows]))
    data = read(tmp_path)
    assert data.class_names == ("a", "b") and data.columns["age"].values.tolist() == [n * 0.5 for n in range(8)]
    assert data.splits.test.tolist() == [6, 7]
    roles = {column.name: column.role for column in data.report.columns}
    assert roles == {"image": "name", "label": "label", "age": "attribute", "split": "split"}


def test_what_list_and_folder_do_not_share_is_counted(tmp_path):
    pictures(tmp_path)
    rows = [f"{n}.png,x{n % 2}" for n in range(1, 9)] + ["1.png,x0", "gone.png,x1"]
    (tmp_path / "labels.csv").write_text("\n".join(["name,label", *rows]))
    data = read(tmp_path)
    texts = [each.text for each in data.report.left_out]
    assert "2 entries of labels.csv: there is no such picture (8.png, gone.png)" in texts
    assert "1 entry of labels.csv: the picture has an earlier entry" in texts
    assert data.labels.tolist() == [-1, 1, 0, 1, 0, 1, 0, 1]
    assert "1 picture is not in the lists, and without values of their columns: 0.png" in data.report.warnings


def test_the_layout_of_kaggle(tmp_path):
    pictures(tmp_path / "train", name="a{}.jpg")
    pictures(tmp_path / "test", 4, name="b{}.jpg")
    (tmp_path / "train.csv").write_text("id,label\n" + "".join(f"a{n},{'cat' if n % 2 else 'dog'}\n" for n in range(8)))
    (tmp_path / "sample_submission.csv").write_text("id,label\n" + "".join(f"b{n},cat\n" for n in range(4)))
    data = read(tmp_path)
    assert data.labels.tolist() == [-1] * 4 + [1, 0] * 4
    assert data.splits.test.tolist() == [0, 1, 2, 3]
    assert any("sample_submission.csv" in each.text for each in data.report.left_out)


def test_lists_of_splits_are_joined(tmp_path):
    pictures(tmp_path / "images")
    for name, numbers in (("train", range(6)), ("test", range(6, 8))):
        text = "".join(f"{n}.png,{'cat' if n % 2 else 'dog'},{n}\n" for n in numbers)
        (tmp_path / f"{name}.csv").write_text("file,label,weight\n" + text)
    data = read(tmp_path)
    assert data.labels.tolist() == [1, 0] * 4 and data.splits.test.tolist() == [6, 7]
    assert data.columns["weight"].values.tolist() == list(range(8))


def test_the_only_column_with_classes_is_the_label(tmp_path):
    pictures(tmp_path / "my dogs")
    (tmp_path / "list.csv").write_text(LISTS["breed.csv"].replace("breed", "kennel"))
    data = read(tmp_path)
    assert data.class_names == ("cat", "dog")
    reason = next(column.why for column in data.report.columns if column.name == "kennel")
    assert reason == ONLY_CLASSES


def test_classes_of_folders_stay_beside_a_list_without_labels(tmp_path):
    for name in ("cat", "dog"):
        pictures(tmp_path / name, 4)
    rows = [f"{name}/{n}.png,{n}" for name in ("cat", "dog") for n in range(4)]
    (tmp_path / "ages.csv").write_text("\n".join(["file,age", *rows]))
    data = read(tmp_path)
    assert data.class_names == ("cat", "dog") and data.columns["age"].values.tolist() == [0, 1, 2, 3] * 2


def test_another_table_beside_the_pictures_is_left_out(tmp_path):
    pictures(tmp_path)
    (tmp_path / "prices.csv").write_text("day,price\n" + "".join(f"2024-01-0{n},{n}.5\n" for n in range(1, 9)))
    (tmp_path / "broken.jsonl").write_text("{")
    left_out = read(tmp_path).report.left_out
    assert [each.items for each in left_out] == [("broken.jsonl", "prices.csv")]


def test_classes_by_file_names_can_be_ignored(tmp_path):
    for name in ("cat", "dog"):
        pictures(tmp_path, 4, name=name + ".{}.png")
    data = read(tmp_path)
    assert data.class_names == ("cat", "dog")
    assert any("beginnings of the file names, such as cat.0.png: cat, dog" in text for text in data.report.understood)
    assert "--set data.ignored_columns=class" in {offer.assignment for offer in data.report.offers}
    assert read(tmp_path, ignored_columns=("class",)).labels is None


def test_numbered_classes_are_sorted_as_numbers(tmp_path):
    for name in (1, 2, 10):
        pictures(tmp_path / str(name), 2)
    assert read(tmp_path).class_names == ("1", "2", "10")


def test_nested_folders_are_class_and_attribute(tmp_path):
    for name in ("cat/persian", "cat/siamese", "dog"):
        pictures(tmp_path / name, 3)
    data = read(tmp_path)
    assert data.class_names == ("cat", "dog")
    assert data.columns["folder"].categories == ("persian", "siamese")


def test_a_list_of_bare_names_opens_the_pictures_of_a_folder_beside_it(tmp_path):
    pictures(tmp_path / "train" / "all", name="ab{}f.jpg")
    pictures(tmp_path / "test", name="cd{}f.jpg")
    (tmp_path / "train.csv").write_text(
        "id,breed\n" + "".join(f"ab{n}f,{'cat' if n % 2 else 'dog'}\n" for n in range(8))
    )
    data = read(tmp_path / "train.csv")
    assert len(data) == 8 and data.class_names == ("cat", "dog")
    assert any("to read it as a table, move it" in line for line in data.report.understood)


def test_a_table_beside_numbered_pictures_stays_a_table(tmp_path):
    pictures(tmp_path)
    (tmp_path / "t.csv").write_text("id,a,b\n" + "".join(f"{n},{n / 7},{n * n}\n" for n in range(8)))
    assert read(tmp_path / "t.csv").description.kind == "vector"


def test_numbers_may_have_lost_their_zeros(tmp_path):
    pictures(tmp_path / "imgs", name="{:04d}.png")
    (tmp_path / "train.csv").write_text("id,level\n" + "".join(f"{n},{n % 2}\n" for n in range(8)))
    assert read(tmp_path).class_names == ("0", "1")


def test_the_partition_of_celeba(tmp_path):
    pictures(tmp_path / "img", count=12, name="{:06d}.jpg")
    (tmp_path / "list_eval_partition.txt").write_text("".join(f"{n:06d}.jpg {n // 5}\n" for n in range(12)))
    (tmp_path / "identity.txt").write_text("".join(f"{n:06d}.jpg {1000 + n % 3}\n" for n in range(12)))
    data = read(tmp_path)
    assert [len(data.splits.named(split)) for split in ("train", "validation", "test")] == [5, 5, 2]
    assert data.class_names == ("1000", "1001", "1002")
    (change,) = [line for line in data.report.changed if "0, 1 and 2 became" in line]
    assert change.startswith("column 'column 2 of list_eval_partition.txt'")


def test_a_list_completes_the_classes_of_folders(tmp_path):
    for name in ("ant", "bee"):
        pictures(tmp_path / "train" / name, name=name + "_{}.png")
        rows = "".join(f"{name}_{n}.png\t{n}\t9\n" for n in range(8))
        (tmp_path / "train" / name / "boxes.txt").write_text(rows)
    pictures(tmp_path / "val" / "images", name="val_{}.png")
    rows = "".join(f"val_{n}.png\t{'ant' if n % 2 else 'bee'}\t7\n" for n in range(8))
    (tmp_path / "val" / "val_annotations.txt").write_text(rows)
    data = read(tmp_path)
    assert data.class_names == ("ant", "bee") and (data.labels >= 0).all()
    assert any("has the classes of 8 pictures" in line for line in data.report.understood)


def test_texts_do_not_replace_the_names_of_files(tmp_path):
    pictures(tmp_path)
    (tmp_path / "metadata.csv").write_text("file_name,text\n" + "".join(f"{n}.png,picture no {n}\n" for n in range(8)))
    data = read(tmp_path)
    assert data.description.sample_names[:2] == ("0", "1")


def test_masks_are_no_samples(tmp_path):
    pictures(tmp_path / "images")
    pictures(tmp_path / "masks", name="{}_mask.png")
    data = read(tmp_path)
    assert len(data) == 8 and data.labels is None and data.report.left_out[0].count == 8
    assert len(read(tmp_path / "masks")) == 8
    pictures(tmp_path / "labels" / "cat", name="x{}.png")
    assert len(read(tmp_path / "labels")) == 8


def test_lists_of_splits_beside_one_of_labels(tmp_path):
    pictures(tmp_path / "images", name="p{}_x.png")
    (tmp_path / "entries.csv").write_text("Image,Finding\n" + "".join(f"p{n}_x.png,{'ab'[n % 2]}\n" for n in range(8)))
    (tmp_path / "train_val_list.txt").write_text("".join(f"p{n}_x.png\n" for n in range(6)))
    (tmp_path / "test_list.txt").write_text("".join(f"p{n}_x.png\n" for n in range(6, 8)))
    data = read(tmp_path)
    assert len(data.splits.test) == 2 and data.class_names == ("a", "b")


def test_a_list_may_have_the_paths_of_another_computer(tmp_path):
    pictures(tmp_path / "proben", name="Probe_{}.png")
    rows = "".join(f"C:\\Daten\\Probe_{n}.png;{'gut' if n % 2 else 'rot'};{n},5\r\n" for n in range(8))
    (tmp_path / "Liste.csv").write_bytes(("\ufeffDatei;Klasse;Temp\r\n" + rows).encode())
    data = read(tmp_path / "Liste.csv")
    assert data.description.kind == "image" and data.class_names == ("gut", "rot")
    assert data.columns["Temp"].values.max() == 7.5


def test_a_list_of_boxes_alone_adds_no_column(tmp_path):
    pictures(tmp_path)
    lines = [json.dumps({"file_name": f"{n}.png", "bbox": [0, 0, n, n]}) for n in range(8)]
    (tmp_path / "metadata.jsonl").write_text("\n".join(lines))
    data = read(tmp_path)
    assert len(data) == 8 and "bbox" not in data.columns
    assert any("bbox" in each.items for each in data.report.left_out)


def test_a_long_text_that_ends_like_a_picture_is_a_word_of_a_table(tmp_path):
    long = f"{'a' * 300}.png"
    (tmp_path / "table.csv").write_text("text,a,b\n" + "".join(f"{long},{n}.5,{n * n}\n" for n in range(9)))
    assert read(tmp_path / "table.csv").description.feature_names == ("a", "b")
