import json
import shutil
from pathlib import Path

import pytest
from command_cases import fail, succeed
from typer.testing import CliRunner

from explorer.cli import app
from explorer.runs.run_directory import open_run
from explorer.runs.run_note import RunNote, write_note

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, source in (("small", "digits-ae"), ("second", "digits-vae")):
        shutil.copytree(CHECKPOINTS / source, tmp_path / "runs" / name)
    return tmp_path / "runs"


def listed(*words: object) -> list[dict[str, object]]:
    runs: list[dict[str, object]] = json.loads(succeed("runs", *words, "--json"))["runs"]
    return runs


def test_runs_are_listed_with_their_best_loss(folder: Path) -> None:
    runs = {run["name"]: run for run in listed("--folder", folder)}
    losses = open_run(folder / "second").history.curve("validation", "total")[1]
    assert set(runs) == {"small", "second"}
    second = runs["second"]
    assert second["best_loss"] == losses.min() and second["loss"] == losses[-1]
    assert second["bytes"] == sum(file.stat().st_size for file in (folder / "second").rglob("*") if file.is_file())
    assert (second["model"], second["data"], second["latent_dim"], second["status"]) == ("vae", "digits", 2, "finished")
    text = succeed("runs", "--folder", folder).splitlines()
    assert text[0].split() == ["name", "model", "data", "dim", "status", "epoch", "loss", "size", "created"]
    assert len(text) == 3 and f"{losses.min():.2f}" in "\n".join(text)
    assert all(len(line) <= 100 for line in text)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--model", "vae"), ["second"]),
        (("--model", "AE"), ["small"]),
        (("--data", "digits", "--sort", "name"), ["second", "small"]),
        (("--data", "mnist"), []),
        (("--status", "failed"), []),
        (("--status", "finished", "--sort", "loss"), ["small", "second"]),
        (("seco",), ["second"]),
        (("teaching",), ["small"]),
        (("--sort", "size"), ["second", "small"]),
    ],
)
def test_they_are_filtered_and_sorted(folder: Path, words: tuple[str, ...], names: list[str]) -> None:
    write_note(folder / "small" / "note.json", RunNote(tags=("Teaching",)))
    assert [run["name"] for run in listed("--folder", folder, *words)] == names


def test_included_runs_are_listed_and_stay(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(folder))
    runs = {run["name"]: run["included"] for run in listed()}
    assert runs["small"] is False and runs["digits-vae"] is True
    assert "included with the program" in fail("runs", "--remove", CHECKPOINTS / "digits-vae", "--yes")
    assert (CHECKPOINTS / "digits-vae" / "run.json").is_file()


def test_a_damaged_run_is_listed(folder: Path) -> None:
    (folder / "small" / "run.json").write_text("{", encoding="utf-8")
    runs = {run["name"]: run for run in listed("--folder", folder)}
    assert runs["small"]["status"] == "damaged" and runs["small"]["reason"] and runs["small"]["model"] is None
    assert "damaged" in succeed("runs", "--folder", folder)


def test_curves_that_are_too_large_hide_no_run(folder: Path) -> None:
    with (folder / "small" / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\n" * 1_000_001)
        file.write('{"step": 1, "epoch": 1.0, "split": "validation", "total": 1.0}\n')
    runs = {run["name"]: run for run in listed("--folder", folder)}
    assert runs["small"]["best_loss"] is None and runs["second"]["best_loss"] is not None


def test_runs_are_removed_after_a_question(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "add --yes" in fail("runs", "--folder", folder, "--remove", "small")
    monkeypatch.setattr("explorer.cli.runs.can_ask", lambda: True)
    words = ["runs", "--folder", str(folder), "--remove", "small"]
    refused = CliRunner().invoke(app, words, input="n\n")
    assert refused.exit_code == 130 and (folder / "small").is_dir()
    assert "Delete small (" in refused.stderr
    assert CliRunner().invoke(app, words, input="y\n").exit_code == 0
    assert [path.name for path in folder.iterdir()] == ["second"]


def test_several_are_removed_without_one(folder: Path) -> None:
    said = json.loads(succeed("runs", "--remove", folder / "small", "--remove", folder / "second", "--yes", "--json"))
    assert said["removed"] == [str(folder / "small"), str(folder / "second")] and said["bytes"] > 1e6
    assert not list(folder.iterdir())
    assert succeed("runs", "--folder", folder) == f"{folder}: no matching runs\n"


def test_a_run_in_training_or_an_unknown_one_removes_nothing(folder: Path) -> None:
    lock = open_run(folder / "small").acquire()
    try:
        assert "training this run" in fail("runs", "--remove", folder / "second", "--remove", folder / "small", "--yes")
    finally:
        lock.release()
    assert len(list(folder.iterdir())) == 2
    assert "not a run's folder, nor the name of a run in" in fail(
        "runs", "--folder", folder, "--remove", "nosuch", "--yes"
    )


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    assert "--status finish: did you mean finished?" in fail("runs", "--status", "finish")
    assert "--sort age: choose from date, name, loss, size" in fail("runs", "--sort", "age")
    assert "no such folder" in fail("runs", "--folder", tmp_path / "nosuch")
