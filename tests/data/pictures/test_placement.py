import pytest

from explorer.data.pictures.placement import place, prefixes_of, split_word


@pytest.mark.parametrize(
    ("folder", "word"),
    [
        ("train", "train"),
        ("Training_set", "training"),
        ("val2017", "val"),
        ("test1", "test"),
        ("seg_train", "train"),
        ("validation-images", "validation"),
        ("TEST", "test"),
        ("trainset", "train"),
        ("train_val", ""),
        ("tests of pigs", ""),
        ("contest", ""),
        ("cat", ""),
    ],
)
def test_names_of_splits(folder, word):
    assert split_word(folder) == word


def test_the_first_level_is_the_class_and_the_rest_an_attribute():
    placement = place(["cat/persian/a.png", "cat/b.png", "dog/c.png", "d.png"])
    assert placement.classes == ["cat", "cat", "dog", ""]
    assert placement.deeper == ["persian", "", "", ""]
    assert not any(placement.splits)


@pytest.mark.parametrize(
    ("names", "splits", "classes"),
    [
        (["train/cat/0.png", "test/dog/1.png"], ["train", "test"], ["cat", "dog"]),
        (["set/Train/cat/0.png", "set/Val/dog/1.png"], ["train", "val"], ["cat", "dog"]),
        (["seg_train/seg_train/sea/0.png", "seg_test/seg_test/ice/1.png"], ["train", "test"], ["sea", "ice"]),
        (["cat/train/0.png", "dog/test/1.png"], ["train", "test"], ["cat", "dog"]),
        (["train/images/0.png", "test/images/1.png"], ["train", "test"], ["", ""]),
        (["images/0.png", "images/1.png"], ["", ""], ["", ""]),
        (["test/0.png", "exam/1.png"], ["", ""], ["test", "exam"]),
        (["cat/0.png", "cat/1.png"], ["", ""], ["cat", "cat"]),
    ],
)
def test_splits_and_classes_of_folders(names, splits, classes):
    placement = place(names)
    assert (list(placement.splits), list(placement.classes)) == (splits, classes)


def test_a_picture_beside_the_splits_is_outside():
    placement = place(["train/a/0.png", "test/a/1.png", "logo.png"])
    assert placement.outside == {2} and placement.classes[:2] == ["a", "a"]


def test_a_folder_named_like_its_archive_wraps():
    assert place(["faces/0.png", "faces/1.png"], archive="faces").classes == ["", ""]


def test_beginnings_of_numbered_names_are_classes():
    names = [f"{kind}.{number}.jpg" for kind in ("cat", "american_bulldog") for number in range(4)]
    assert prefixes_of(names) == ["cat"] * 4 + ["american_bulldog"] * 4
    assert place(names).by_name


@pytest.mark.parametrize(
    "names",
    [
        [f"{number:03d}.jpg" for number in range(9)],
        [f"IMG_{number}.jpg" for number in range(5)] + [f"DSC{number}.jpg" for number in range(5)],
        [f"a{number}.jpg" for number in range(9)],
        [f"{word} 1.jpg" for word in ("anna", "bert", "carl", "dora", "emil")],
    ],
)
def test_other_names_have_no_classes(names):
    assert prefixes_of(names) == []


def test_parts_of_one_collection_are_no_classes():
    names = [f"HAM_images_part_{part}/ISIC_{number}.jpg" for part in (1, 2) for number in range(3)]
    placement = place(names)
    assert not any(placement.classes) and placement.parts == ["HAM_images_part_1", "HAM_images_part_2"]
    assert place(["s1/1.pgm", "s2/1.pgm"]).classes == ["s1", "s2"]
    assert place(["images_001/cat/1.png", "images_002/dog/1.png"]).classes == ["cat", "dog"]


def test_numbered_classes_by_file_name():
    names = [f"obj{number}__{angle}.png" for number in (1, 2, 10) for angle in range(4)]
    assert prefixes_of(names) == ["obj1"] * 4 + ["obj2"] * 4 + ["obj10"] * 4


def test_a_split_in_file_names_is_no_class():
    names = [f"images/{split}/{split}{number}.jpg" for split in ("train", "val") for number in range(5)]
    placement = place(names)
    assert not placement.by_name and set(placement.splits) == {"train", "val"}
