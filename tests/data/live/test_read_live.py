"""Data in memory: every type is read as it is, with its classes and columns, in one call and in limited time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anndata
import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
import torch
import xarray as xr
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits, load_iris
from torch.utils.data import DataLoader, IterableDataset, Subset, TensorDataset
from torch.utils.data import Dataset as TorchDataset

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.live import items
from explorer.data.live.live_dataset import live_dataset
from explorer.data.live.read_live import read_live

COUNT = 40
X: NDArray[np.float64] = load_digits().data[:COUNT]
Y: NDArray[np.int64] = load_digits().target[:COUNT]
PICTURES = X.reshape(-1, 8, 8).astype(np.uint8)
PIL = [Image.fromarray(picture) for picture in PICTURES]
CITY = np.array(["Oslo", "Rome"] * (COUNT // 2))
FRAME = pd.DataFrame(X[:, 10:14], columns=list("abcd")).assign(
    target=Y, city=CITY, day=pd.date_range("2020-01-01", periods=COUNT), kind=pd.Categorical(CITY)
)


class Items(TorchDataset[Any]):
    """Pictures (1, 8, 8) in [0, 1] with their class."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> Any:
        return torch.from_numpy(X[index].reshape(1, 8, 8) / 16).float(), int(Y[index])


class Stored(Items):
    """A data set like torchvision's MNIST: uint8 pictures, and a transform that scales them."""

    classes = tuple("abcdefghij")

    def __init__(self, jitter: float = 0.0) -> None:
        self.data, self.targets, self.jitter, self.fetched = torch.from_numpy(PICTURES), torch.from_numpy(Y), jitter, 0

    def __getitem__(self, index: int) -> Any:
        self.fetched += 1
        value = (self.data[index][None] / 255 - 0.13) / 0.31
        return value + self.jitter * index, int(self.targets[index])


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter(zip(X, Y, strict=True))


def xarray_data() -> Any:
    return xr.DataArray(
        X,
        dims=("sample", "nm"),
        coords={"nm": ("nm", np.linspace(400, 700, 64), {"units": "nm"}), "label": ("sample", Y)},
    )


def cells() -> Any:
    return anndata.AnnData(
        sp.csr_matrix(X), obs=pd.DataFrame({"cell_type": CITY}, index=[f"c{i}" for i in range(COUNT)])
    )


def hugging_face() -> Any:
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=list("abcdefghij"))})
    return datasets.Dataset.from_dict({"image": PIL, "label": Y.tolist()}, features=features)


SCALED = (X.reshape(-1, 1, 8, 8) / 16).astype(np.float32)
TYPES: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "array": (lambda: (X, Y), X, Y),
    "nested lists": (lambda: X.tolist(), X, None),
    "tensor of bfloat16": (lambda: torch.from_numpy(X).bfloat16(), X, None),
    "pandas": (lambda: FRAME, FRAME[list("abcd")], Y),
    "PyArrow": (lambda: pa.Table.from_pandas(FRAME[["a", "b", "target"]]), FRAME[["a", "b"]], Y),
    "xarray": (xarray_data, X, Y),
    "xarray Dataset": (lambda: xarray_data().to_dataset(name="spectrum"), X, Y),
    "AnnData": (cells, X, CITY),
    "sparse": (lambda: (sp.csc_array(X), Y), X, Y),
    "TensorDataset": (lambda: TensorDataset(torch.from_numpy(X), torch.from_numpy(Y)), X, Y),
    "Subset": (lambda: Subset(TensorDataset(torch.from_numpy(X), torch.from_numpy(Y)), range(9)), X[:9], Y[:9]),
    "torch Dataset": (Items, SCALED, Y),
    "torchvision": (Stored, (PICTURES[:, None] / 255 - 0.13) / 0.31, Y),
    "stream": (Stream, X, Y),
    "DataLoader": (lambda: DataLoader(Items(), batch_size=7), SCALED, Y),
    "generator": (lambda: (row for row in X), X, None),
    "Hugging Face pictures": (hugging_face, PICTURES, Y),
    "Hugging Face vectors": (lambda: datasets.Dataset.from_dict({"x": X.tolist(), "label": Y.tolist()}), X, Y),
    "PIL pictures": (lambda: (PIL, Y), PICTURES, Y),
    "pairs": (lambda: list(zip(X, Y, strict=True)), X, Y),
    "splits as in Keras": (lambda: ((PICTURES[:30], Y[:30]), (PICTURES[30:], Y[30:])), PICTURES, Y),
    "dictionary": (lambda: {"x": X, "y": Y}, X, Y),
    "dictionary of columns": (lambda: {"a": X[:, 10], "b": X[:, 11], "class": Y}, X[:, 10:12], Y),
}


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_read_as_it_is(name: str) -> None:
    make, samples, labels = TYPES[name]
    live = read_live(make())
    found = live.samples.toarray() if sp.issparse(live.samples) else live.samples
    np.testing.assert_allclose(found, samples, atol=1e-5)
    assert (live.labels is None) == (labels is None)
    if labels is not None:
        np.testing.assert_array_equal(live.labels, labels)
    assert live.note == ""


