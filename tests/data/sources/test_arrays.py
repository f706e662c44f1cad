import io
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import DataConfig
from explorer.data.arrays.arrays import dataset_from_arrays
from explorer.data.catalog import load
from explorer.data.dataset import DataError
from explorer.data.reading import limits

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 6, 5), dtype=np.uint8)


def build(arrays, **settings_of):
    return dataset_from_arrays(arrays, DataConfig(**settings_of), name="mine", where="mine.npz")


def test_npy_pictures(tmp_path):
    np.save(tmp_path / "grey.npy", GREY)
    data = load(DataConfig(source=str(tmp_path / "grey.npy")))
    assert data.name == "grey" and data.description.kind == "image" and data.labels is None
    assert data.samples.dtype == np.uint8 and np.array_equal(data.samples[:, 0], GREY)


def test_npz_with_labels_columns_groups_and_splits(tmp_path):
    split = np.array(["train"] * 14 + ["val"] * 3 + ["test"] * 3)
    np.savez(
        tmp_path / "a.npz",
        images=GREY,
        label=np.array(["cat", "dog"] * 9 + ["ant", ""]),
        weight=np.arange(20.0),
        site=np.array(["A", "B"] * 10),
        split=split,
    )
    data = load(DataConfig(source=str(tmp_path / "a.npz")))
    assert data.class_names == ("ant", "cat", "dog")
    assert data.labels.tolist() == [1, 2] * 9 + [0, -1]
    assert data.splits.validation.tolist() == [14, 15, 16] and data.splits.test.tolist() == [17, 18, 19]
    assert set(data.columns) == {"weight", "site"}
    assert np.array_equal(data.columns["weight"].values, np.arange(20.0))
    assert data.columns["site"].categories == ("A", "B") and data.columns["site"].values.tolist() == [0, 1] * 10
    data = load(DataConfig(source=str(tmp_path / "a.npz"), label_column="site", attribute_columns=("weight",)))
    assert data.class_names == ("A", "B") and set(data.columns) == {"weight", "label"}


@pytest.mark.parametrize(
    ("shape", "kept"),
    [((9, 8, 8, 3), (3, 8, 8)), ((9, 3, 8, 8), (3, 8, 8)), ((9, 31, 40, 32), (31, 40, 32)), ((9, 4, 8, 4), (4, 8, 4))],
)
def test_the_channels_are_found(shape, kept):
    pictures = RNG.integers(0, 256, shape, dtype=np.uint8)
    data = build({"x": pictures})
    assert data.samples.shape == (9, *kept)
    moved = pictures if shape[1:] == kept else np.moveaxis(pictures, 3, 1)
    assert np.array_equal(data.samples, moved)


def test_the_layout_can_be_said():
    data = build({"x": RNG.random((9, 3, 8, 12), dtype=np.float32), "layout": np.array("HWC")})
    assert data.description.shape == (12, 3, 8)
    with pytest.raises(DataError, match="layout is 'XYZ'; use 'HWC' or 'CHW'"):
        build({"x": GREY[:, None], "layout": np.array("XYZ")})


@pytest.mark.parametrize(
    ("pictures", "dtype", "value_range"),
    [
        (GREY, np.uint8, (0, 255)),
        (GREY > 100, np.uint8, (0, 1)),
        (GREY.astype(np.int64), np.uint8, (0, 255)),
        (GREY.astype(np.uint16) * 16 + 15, np.uint16, (0, 4095)),
        (GREY.astype(np.int32) * 256 + 255, np.uint16, (0, 65535)),
        (GREY / 255, np.float32, (0, 1)),
    ],
)
def test_values_are_not_cut_to_eight_bits(pictures, dtype, value_range):
    data = build({"x": pictures})
    assert data.samples.dtype == dtype
    assert np.array_equal(data.samples[:, 0], pictures.astype(dtype))
    assert data.description.value_range == value_range and data.description.unit_range


def test_float_pictures_take_their_range_from_the_training_split_alone():
    pictures = RNG.normal(size=(200, 3, 3))
    data = build({"x": pictures})
    train = data.samples[data.splits.train]
    assert data.description.value_range == (train.min(), train.max())
    lowest = np.argmin(data.samples.reshape(200, -1).min(axis=1))
    is_outside = lowest not in data.splits.train or data.samples.max() > train.max()
    assert data.description.unit_range is not is_outside
    declared = build({"x": pictures, "value_range": np.array([-10, 10])})
    assert declared.description.value_range == (-10, 10) and declared.description.unit_range


def test_vectors_are_standardized_on_the_training_split():
    vectors = RNG.normal(5, [1, 10, 100], (50, 3))
    vectors = np.c_[vectors, np.full(50, 7.3)]
    data = build({"vectors": vectors, "feature_names": np.array(["a", "b", "c", "d"]), "y": np.arange(50) % 2})
    seen = data.model_inputs(data.splits.train).astype(np.float64)
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(seen.std(axis=0), [1, 1, 1, 0], atol=1e-5)
    back = data.description.transform.invert(data.model_inputs())
    np.testing.assert_allclose(back, vectors, rtol=1e-4, atol=1e-4)
    assert data.description.feature_names == ("a", "b", "c", "d") and not data.description.unit_range
    assert data.samples.dtype == np.float32 and data.description.kind == "vector"


