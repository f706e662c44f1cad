import pytest

from explorer.data.arrays.array_names import SAMPLE_NAMES, base_of, first_named, parse_name


@pytest.mark.parametrize(
    ("name", "base", "split"),
    [
        ("x_train", "x", "train"),
        ("X_test", "x", "test"),
        ("trainX", "x", "train"),
        ("ytest", "y", "test"),
        ("Xtr", "x", "train"),
        ("train_images", "images", "train"),
        ("val_labels", "labels", "validation"),
        ("train/images", "images", "train"),
        ("train_set_x", "x", "train"),
        ("x_dev", "x", "validation"),
        ("valid", "", "validation"),
        ("images", "images", ""),
        ("strain", "strain", ""),
        ("contest", "contest", ""),
        ("tr", "tr", ""),
    ],
)
def test_a_name_is_a_base_and_a_split(name, base, split):
    assert parse_name(name) == (base, split)


def test_names_of_paths_and_any_case():
    assert base_of("group/Images") == "images" and base_of("imdb.meta.Classes") == "classes"
    assert first_named(["Y", "Data", "masks", "IMAGES"], SAMPLE_NAMES) == "IMAGES"
    assert first_named(["a", "b"], SAMPLE_NAMES) is None
