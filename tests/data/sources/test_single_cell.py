import gzip
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from scipy.io import mmwrite

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError

COUNTS = np.random.default_rng(0).poisson(0.4, (60, 120))


def read(path, **settings):
    return load(DataConfig(source=str(path), **settings))


@pytest.fixture(params=["h5ad", "zarr"])
def cells(tmp_path, request):
    pytest.importorskip("anndata")
    np.save(tmp_path / "counts.npy", COUNTS)
    # zarr leaves threads behind, so it writes in a process of its own.
    subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE_ANNDATA, request.param], cwd=tmp_path, check=True)
    return tmp_path / f"a.{request.param}"


WRITE_ANNDATA = """
import anndata, sys
import numpy as np, pandas as pd
from scipy import sparse
counts = np.load("counts.npy")
obs = {
    "leiden": pd.Categorical(["a", "b", None] * 20),
    "n_counts": counts.sum(axis=1),
    "donor": ["p", "q"] * 30,
    "ok": pd.array([1, None] * 30, dtype="Int64"),
}
obs = pd.DataFrame(obs, index=[f"cell{index}" for index in range(60)])
genes = range(120)
var = pd.DataFrame({"gene_symbols": [f"G{index}" for index in genes]}, index=[f"ENSG{index}" for index in genes])
made = anndata.AnnData(sparse.csr_matrix(np.log1p(counts).astype(np.float32)), obs=obs, var=var)
made.layers["counts"] = sparse.csr_matrix(counts)
made.obsm["X_umap"] = counts[:, :2].astype(float)
made.write_h5ad("a.h5ad") if sys.argv[1] == "h5ad" else made.write_zarr("a.zarr")
"""


def test_anndata(cells):
    data = read(cells)
    np.testing.assert_allclose(data.rows(), np.log1p(COUNTS), rtol=1e-6)
    assert not isinstance(data.samples, np.ndarray)
    assert data.class_names == ("a", "b") and data.labels[:3].tolist() == [0, 1, -1]
    assert data.description.feature_names[:2] == ("G0", "G1") and data.description.sample_names[0] == "cell0"
    assert data.columns["donor"].categories == ("p", "q") and np.isnan(data.columns["ok"].values[1])
    offers = {offer.assignment for offer in data.report.offers}
    assert {"--set data.samples_key=layers/counts", "--set data.group_column=donor"} <= offers
    counts = read(cells, samples_key="layers/counts")
    assert np.array_equal(counts.rows(), COUNTS)
    assert read(cells, samples_key="obsm/X_umap").samples.shape == (60, 2)
    with pytest.raises(DataError, match="there is no matrix 'raw/X'; there are X, layers/counts, obsm/X_umap") as error:
        read(cells, samples_key="raw/X")
    assert error.value.report.choices["samples_key"] == ("X", "layers/counts", "obsm/X_umap")


def test_links_in_anndata_are_refused(tmp_path):
    pytest.importorskip("anndata")
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file.create_group("uns")["trap"] = h5py.ExternalLink("/etc/passwd", "/x")
    with pytest.raises(DataError, match="/uns/trap leads to another place"):
        read(tmp_path / "a.h5ad")


def test_log_normalized_with_the_most_variable_genes(cells):
    data = read(cells, samples_key="layers/counts", normalize_counts=True, log1p=True, max_features=20)
    totals = COUNTS.sum(axis=1, keepdims=True)
    every = np.log1p(COUNTS / totals * np.median(totals))
    kept = np.sort(np.argsort(-every.var(axis=0), kind="stable")[:20])
    np.testing.assert_allclose(data.model_inputs(), every[:, kept], atol=1e-5)
    assert data.report.left_out[0].count == 100


