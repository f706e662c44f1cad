"""Folders whose array files are the splits of one data set."""

import numpy as np
import pytest
import torch
from scipy.io import savemat

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (30, 8, 8, 3), dtype=np.uint8)
LABELS = np.arange(30) % 3


def save_npz(folder, split, rows):
    np.savez(folder / f"{split}.npz", images=PICTURES[rows], labels=LABELS[rows])


def save_mat(folder, split, rows):
    savemat(folder / f"{split}_8x8.mat", {"X": np.moveaxis(PICTURES[rows], 0, -1), "y": LABELS[rows, None]})


def save_torch(folder, split, rows):
    torch.save((torch.tensor(PICTURES[rows]), torch.tensor(LABELS[rows])), folder / f"{split}ing.pt")


def save_apart(folder, split, rows):
    np.savez(folder / f"pcam_{split}_x.npz", x=PICTURES[rows])
    np.savez(folder / f"pcam_{split}_y.npz", y=LABELS[rows].reshape(-1, 1, 1, 1))


@pytest.mark.parametrize("save", [save_npz, save_mat, save_torch, save_apart])
def test_files_of_splits_are_one_data_set(tmp_path, save):
    save(tmp_path, "train", slice(20))
    save(tmp_path, "test", slice(20, 30))
    np.savez(tmp_path / "extra.npz", x=np.zeros((4, 4)))
    data = load(DataConfig(source=str(tmp_path)))
    assert np.array_equal(data.samples, np.moveaxis(PICTURES, 3, 1)) and data.labels.tolist() == LABELS.tolist()
    assert data.splits.test.tolist() == list(range(20, 30))
    assert [each.items for each in data.report.left_out] == [("extra.npz",)]


def test_names_of_classes_are_in_each_file(tmp_path):
    for split, rows in (("train", slice(20)), ("test", slice(20, 30))):
        arrays = {
            f"{split}_set_x": PICTURES[rows],
            f"{split}_set_y": LABELS[rows],
            "list_classes": ["ant", "bee", "cat"],
        }
        np.savez(tmp_path / f"{split}_animals.npz", **arrays)
    data = load(DataConfig(source=str(tmp_path)))
    assert data.class_names == ("ant", "bee", "cat") and len(data) == 30


def test_a_damaged_file_is_named(tmp_path):
    save_npz(tmp_path, "train", slice(20))
    (tmp_path / "test.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"test\.npz: the \.npz archive is damaged"):
        load(DataConfig(source=str(tmp_path)))
