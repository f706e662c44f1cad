"""Codes as arrays, tables and annotated data."""

import csv
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pyarrow.parquet
import pytest
from test_plain_module import about

from explorer.config import ConfigError
from explorer.data.dataset import Column, Description
from explorer.export.codes import CODE_FILES, save_codes
from explorer.runs.latents import Latents


@pytest.fixture
def description() -> Description:
    return about((4,), sample_names=tuple(f"cell {number}" for number in range(10)))


@pytest.fixture
def latents() -> Latents:
    return Latents(
        step=12,
        mean=np.array([[0.5, 1.5], [2.0, 3.0], [4.0, 5.0]], np.float32),
        log_variance=np.array([[-1, -2], [-3, -4], [-5, -6]], np.float32),
        index=np.array([7, 8, 9]),
        split=np.array(["train", "test", "train"]),
        labels=np.array([1, 0, -1]),
        columns={
            "age": Column("age", np.array([1.5, np.nan, 3.0])),
            "a/label": Column("a/label", np.array([0, 1, -1]), ("Bonn, north", 'the "B"')),
            "label": Column("label", np.array([3.0, 4.0, 5.0])),
        },
    )


def test_arrays(tmp_path: Path, latents: Latents, description: Description) -> None:
    save_codes(tmp_path / "z.npz", latents, description, "run")
    with np.load(tmp_path / "z.npz", allow_pickle=False) as file:
        assert set(file.files) == {
            *("mean", "log_variance", "labels", "index", "split", "class_names", "names"),
            *("column.age", "column.a/label", "column.label"),
        }
        np.testing.assert_array_equal(file["split"], latents.split)
        np.testing.assert_array_equal(file["column.age"], [1.5, np.nan, 3])
        assert file["column.a/label"].tolist() == ["Bonn, north", 'the "B"', ""]
        assert file["names"].tolist() == ["cell 7", "cell 8", "cell 9"]


def test_arrays_leave_out_what_is_not_defined(tmp_path: Path, latents: Latents) -> None:
    plain = replace(latents, log_variance=None, labels=None, columns={})
    save_codes(tmp_path / "z.npz", plain, about((4,)), "run")
    with np.load(tmp_path / "z.npz", allow_pickle=False) as file:
        assert set(file.files) == {"mean", "index", "split"}


def test_a_table(tmp_path: Path, latents: Latents, description: Description) -> None:
    save_codes(tmp_path / "z.csv", latents, description, "run")
    with (tmp_path / "z.csv").open(encoding="utf-8", newline="") as file:
        first, second, third = csv.DictReader(file)
    assert [*first] == [
        *("index", "name", "label", "split", "age", "a/label", "label_", "z1", "z2"),
        *("log_variance_z1", "log_variance_z2"),
    ]
    assert (first["label"], second["label"], third["label"]) == ("one", "zero", "")
    assert (second["age"], third["a/label"], first["a/label"]) == ("", "", "Bonn, north")
    assert float(third["z2"]) == 5 and float(third["log_variance_z1"]) == -5 and first["label_"] == "3.0"


def test_parquet_has_types(tmp_path: Path, latents: Latents, description: Description) -> None:
    save_codes(tmp_path / "z.parquet", latents, description, "run")
    table = pyarrow.parquet.read_table(tmp_path / "z.parquet")
    assert table["z1"].to_pylist() == [0.5, 2, 4] and str(table["z1"].type) == "float"
    assert table["label"].to_pylist() == ["one", "zero", None] and table["index"].to_pylist() == [7, 8, 9]
    assert table.schema.metadata[b"latent_explorer.run"] == b"run"


def test_annotated_data(tmp_path: Path, latents: Latents, description: Description) -> None:
    save_codes(tmp_path / "z.h5ad", latents, description, "run")
    found = anndata.read_h5ad(tmp_path / "z.h5ad")
    np.testing.assert_array_equal(found.X, latents.mean)
    np.testing.assert_array_equal(found.obsm["X_latent"], latents.mean)
    np.testing.assert_array_equal(found.layers["log_variance"], latents.log_variance)
    assert [*found.obs_names] == ["cell 7", "cell 8", "cell 9"] and [*found.var_names] == ["z1", "z2"]
    assert [*found.obs.columns] == ["index", "label", "split", "age", "a_label", "label_"]
    assert found.obs["label"].cat.categories.tolist() == ["one", "zero"] and found.obs["label"].isna().sum() == 1
    assert found.uns["latent_explorer"]["step"] == "12"


def test_names_that_are_not_unique_become_indices(tmp_path: Path, latents: Latents) -> None:
    save_codes(tmp_path / "z.h5ad", latents, about((4,), sample_names=("same",) * 10), "run")
    assert [*anndata.read_h5ad(tmp_path / "z.h5ad").obs_names] == ["7", "8", "9"]


def test_a_missing_package_is_named(
    tmp_path: Path, latents: Latents, description: Description, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(ConfigError, match=r'needs the package anndata; .*\[cells\]".* or choose \.npz'):
        save_codes(tmp_path / "z.h5ad", latents, description, "run")
    assert not [*tmp_path.iterdir()]


def test_the_command(tmp_path: Path) -> None:
    from test_export_models import call

    from explorer.assets import shipped_runs

    run = next(path for path in shipped_runs() if path.name == "digits-vae")
    for suffix in CODE_FILES:
        found: Any = call("encode", run, "--out", tmp_path / f"z.{suffix}")
        assert found.exit_code == 0 and "1797 codes of 2 numbers" in found.stdout
    table = pyarrow.parquet.read_table(tmp_path / "z.parquet")
    with np.load(tmp_path / "z.npz") as arrays:
        np.testing.assert_array_equal(table["z2"].to_numpy(), arrays["mean"][:, 1])
    assert "must end in .npz, .csv, .parquet or .h5ad" in call("encode", run, "--out", tmp_path / "z.txt").stderr
