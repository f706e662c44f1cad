import csv

import numpy as np
import pytest

from explorer.data.dataset import Column
from explorer.export.arrays import save_array, save_arrays
from explorer.export.tables import save_curves, save_selection, save_table
from explorer.runs.history import History, Metric
from explorer.runs.latents import Latents


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_curves_keep_every_number_and_leave_missing_ones_empty(tmp_path):
    history = History(
        (
            Metric(5, 0.5, "train", {"total": 1 / 3, "reconstruction": 0.25, "kl": 0.1}, (0.04, 0.06)),
            Metric(10, 1.0, "validation", {"total": 2.0}),
        )
    )
    save_curves(tmp_path / "curves.csv", history)
    first, second = rows_of(tmp_path / "curves.csv")
    assert float(first["total_nats"]) == 1 / 3
    assert [first["kl_z1_nats"], first["kl_z2_nats"]] == ["0.04", "0.06"]
    assert second["split"] == "validation" and second["kl_nats"] == "" and second["kl_z1_nats"] == ""


def test_curves_of_a_run_without_any(tmp_path):
    save_curves(tmp_path / "curves.csv", History())
    assert (tmp_path / "curves.csv").read_text(encoding="utf-8").strip() == "step,epoch,split"


@pytest.fixture
def latents():
    return Latents(
        step=1,
        mean=np.array([[0.5, 1.5], [2.0, 3.0], [4.0, 5.0]], np.float32),
        log_variance=None,
        index=np.array([7, 8, 9]),
        split=np.array(["train", "test", "train"]),
        labels=np.array([1, 0, -1]),
        columns={
            "age": Column("age", np.array([1.5, np.nan, 3.0])),
            "site": Column("site", np.array([0, 1, -1]), ("Bonn, north", 'the "B"')),
        },
    )


def test_a_selection_is_saved_with_labels_and_z_from_every_run(tmp_path, latents):
    other = Latents(1, np.array([[9.0]], np.float32), None, np.array([8]), np.array(["test"]))
    save_selection(tmp_path / "s.csv", np.array([8, 7, 9]), {"a": latents, "b": other}, ("no", "yes"))
    rows = rows_of(tmp_path / "s.csv")
    assert [row["index"] for row in rows] == ["8", "7", "9"]
    assert [row["label"] for row in rows] == ["no", "yes", ""]
    assert [row["split"] for row in rows] == ["test", "train", "train"]
    assert [row["age"] for row in rows] == ["", "1.5", "3.0"]
    assert [row["site"] for row in rows] == ['the "B"', "Bonn, north", ""]
    assert [row["a z2"] for row in rows] == ["3.0", "1.5", "5.0"]
    assert [row["b z1"] for row in rows] == ["9.0", "", ""]


def test_a_failed_table_leaves_the_old_one(tmp_path):
    path = tmp_path / "t.csv"
    save_table(path, ["a"], [[1]])
    before = path.read_bytes()

    def broken():
        yield [2]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        save_table(path, ["a"], broken())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_arrays_come_back(tmp_path, latents):
    save_array(tmp_path / "x.npy", latents.mean)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy", allow_pickle=False), latents.mean)
    save_arrays(tmp_path / "x.npz", {"t": np.arange(3)})
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        assert file.files == ["t"]
