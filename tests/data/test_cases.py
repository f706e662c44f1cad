"""Data sets as people have them, each of which failed once: they are read as a person means them, and it is said.

The files are looked for beside the repository; small files of the same kinds are made by the tests of each format.
"""

from pathlib import Path

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import Dataset

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"


def case(name: str, file: str = "", **settings: object) -> Dataset:
    folder = next(CASES.glob(name), None)
    if folder is None:
        pytest.skip(f"{name} is not beside the repository")
    path = folder / file
    return load(DataConfig(source=str(path), **settings))


def said(data: Dataset) -> str:
    report = data.report
    lines = [*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)]
    return "\n".join([*lines, *(offer.assignment for offer in report.offers)])


def test_dsprites_without_its_metadata():
    data = case("05-dsprites", "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz")
    assert data.description.kind == "image" and data.description.shape == (1, 64, 64)
    assert data.description.value_range == (0, 1)
    assert len(data.factors) == 6
    assert "metadata" in said(data)


def test_a_table_of_pixels_is_pictures():
    data = case("06-kaggle-mnist-csv", "train.csv")
    assert data.description.kind == "image" and data.description.shape == (1, 28, 28)
    assert data.labels is not None and "28×28" in said(data)
    vectors = case("06-kaggle-mnist-csv", "train.csv", sample_shape="vector")
    assert vectors.description.kind == "vector" and vectors.description.features == 784


def test_quickdraw_by_file_and_folder():
    data = case("07-quickdraw")
    assert data.description.shape == (1, 28, 28)
    assert data.class_names == ("cat", "dog", "eiffel tower")
    assert case("07-quickdraw", "cat.npy").description.shape == (1, 28, 28)


def test_medmnist_with_its_published_splits():
    data = case("08-medmnist", "pneumoniamnist.npz")
    assert data.description.shape == (1, 28, 28)
    assert [len(data.splits.named(split)) for split in ("train", "validation", "test")] == [200, 30, 50]
    assert data.labels is not None


def test_one_hot_rows_are_classes():
    data = case("09-onehot-labels", "onehot.npz")
    assert data.labels is not None and len(data.class_names) == 10
    assert "one-hot" in said(data)


def test_decimal_commas():
    data = case("11-decimal-comma", "decimal_comma_mixed.csv")
    assert {"groesse", "gewicht", "alter"} <= set(data.description.feature_names)
    assert data.samples[0, list(data.description.feature_names).index("groesse")] == pytest.approx(1.54)
    assert "decimal comma" in said(data)
    other = case("11-decimal-comma", "orange3_3875.csv")
    assert other.samples[:2].ravel() == pytest.approx([28.7, 28.95])


@pytest.mark.parametrize("file", ["glove.6B.50d.txt", "word2vec.txt"])
def test_text_vectors_are_vectors_with_words_as_names(file):
    data = case("13-glove-word2vec", file)
    assert data.description.kind == "vector" and data.description.features == 50
    assert len(data.description.sample_names) == len(data)


@pytest.mark.parametrize("ending", ["tsv", "txt", "ts", "arff"])
def test_series_with_their_class(ending):
    data = case("14-ucr-ecg5000", f"ECG5000_TRAIN.{ending}")
    assert data.description.features == 140 and data.description.axis is not None
    assert data.class_names == ("1", "2", "3", "4", "5")


def test_cells_by_genes():
    data = case("16-h5ad-mtx-sparse", "pbmc.h5ad")
    assert data.description.kind == "vector" and len(data.description.feature_names) == data.description.features
    assert len(data.description.sample_names) == len(data)
    sparse = case("16-h5ad-mtx-sparse", "counts_sparse.npz")
    assert len(sparse) == 80


def test_parquet_with_pictures_and_with_lists():
    data = case("17-hf-parquet", "train-00000-of-00001.parquet")
    assert data.description.kind == "image" and data.labels is not None
    vectors = case("17-hf-parquet", "embeddings.parquet")
    assert vectors.description.features == 64


def test_faces_of_a_mat_file():
    data = case("19-frey-mat", "frey_rawface.mat", transpose=True, sample_shape="28x20")
    assert data.description.shape == (1, 28, 20)
    offers = said(case("19-frey-mat", "frey_rawface.mat"))
    assert "--set data.transpose=true" in offers


def test_white_on_transparent_is_seen():
    data = case("21-white-on-transparent", "pictures")
    assert np.ptp(data.samples.astype(int), axis=0).any()
    assert "black" in said(data)


def test_values_far_out_are_named():
    files = sorted((CASES / "22-outlier").glob("*.csv"))
    if not files:
        pytest.skip("22-outlier is not beside the repository")
    text = said(case("22-outlier", files[0].name))
    assert "row" in text and "1e+09" in text


def test_one_range_for_all_pixels():
    data = case("23-kaggle-csv-*", "train.csv")
    values = data.model_inputs()
    assert values.min() >= 0 and values.max() <= 1