def write_10x(folder, prefix=""):
    folder.mkdir()
    mmwrite(folder / "m.mtx", sparse.coo_matrix(COUNTS.T))
    with gzip.open(folder / f"{prefix}matrix.mtx.gz", "wb") as stream:
        stream.write((folder / "m.mtx").read_bytes())
    (folder / "m.mtx").unlink()
    kinds = ["Gene Expression"] * 110 + ["Antibody Capture"] * 10
    rows = [f"ENSG{index}\tG{index // 2}\t{kind}\n" for index, kind in enumerate(kinds)]
    for name, lines in (("features", rows), ("barcodes", [f"AAC{index}-1\n" for index in range(60)])):
        with gzip.open(folder / f"{prefix}{name}.tsv.gz", "wt") as stream:
            stream.writelines(lines)
    return folder


@pytest.mark.parametrize("prefix", ["", "GSM123_"])
def test_10x_folder(tmp_path, prefix):
    folder = write_10x(tmp_path / "sample", prefix)
    data = read(folder)
    assert np.array_equal(data.rows(), COUNTS[:, :110]) and data.description.sample_names[0] == "AAC0-1"
    assert data.description.feature_names[:3] == ("G0", "G0-1", "G1")
    assert data.report.left_out[0].text.startswith("10 features: their type is not 'Gene Expression' (G55, G55")
    assert len(read(folder / f"{prefix}matrix.mtx.gz")) == 60
    gzip.open(folder / f"{prefix}barcodes.tsv.gz", "wt").close()
    with pytest.raises(DataError, match="0 barcodes do not fit"):
        read(folder)


@pytest.mark.parametrize("group", ["matrix", "GRCh38"])
def test_10x_h5_and_loom(tmp_path, group):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        matrix = sparse.csc_matrix(COUNTS.T)
        for name in ("data", "indices", "indptr"):
            file[f"{group}/{name}"] = getattr(matrix, name)
        file[f"{group}/shape"] = matrix.shape
        file[f"{group}/barcodes"] = np.array([f"b{index}" for index in range(60)], "S")
        genes = "features/name" if group == "matrix" else "gene_names"
        file[f"{group}/{genes}"] = np.array([f"G{index}" for index in range(120)], "S")
    data = read(tmp_path / "a.h5")
    assert np.array_equal(data.rows(), COUNTS) and data.description.sample_names[:2] == ("b0", "b1")
    with h5py.File(tmp_path / "a.loom", "w") as file:
        file["matrix"] = COUNTS.T
        file["row_attrs/Gene"] = np.array([f"G{index}" for index in range(120)], "S")
        file["col_attrs/CellID"] = np.array([f"b{index}" for index in range(60)], "S")
        file["col_attrs/Cluster"] = np.arange(60) % 3
    loom = read(tmp_path / "a.loom")
    assert np.array_equal(loom.rows(), COUNTS) and loom.description.sample_names[0] == "b0"
    assert loom.description.feature_names[0] == "G0" and len(loom.class_names) == 3


def test_a_matrix_market_file_of_its_own(tmp_path):
    mmwrite(tmp_path / "a.mtx", sparse.coo_matrix(COUNTS))
    data = read(tmp_path / "a.mtx")
    assert np.array_equal(data.rows(), COUNTS)
    assert data.report.offers[0].assignment == "--set data.transpose=true"
    assert np.array_equal(read(tmp_path / "a.mtx", transpose=True).rows(), COUNTS.T)
    (tmp_path / "lie.mtx").write_text(
        "%%MatrixMarket matrix coordinate integer general\n9999999999 3 99999999999\n1 1 1\n"
    )
    (tmp_path / "junk.mtx").write_text("hello\n")
    for name, message in (("lie", "too many"), ("junk", "not a Matrix Market file")):
        with pytest.raises(DataError, match=message):
            read(tmp_path / f"{name}.mtx")


def test_sparse_cells_train_and_evaluate(tmp_path):
    import explorer

    sparse.save_npz(tmp_path / "c.npz", sparse.csr_matrix(COUNTS))
    path = str(tmp_path / "c.npz")
    loaded = explorer.train(
        out=tmp_path / "run", data=path, model="vae", epochs=2, log1p=True, normalize_counts=True, hidden_widths=(8,)
    )
    data = read(path, log1p=True, normalize_counts=True)
    assert not isinstance(data.samples, np.ndarray)
    assert np.isfinite(loaded.evaluate().values["log_likelihood"])
