"""An imported run opens with its plane and encodes like the model it came from."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

import explorer
from explorer.cli import app
from explorer.data.dataset import DataError
from explorer.jobs.reports.run_info import run_info
from explorer.jobs.runs.import_plan import ImportRequest, plan_import
from explorer.jobs.runs.import_run import import_run
from explorer.jobs.runs.train_run import resumed_run, run_training
from explorer.training.events import Finished


def networks() -> tuple[nn.Sequential, nn.Sequential]:
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))
    decoder = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())
    return encoder, decoder


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    encoder, decoder = networks()
    parts = {f"module.front.{name}": value for name, value in encoder.state_dict().items()}
    parts |= {f"module.back.{name}": value for name, value in decoder.state_dict().items()}
    torch.save({"state_dict": parts, "epoch": 7}, tmp_path / "net.pt")
    return tmp_path / "net.pt"


SETTINGS = {"data.source": "digits", "train.epochs": "1"}


def test_an_imported_run_encodes_and_decodes_as_the_other_program_does(weights: Path, tmp_path: Path) -> None:
    run = import_run(plan_import(ImportRequest(weights, SETTINGS)), tmp_path / "run")
    assert (run.state.status, run.state.step) == ("finished", 0)
    assert run.state.reason.startswith(
        "imported from net.pt: relu in hidden layers, sigmoid at the end, values from 0 to 1; squared error"
    )
    loaded = explorer.load(run.path)
    encoder, decoder = networks()
    x = torch.from_numpy(loaded.dataset().model_inputs())
    with torch.no_grad():
        z = encoder(x)
        decoded = decoder(z[:9]).numpy()
    latents = loaded.latents
    assert latents is not None
    np.testing.assert_allclose(latents.mean, z.numpy(), atol=1e-5)
    np.testing.assert_allclose(loaded.decode(z[:9].numpy()).reshape(9, 64) / 16, decoded, atol=1e-5)


def test_an_imported_run_can_be_trained_further(weights: Path, tmp_path: Path) -> None:
    run = import_run(plan_import(ImportRequest(weights, SETTINGS)), tmp_path / "run")
    before = explorer.load(run.path).evaluate("test").reconstruction
    events = list(run_training(resumed_run(run.path, epochs=3)))
    last = events[-1]
    assert isinstance(last, Finished) and last.status == "finished" and last.step > 0
    assert explorer.load(run.path).evaluate("test").reconstruction < before


def test_info_shows_no_epochs_that_were_not_trained(weights: Path, tmp_path: Path) -> None:
    run = import_run(plan_import(ImportRequest(weights, SETTINGS)), tmp_path / "run")
    assert training_row(run.path) == "imported, not trained by this program"
    assert run_info(run.path).replay_absent == "its weights were imported"
    for _ in run_training(resumed_run(run.path, epochs=3)):
        pass
    assert training_row(run.path).startswith("epochs 3, ")


def training_row(run: Path) -> str:
    lines = CliRunner().invoke(app, ["info", str(run)]).stdout.splitlines()
    return next(line.removeprefix("train ").strip() for line in lines if line.startswith("train "))


def test_weights_of_another_size_are_refused_and_nothing_is_written(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"net\.pt: .*none of them has the shape \(24, 64\)"):
        plan_import(ImportRequest(weights, {**SETTINGS, "model.hidden_widths": "24"}, "ae"))
    with pytest.raises(DataError, match="the file has 2 latent dimensions"):
        plan_import(ImportRequest(weights, {**SETTINGS, "model.latent_dim": "3"}))
    with pytest.raises(DataError, match="write --model ae"):
        plan_import(ImportRequest(weights, SETTINGS, "vae"))
    assert [path.name for path in tmp_path.iterdir()] == ["net.pt"]


def test_the_command_shows_the_pairs_and_makes_the_run(weights: Path, tmp_path: Path) -> None:
    words = ["import", str(weights), "--model", "ae", "--set", "model.hidden_widths=32", "--json"]
    out = tmp_path / "run"
    dry = CliRunner().invoke(app, [*words, "--dry-run", "--out", str(out)])
    assert dry.exit_code == 0 and not out.exists()
    assert json.loads(dry.stdout)["tensors"]["encoder.1.weight"] == "front.1.weight"
    made = CliRunner().invoke(app, [*words, "--out", str(out)])
    assert made.exit_code == 0, made.stderr
    assert "front.1.weight is used as encoder.1.weight" in made.stderr
    assert explorer.load(out).latent_dim == 2
    again = CliRunner().invoke(app, [*words, "--out", str(out)])
    assert again.exit_code == 2 and "already exists" in again.stderr


def test_a_hostile_file_is_one_line_on_standard_error(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return open, (str(tmp_path / "canary"), "w")

    torch.save({"a": Payload()}, tmp_path / "evil.pt")
    ended = CliRunner().invoke(app, ["import", str(tmp_path / "evil.pt"), "--out", str(tmp_path / "run")])
    assert ended.exit_code == 2
    assert ended.stderr.count("\n") == 1 and "could run code" in ended.stderr
    assert not (tmp_path / "canary").exists() and not (tmp_path / "run").exists()