def test_vectors_within_the_unit_range_stay():
    data = build({"x": np.linspace(0, 1, 40).reshape(10, 4)})
    assert data.description.unit_range
    np.testing.assert_array_equal(data.model_inputs(), data.samples)


def test_signals_keep_their_form():
    axis = np.linspace(400, 700, 31)
    signals = 3 + 2 * np.sin(axis / 50 + RNG.random((30, 1)))
    data = build({"signals": signals, "axis": axis, "axis_name": np.array("wavelength"), "axis_unit": np.array("nm")})
    assert data.description.axis.name == "wavelength" and data.description.axis.unit == "nm"
    np.testing.assert_array_equal(data.description.axis.values, axis)
    assert data.description.transform.offset.shape == ()
    train = data.model_inputs(data.splits.train)
    assert abs(train.mean()) < 1e-4 and abs(train.std() - 1) < 1e-4
    with pytest.raises(DataError, match="axis must contain 31 finite numbers"):
        build({"signals": signals, "axis": axis[:-1]})


def test_keras_names_keep_the_published_split():
    arrays = {
        "x_train": GREY[:15],
        "y_train": np.arange(15).reshape(15, 1) % 2,
        "x_test": GREY[15:],
        "y_test": np.arange(5).reshape(5, 1) % 2,
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "k.npz").write_bytes(buffer.getvalue())
        data = load(DataConfig(source=str(Path(folder) / "k.npz")))
    assert data.splits.test.tolist() == [15, 16, 17, 18, 19]
    assert data.labels.tolist() == [*(np.arange(15) % 2), *(np.arange(5) % 2)]


def test_class_names_and_one_class():
    data = build({"x": GREY, "y": np.ones(20, np.int8), "class_names": np.array(["no", "yes"])})
    assert data.class_names == ("no", "yes") and data.labels.tolist() == [1] * 20
    data = build({"x": GREY, "y": np.zeros(20, np.int8)})
    assert data.class_names == ("0",)
    with pytest.raises(DataError, match="but the labels go up to 1"):
        build({"x": GREY, "y": np.ones(20, np.int8), "class_names": np.array(["no"])})


def test_a_continuous_target_is_a_column_and_no_class():
    data = build({"x": GREY, "y": np.linspace(0, 1, 20)})
    assert data.labels is None and "y" in data.columns
    with pytest.raises(DataError, match="classes must be words or integers"):
        build({"x": GREY, "y": np.linspace(0, 1, 20)}, label_column="y")


def test_a_split_of_other_words_is_a_column():
    data = build({"x": GREY, "split": np.array(["left", "right"] * 10)})
    assert data.columns["split"].categories == ("left", "right") and len(data.splits.test) == 2


def test_the_callers_arrays_stay_writeable():
    pictures = GREY[:, np.newaxis].copy()
    data = build({"x": pictures})
    assert pictures.flags.writeable and not data.samples.flags.writeable


def test_groups_stay_together():
    who = np.repeat(np.arange(10), 2)
    data = build({"x": GREY, "who": who}, group_column="who")
    assert not set(who[data.splits.train]) & set(who[data.splits.test])


@pytest.mark.parametrize(
    ("arrays", "settings_of", "message"),
    [
        ({"a": GREY}, {"samples_key": "z"}, "there is no array 'z'; the arrays are a"),
        ({"y": np.arange(19), "z": np.array(["a"] * 19)}, {}, r"no array can be the samples; .* are y \(19,\), z"),
        ({"x": GREY}, {"label_column": "z"}, "there is no column 'z'"),
        ({"x": GREY, "w": np.arange(20)}, {"attribute_columns": ("z",)}, "no column 'z'; the columns are w"),
        ({"x": GREY[:0]}, {}, "contains no samples"),
        ({"x": GREY[:1]}, {}, "mine: 1 samples cannot be split"),
        ({"x": GREY[:, :0]}, {}, "the samples are empty"),
        ({"x": np.array(3.0)}, {}, "contains no samples"),
        ({"x": np.zeros((9, 2, 4, 4, 3))}, {}, r"shape \(9, 2, 4, 4, 3\); .* save single slices or frames"),
        ({"x": np.zeros((5, 2), complex)}, {}, "contains complex128 instead of numbers"),
        ({"x": np.array([["a", "b"]] * 5)}, {}, "instead of numbers"),
        (
            {"x": np.array([[0, 1], [np.nan, 1], [np.inf, 2], [0, 0]])},
            {"missing": "refuse"},
            r"2 rows without a value \(2 values\)",
        ),
        ({"x": np.array([[0, 1], [np.nan, 1], [np.inf, 2]])}, {}, "2 of 3 rows have missing values"),
        ({"x": np.full((5, 2, 2), -1e300)}, {}, "no usable numbers"),
        ({"x": GREY, "value_range": np.array([1, 0])}, {}, "value_range must be two finite numbers"),
        ({"x": GREY, "value_range": np.array([-np.inf, np.inf])}, {}, "value_range must be two finite numbers"),
        ({"x": GREY, "value_range": np.array([-1e308, 1e308])}, {}, "too large or too small"),
        ({"x": GREY, "value_range": np.array([0, 1e-300])}, {}, "too large or too small"),
        ({"x": np.array([[[-3e38, 3e38]] * 2] * 9)}, {}, "too large or too small"),
        ({"x": GREY, "split": np.array(["a"] * 20)}, {"split_column": "split"}, "row 1: 'a' is not a split"),
        ({"x": GREY.reshape(20, 30), "feature_names": np.array(["a"])}, {}, "feature_names has shape"),
    ],
)
def test_faults_are_one_sentence(arrays, settings_of, message):
    with pytest.raises(DataError, match=message) as error:
        build(arrays, **settings_of)
    assert str(error.value).startswith("mine") and "\n" not in str(error.value)


