import numpy as np
import pytest

from explorer.assets import runs_folder
from explorer.jobs.reports.run_info import run_info
from explorer.jobs.runs.run_data import data_of_run, data_problem
from explorer.jobs.runs.settings import build_config, free_run_path
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.runs.files import RunError


@pytest.fixture
def samples(tmp_path):
    path = tmp_path / "samples.npy"
    np.save(path, np.random.default_rng(0).normal(size=(80, 6)).astype(np.float32))
    return path


@pytest.fixture
def job(tmp_path, samples):
    settings = {"data.source": str(samples), "train.epochs": "2", "model.hidden_widths": "8", "train.threads": "1"}
    return new_run(build_config("vae", settings), tmp_path / "run", device="cpu")


def test_the_report_of_a_new_run_describes_it(job):
    values = run_info(job.run.path).to_json()
    assert values["status"] == "new" and values["step"] == 0
    assert values["losses"] == {"train": None, "validation": None, "best_validation": None}
    assert values["data"]["at_hand"] and values["data"]["shape"] == [6]


def test_losses_are_the_newest_and_the_best(job):
    list(run_training(job))
    info = run_info(job.run.path)
    _, totals = job.run.history.curve("validation", "total")
    assert info.validation.terms["total"] == totals[-1]
    assert info.best_validation.terms["total"] == totals.min()
    assert info.train.epoch == 2


def test_missing_and_changed_data_are_reported(job, samples):
    assert data_problem(job.run) == ""
    np.save(samples, np.zeros((80, 6), np.float32) + np.arange(6, dtype=np.float32))
    with pytest.raises(RunError, match="no longer contains the samples that"):
        data_of_run(job.run)
    samples.unlink()
    assert "does not exist" in data_problem(job.run)
    with pytest.raises(RunError, match="its data cannot be loaded"):
        data_of_run(job.run)


def test_a_free_name_is_found(tmp_path):
    assert free_run_path(tmp_path, "digits-vae").name == "digits-vae"
    (tmp_path / "digits-vae").mkdir()
    (tmp_path / "digits-vae-2").mkdir()
    assert free_run_path(tmp_path, "digits-vae").name == "digits-vae-3"
    assert runs_folder().name == "checkpoints"