def test_a_table_has_columns_names_and_a_chosen_label() -> None:
    live = read_live(FRAME.set_index(np.array([f"row {i}" for i in range(COUNT)])), "city")
    assert live.feature_names == ("a", "b", "c", "d", "target")
    assert set(live.columns) == {"day", "kind"} and live.sample_names[1] == "row 1"
    assert live.labels is not None and (live.labels == CITY).all()
    with pytest.raises(DataError, match="labels = 'town': the columns are a, b"):
        read_live(FRAME, "town")


def test_texts_become_documents() -> None:
    texts = [f"the {city} of number {['one', 'two', 'three', 'four'][i % 4]}" for i, city in enumerate(CITY)]
    live = read_live(pd.DataFrame({"text": texts, "label": Y}))
    assert live.is_text and live.samples[3] == texts[3]
    dataset = live_dataset(live, DataConfig(source="memory"), name="texts")
    assert dataset.description.kind == "text" and dataset.labels is not None and (dataset.labels == Y).all()


def test_names_of_classes_and_of_features_come_along() -> None:
    iris = read_live(load_iris())
    assert iris.class_names == ("setosa", "versicolor", "virginica") and iris.feature_names[0].startswith("sepal")
    assert read_live(Stored()).class_names == tuple("abcdefghij") == read_live(hugging_face()).class_names
    axis = read_live(xarray_data()).axis
    assert axis is not None and (axis.name, axis.unit) == ("nm", "nm")
    assert read_live(cells()).sample_names[0] == "c0"


def test_stored_samples_are_not_fetched_unless_the_transform_changes_them() -> None:
    plain, jittered = Stored(), Stored(jitter=0.5)
    read_live(plain)
    assert plain.fetched <= 16 < COUNT
    live = read_live(jittered)
    np.testing.assert_allclose(live.samples[9], jittered[9][0], atol=1e-6)


def test_fetching_is_limited_and_spread_over_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MAX_ITEMS", 20)
    monkeypatch.setattr(items, "BLOCK", 5)
    everything = np.arange(COUNT)
    live = read_live(Items(), labels=everything)
    assert live.index is not None and len(live) == 20 and live.index.max() > 20 and (np.diff(live.index) > 0).all()
    np.testing.assert_array_equal(live.labels, everything[live.index])
    np.testing.assert_allclose(live.samples, SCALED[live.index], atol=1e-6)
    assert live.note.startswith("20 of 40 samples were read")


def test_picture_files_are_read(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, picture in zip(paths, PIL, strict=False):
        picture.save(path)
    live = read_live(paths)
    np.testing.assert_array_equal(live.samples, PICTURES[:3])
    assert live.pictures and live.sample_names == ("0.png", "1.png", "2.png")
    (tmp_path / "1.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"1\.png: the picture cannot be read"):
        read_live(paths)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "data of type NoneType cannot be read; give an array, a tensor"),
        ([], "the list is empty"),
        ([1, 2, 3], "one row of numbers per sample"),
        ([[1, 2], [3]], "rows of different lengths"),
        ([PIL[0], PIL[1].resize((4, 4))], r"shapes \(8, 8\) and \(4, 4\); resize them"),
        (np.zeros((0, 3)), "has no samples"),
        (np.array([1j, 2j]), "complex128; give real numbers"),
        (pd.DataFrame({"day": pd.date_range("2020-01-01", periods=3)}), "no columns of numbers"),
        ((X, Y[:-1]), "rows of different lengths"),
        ({"x": X, "y": Y[:-1]}, None),
        (xr.DataArray(Y), "two or more dimensions"),
        ("no such data", "no such data"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: Any, message: str | None) -> None:
    if message is None:  # an array of another length belongs to something else
        assert read_live(data).labels is None
        return
    with pytest.raises(ValueError, match=message) as raised:
        read_live(data)
    assert "\n" not in str(raised.value)


def test_labels_must_fit() -> None:
    with pytest.raises(DataError, match="39 labels for 40 samples"):
        read_live(X, Y[:-1])
    one_hot: Any = np.eye(10)[Y]
    np.testing.assert_array_equal(read_live(X, one_hot).labels, Y)