class Canary:
    def __reduce__(self):
        return os.mkdir, ("/tmp/latent-explorer-canary",)


def test_object_arrays_are_never_opened(tmp_path):
    np.save(tmp_path / "o.npy", np.array([Canary()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "o.npz", x=np.array([Canary()], dtype=object))
    for name in ("o.npy", "o.npz"):
        with pytest.raises(DataError, match="object array"):
            load(DataConfig(source=str(tmp_path / name)))
    assert not os.path.exists("/tmp/latent-explorer-canary")


def test_a_pickle_named_npy_is_refused(tmp_path):
    import pickle

    (tmp_path / "p.npy").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(DataError, match=r"p\.npy: not a \.npy array"):
        load(DataConfig(source=str(tmp_path / "p.npy")))


def npy_with_header(header, payload=b""):
    text = header.encode() + b" " * (117 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + payload


@pytest.mark.parametrize(
    "shape",
    [
        "(100000000000,)",
        f"({2**62}, 3)",
        f"(0, {2**62})",
        f"({2**62}, 0)",
        "(True, 1)",
        "(-1, 3)",
        "(3, 3)",
        f"({'1,' * 70})",
    ],
)
def test_a_lying_header_is_refused(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    (tmp_path / "lie.npy").write_bytes(npy_with_header(header, bytes(8)))
    with zipfile.ZipFile(tmp_path / "lie.npz", "w") as archive:
        archive.writestr("x.npy", npy_with_header(header, bytes(8)))
    for name in ("lie.npy", "lie.npz"):
        with pytest.raises(DataError, match=rf"{name}.*"):
            load(DataConfig(source=str(tmp_path / name)))


@pytest.mark.parametrize("dtype", ["|V0", "<U0"])
def test_values_without_a_size_are_refused(tmp_path, dtype):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({2**40}, 5), }}"
    (tmp_path / "v.npy").write_bytes(npy_with_header(header))
    with pytest.raises(DataError, match=r"v\.npy: the dtype .* has no size"):
        load(DataConfig(source=str(tmp_path / "v.npy")))


def test_a_bomb_is_refused_before_it_inflates(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as out,
    ):
        for _ in range(80):
            out.write(bytes(1 << 20))
    with pytest.raises(DataError, match="look like a decompression bomb"):
        load(DataConfig(source=str(tmp_path / "bomb.npz")))


def test_too_large_arrays_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(limits.ARRAY_BYTES.variable, "100")
    np.save(tmp_path / "a.npy", GREY)
    np.savez(tmp_path / "a.npz", x=GREY)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(DataError, match="the limit is 100"):
            load(DataConfig(source=str(tmp_path / name)))


def test_other_members_and_empty_archives_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("run.py", "print()")
    with pytest.raises(DataError, match=r"'run\.py', which is not an array"):
        load(DataConfig(source=str(tmp_path / "a.npz")))
    zipfile.ZipFile(tmp_path / "b.npz", "w").close()
    with pytest.raises(DataError, match="contains no arrays"):
        load(DataConfig(source=str(tmp_path / "b.npz")))


@settings(deadline=None, max_examples=60)
@given(data=st.data(), name=st.sampled_from(["a.npy", "a.npz", "c.npz"]))
def test_a_damaged_file_is_a_sentence_or_the_same_numbers(tmp_path_factory, data, name):
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / name
    {"a.npy": lambda: np.save(path, GREY), "a.npz": lambda: np.savez(path, x=GREY)}.get(
        name, lambda: np.savez_compressed(path, x=GREY)
    )()
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        load(DataConfig(source=str(path)))
    except DataError as error:
        assert "\n" not in str(error)


def test_fortran_order_is_kept_right(tmp_path):
    np.save(tmp_path / "f.npy", np.asfortranarray(GREY))
    assert np.array_equal(load(DataConfig(source=str(tmp_path / "f.npy"))).samples[:, 0], GREY)
