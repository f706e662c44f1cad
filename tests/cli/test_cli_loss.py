"""``ablate`` and ``ladder``, from the command line to the report."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from json_schema import documented
from typer.testing import CliRunner

from explorer.cli import app
from explorer.models.latent_model import Batch, Losses
from explorer.models.variational.vae import Vae
from explorer.runs.run_directory import open_run

FAST = (
    "--epochs",
    "1",
    "--threads",
    "1",
    "--device",
    "cpu",
    "--set",
    "model.hidden_widths=8",
    "--set",
    "train.fraction=0.1",
)


def call(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("command", "names"),
    [
        (("ablate", "--with-autoencoder"), ["only-kl", "only-reconstruction", "both", "autoencoder"]),
        (("ladder", "--betas", "4,0.5"), ["beta-0.5", "beta-4"]),
    ],
)
def test_all_runs_are_trained_and_reported(command: tuple[str, ...], names: list[str], tmp_path: Path) -> None:
    code, out, _ = call(*command, "--out", tmp_path, *FAST, "--json")
    values = documented(command[0], out)
    assert code == 0 and [run["member"] for run in values["runs"]] == names
    assert all(open_run(tmp_path / name).state.status == "finished" for name in names)
    assert {"schema_version": 2, **json.loads((tmp_path / "report.json").read_text())} == values
    assert all(line in (tmp_path / "report.md").read_text() for line in values["words"])
    code, out, err = call(*command, "--out", tmp_path, *FAST)  # nothing is trained twice
    assert code == 0 and all(line in out for line in values["words"])
    assert f"1/{len(names)}" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ladder", "--betas", "1,x"), "'x' is not a number"),
        (("ladder", "--betas", "1"), "2 to 24 values"),
        (("ladder", "--betas", "1,-1"), "model.beta"),
        (("ablate", "--model", "ae"), "choose one of vae"),
        (("ablate", "--set", "model.beta=0"), "needs a loss with both terms"),
        (("ablate", "--data", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_line(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    code, out, err = call(*words, "--out", tmp_path / "x", *FAST[:6])
    assert code == 2 and out == "" and len(err.splitlines()) == 1 and message in err
    assert not (tmp_path / "x").exists()


def test_other_settings_are_refused_unless_the_old_runs_are_overwritten(tmp_path: Path) -> None:
    assert call("ladder", "--betas", "1,2", "--out", tmp_path, *FAST)[0] == 0
    code, _, err = call("ladder", "--betas", "1,2", "--out", tmp_path, *FAST, "--seed", 3)
    assert code == 2 and "--overwrite" in err and len(err.splitlines()) == 1
    assert call("ladder", "--betas", "1,2", "--out", tmp_path, *FAST, "--seed", 3, "--overwrite")[0] == 0
    assert open_run(tmp_path / "beta-1").config.train.seed == 3


def test_a_training_that_fails_leaves_the_others_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Vae.losses

    def without_kl_no_number(model: Vae, batch: Batch) -> Losses:
        losses = whole(model, batch)
        diverges = model.config.beta == 0 and torch.is_grad_enabled()
        return replace(losses, total=losses.total * float("nan")) if diverges else losses

    monkeypatch.setattr(Vae, "losses", without_kl_no_number)
    code, out, err = call("ablate", "--out", tmp_path, *FAST, "--json")
    assert code == 2 and "1 of 3 trainings failed: only reconstruction" in err.splitlines()[-1]
    assert "the loss is no longer a number" in err
    assert [run["epoch"] for run in json.loads(out)["runs"]] == [1, 0, 1]
    sentences = [line for line in json.loads(out)["words"] if "Training is not finished" in line]
    assert len(sentences) == 1 and sentences[0].startswith("Only reconstruction")
    assert open_run(tmp_path / "both").state.status == "finished"
    monkeypatch.undo()
    code, out, _ = call("ablate", "--out", tmp_path, *FAST, "--json")  # the same command resumes
    assert code == 0 and "not been trained" not in out
