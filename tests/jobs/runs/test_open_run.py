"""Opening a run: without its data, before its first checkpoint, with damage, shipped."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from job_cases import config_of, job, newest, pictures, trained

from explorer.assets import shipped_runs
from explorer.jobs.runs.open_run import model_of_snapshot, open_for_viewing, view_of
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.training.checkpointer import copy_weights
from explorer.training.events import Snapshot


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = trained(tmp_path_factory.mktemp("runs") / "vae")
    return {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}


@pytest.fixture
def run(trained_once: dict[str, bytes], tmp_path: Path) -> Path:
    path = tmp_path / "vae"
    path.mkdir()
    for name, content in trained_once.items():
        (path / name).write_bytes(content)
    return path


def test_a_run_opens_without_its_data(run: Path) -> None:
    opened = open_for_viewing(run)
    assert opened.problem == ""
    assert (opened.run.key, opened.run.name, opened.run.short_title) == (str(run), "vae", "VAE")
    assert (opened.run.status, opened.run.step, opened.run.latent_dim) == ("finished", 24, 2)
    assert opened.run.dataset is None
    assert not opened.run.read_only
    assert opened.run.history == open_run(run).history
    assert opened.run.plane is not None
    assert opened.run.plane_is_current
    assert len(opened.run.plane.mean) == 60
    assert opened.loaded is not None
    assert (opened.loaded.step, opened.loaded.dataset) == (24, None)


def test_the_stored_plane_is_the_model_s(run: Path) -> None:
    dataset = pictures()
    opened = open_for_viewing(run, dataset)
    assert opened.run.dataset is dataset
    assert opened.loaded is not None
    assert opened.loaded.dataset is dataset
    with torch.inference_mode():
        mean = opened.loaded.model.encode(torch.from_numpy(dataset.model_inputs())).mean
    assert opened.run.plane is not None
    np.testing.assert_allclose(opened.run.plane.mean, mean, rtol=1e-5, atol=1e-6)


def test_a_model_opened_for_viewing_has_no_gradients(run: Path) -> None:
    loaded = open_for_viewing(run).loaded
    assert loaded is not None
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_a_run_opens_before_its_first_checkpoint(tmp_path: Path) -> None:
    job(tmp_path / "new")
    opened = open_for_viewing(tmp_path / "new")
    assert opened.loaded is None
    assert (opened.run.status, opened.run.step, opened.run.plane) == ("new", 0, None)
    assert not opened.run.plane_is_current


def test_damaged_codes_cost_the_plane_and_not_the_run(run: Path) -> None:
    content = (run / "latents.npz").read_bytes()
    (run / "latents.npz").write_bytes(content[: len(content) // 2])
    opened = open_for_viewing(run)
    assert opened.run.plane is None
    assert opened.loaded is not None
    assert opened.problem.startswith(f"{run / 'latents.npz'}: damaged")
    assert opened.problem.endswith("the plane is computed again once the data is loaded")


def test_codes_of_another_run_cost_the_plane_and_not_the_run(run: Path, tmp_path: Path) -> None:
    other = trained(tmp_path / "wide", config_of(latent_dim=3))
    (run / "latents.npz").write_bytes((other / "latents.npz").read_bytes())
    opened = open_for_viewing(run)
    assert opened.run.plane is None
    assert "do not have the 2 dimensions of the run" in opened.problem


def test_missing_codes_are_not_reported_as_a_problem(run: Path) -> None:
    (run / "latents.npz").unlink()
    opened = open_for_viewing(run)
    assert (opened.run.plane, opened.problem) == (None, "")
    assert opened.loaded is not None


def test_a_damaged_state_is_rebuilt_from_the_checkpoints(run: Path) -> None:
    (run / "state.json").write_text("{")
    opened = open_for_viewing(run)
    assert (opened.run.status, opened.run.step) == ("stopped", 24)
    assert "state.json is damaged" in opened.run.reason


def test_a_run_whose_every_checkpoint_is_damaged_is_refused(run: Path) -> None:
    for path in run.glob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunError, match=r"step-\d+.safetensors"):
        open_for_viewing(run)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}'])
def test_a_folder_that_is_not_a_run_is_refused_in_a_sentence(run: Path, content: str) -> None:
    (run / "run.json").write_text(content)
    with pytest.raises(RunError, match=r"run.json"):
        open_for_viewing(run)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run;"):
        open_for_viewing(tmp_path / "nowhere")


def test_shipped_runs_are_read_only() -> None:
    shipped = shipped_runs()
    assert shipped
    for path in shipped:
        opened = open_for_viewing(path)
        assert opened.run.read_only
        assert opened.run.plane_is_current
        assert json.loads((path / "state.json").read_text())["status"] == "finished"


def test_a_snapshot_becomes_the_model_that_it_was_taken_of(run: Path) -> None:
    dataset = pictures()
    view = open_for_viewing(run, dataset).run
    model = open_run(run).restore(newest(run))
    loaded = model_of_snapshot(view, Snapshot(31, 5.0, copy_weights(model)))
    assert (loaded.run, loaded.step, loaded.dataset) == (str(run), 31, dataset)
    assert not loaded.model.training
    z = torch.tensor([[0.3, -0.7]])
    assert torch.equal(loaded.model.decode(z).mean, model.decode(z).mean)
    assert view_of(open_run(run)).title == view.title
