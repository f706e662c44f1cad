"""Run directories: made, opened, listed, renamed, removed, locked, damaged."""

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from run_cases import CONFIG, DESCRIPTION, checkpoint, latents, make_run

from explorer.config import replace
from explorer.runs import files, run_directory, state
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import list_runs, remove_run, rename_run
from explorer.runs.state import RunState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "mine"


def names(path: Path) -> list[str]:
    return [file.name for file in open_run(path).checkpoint_paths()]


def test_a_new_run_opens_as_it_was_made(path: Path) -> None:
    make_run(path)
    run = open_run(path)
    assert (run.name, run.config, run.machine.threads, run.read_only) == ("mine", CONFIG, 1, False)
    assert (run.description.shape, run.description.fingerprint) == (DESCRIPTION.shape, DESCRIPTION.fingerprint)
    assert (run.state.status, run.newest_checkpoint(), run.latents(), run.history.metrics) == ("new", None, None, ())
    assert set(json.loads((path / "run.json").read_text())["versions"]) == {
        "latent-explorer",
        "python",
        "torch",
        "numpy",
    }
    with pytest.raises(RunError, match="trains and has saved no weights yet; the first save comes 30 s"):
        run.load_model()


def test_only_who_works_on_a_run_is_named_in_it(path: Path) -> None:
    run = make_run(path)
    assert run.state.owner is not None
    run.set_status("training")
    owner = run.state.owner
    assert owner is not None
    assert (owner.host, owner.process) == (socket.gethostname(), os.getpid())
    for status in ("stopped", "finished", "failed"):
        run.set_status(status)
        assert open_run(path).state.owner is None


def test_the_newest_model_is_loaded(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(5))
    run.save_checkpoint(checkpoint(10))
    model, step = open_run(path).load_model()
    assert step == 10
    assert not model.training
    assert all(torch.equal(model.state_dict()[key], value) for key, value in checkpoint(10).weights.items())
    run.save_latents(latents())
    assert open_run(path).latents() is not None


def test_the_last_three_the_best_and_the_final_checkpoint_are_kept(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(10, best_step=10), final=True)
    run.save_checkpoint(checkpoint(30, best_step=20), best=checkpoint(20, best_step=20))
    for step in range(40, 100, 10):
        run.save_checkpoint(checkpoint(step, best_step=20))
    assert names(path) == [f"step-000000{step}.safetensors" for step in (10, 20, 70, 80, 90)]
    state = open_run(path).state
    assert (state.newest, state.best, state.final) == tuple(f"step-000000{step}.safetensors" for step in (90, 20, 10))
    assert state.step == 90
    run.save_checkpoint(checkpoint(100, best_step=100), final=True)
    assert names(path) == [f"step-{step:08d}.safetensors" for step in (80, 90, 100)]


def test_steps_beyond_eight_digits_stay_in_order(path: Path) -> None:
    run = make_run(path)
    for step in (99_999_999, 100_000_000):
        run.save_checkpoint(checkpoint(step))
    (path / "step-x9.safetensors").write_bytes(b"other")
    assert open_run(path).newest_checkpoint().step == 100_000_000  # type: ignore[union-attr]


def test_a_kill_between_the_files_of_a_save_loses_no_best(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(10, best_step=10))

    def kill(path: Path, value: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(state, "replace_json", kill)
        with pytest.raises(KeyboardInterrupt):
            run.save_checkpoint(checkpoint(30, best_step=20), best=checkpoint(20, best_step=20))
    again = open_run(path)
    assert again.state.best == "step-00000010.safetensors"
    assert again.newest_checkpoint().best_step == 20  # type: ignore[union-attr]
    for step in (40, 50, 60, 70):
        again.save_checkpoint(checkpoint(step, best_step=20))
    assert again.state.best == "step-00000020.safetensors"
    assert (path / "step-00000020.safetensors").exists()


def test_the_best_of_a_broken_training_does_not_become_the_newest(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(30))
    run.save_best(checkpoint(20, best_step=20))
    assert (run.state.newest, run.state.best, run.state.step) == (
        "step-00000030.safetensors", "step-00000020.safetensors", 30,
    )  # fmt: skip


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(10))
    newest = run.save_checkpoint(checkpoint(20))
    newest.write_bytes(newest.read_bytes()[:-1])
    assert run.newest_checkpoint().step == 10  # type: ignore[union-attr]
    for file in run.checkpoint_paths():
        file.write_bytes(b"")
    with pytest.raises(RunError, match=r"step-00000020.*damaged"):
        run.newest_checkpoint()


def test_a_checkpoint_of_another_model_is_refused(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(10, weights={"encoder.1.weight": torch.zeros(2, 2)}))
    with pytest.raises(
        RunError, match=r"mine: the checkpoint does not match the run's config: tensor encoder.1.weight"
    ):
        run.load_model()


def test_existing_files_are_not_overwritten_unasked(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(10))
    with pytest.raises(RunError, match=r"already exists.*--overwrite"):
        make_run(path)
    assert names(path) == ["step-00000010.safetensors"]
    make_run(path, overwrite=True)
    assert names(path) == []


def test_overwriting_spares_what_is_no_run(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "thesis.txt").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(RunError):
            make_run(path, overwrite=overwrite)
    file = path / "thesis.txt"
    with pytest.raises(RunError):
        make_run(file, overwrite=True)
    with pytest.raises(RunError, match="cannot be written there"):
        make_run(file / "run")
    assert file.read_text() == "years of work"


def test_an_empty_folder_becomes_a_run(path: Path) -> None:
    path.mkdir(parents=True)
    make_run(path)
    assert open_run(path).state.status == "new"


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "oldest")):
        make_run(tmp_path / name)
        os.utime(tmp_path / name / "run.json", (1000 - age, 1000 - age))
    (tmp_path / "no run").mkdir()
    assert [path.name for path in list_runs(tmp_path)] == ["new", "old", "oldest"]
    assert list_runs(tmp_path / "nowhere") == []


def test_rename(path: Path) -> None:
    make_run(path)
    make_run(path.with_name("taken"))
    target = rename_run(path, "  a better name ")
    assert target == path.with_name("a better name")
    assert open_run(target).name == "a better name"
    assert rename_run(target, "a better name") == target
    with pytest.raises(RunError, match="taken already exists"):
        rename_run(target, "taken")
    for name in ("", " ", ".", "..", "../x", "a/b", "a\\b", "x" * 101, "c:d"):
        with pytest.raises(RunError, match="not a valid name for a run"):
            rename_run(target, name)


def test_remove(path: Path) -> None:
    make_run(path)
    remove_run(path)
    assert not path.exists()
    path.mkdir()
    with pytest.raises(RunError, match="not a run;"):
        remove_run(path)
    assert path.exists()


def test_a_shipped_run_is_read_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(path)
    monkeypatch.setattr(run_directory, "shipped_runs", lambda: [path])
    assert open_run(path).read_only
    for act in (
        lambda: open_run(path).acquire(),
        lambda: remove_run(path),
        lambda: rename_run(path, "other"),
        lambda: make_run(path, overwrite=True),
    ):
        with pytest.raises(RunError, match="read-only"):
            act()
    assert open_run(path).state.status == "new"


def test_a_folder_without_permission_to_write_is_read_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(path)
    monkeypatch.setattr(run_directory.os, "access", lambda *arguments: False)
    assert open_run(path).read_only


HOLD = """
import sys
from pathlib import Path
from explorer.runs.run_directory import RunDirectory, open_run
with open_run(Path(sys.argv[1])).acquire():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_is_locked_while_another_process_trains_it(path: Path) -> None:
    run = make_run(path)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        for act in (
            run.acquire,
            lambda: remove_run(path),
            lambda: rename_run(path, "other"),
            lambda: make_run(path, overwrite=True),
        ):
            with pytest.raises(RunError, match="is training this run"):
                act()
        assert open_run(path).state.status == "new"
        holder.kill()
    run.acquire().release()


def test_two_in_one_process_exclude_each_other(path: Path) -> None:
    run = make_run(path)
    with run.acquire(), pytest.raises(RunError, match=f"process {os.getpid()}"):
        open_run(path).acquire()


def test_what_a_kill_left_half_written_is_cleared_by_the_next_owner(path: Path) -> None:
    run = make_run(path)
    (path / ".step-00000010.safetensors.abc.part").write_bytes(b"half")
    run.acquire().release()
    assert not list(path.glob("*.part"))
    assert not list(path.glob(".*.part"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_in_mid_save_leaves_the_run_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(10))
    before = {file.name: file.read_bytes() for file in path.iterdir()}

    def fail(*arguments: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, "replace", fail)
    for act in (
        lambda: run.save_checkpoint(checkpoint(20), best=checkpoint(15)),
        lambda: run.save_latents(latents()),
        lambda: run.set_status("training"),
        lambda: run.set_config(replace(CONFIG, train=replace(CONFIG.train, epochs=7))),
    ):
        with pytest.raises(OSError, match=os.strerror(code)):
            act()
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert run.config == CONFIG


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"status": "dancing"}', b'{"step": "x"}', b'{"owner": 3}', b"[" * 100_000,
     b'{"surprise": 1}', b'{"best": "../../x"}'],
)  # fmt: skip
def test_a_damaged_state_is_rebuilt_from_the_checkpoints(path: Path, content: bytes) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(30, best_step=20), best=checkpoint(20, best_step=20))
    (path / "state.json").write_bytes(content)
    state = open_run(path).state
    assert state == RunState(
        "stopped", 30, "step-00000030.safetensors", "step-00000020.safetensors", reason=state.reason
    )
    assert "damaged" in state.reason
    run.set_status("training")
    assert json.loads((path / "state.json").read_text())["step"] == 30


def test_a_run_with_only_its_config_intact_is_reported(path: Path) -> None:
    run = make_run(path)
    run.save_checkpoint(checkpoint(30)).write_bytes(b"")
    (path / "state.json").write_bytes(b"")
    state = open_run(path).state
    assert (state.status, state.newest) == ("failed", None)
    assert "all checkpoints are damaged" in state.reason


def with_transform(header: dict[str, Any], **changes: Any) -> dict[str, Any]:
    data = header["data"]
    return {**header, "data": {**data, "transform": {**data["transform"], **changes}}}


def test_unreadable_curves_are_reported(path: Path) -> None:
    run = make_run(path)
    (path / "metrics.jsonl").mkdir()
    with pytest.raises(RunError, match=r"metrics.jsonl: a folder in place of a file"):
        _ = run.history


def test_a_full_disk_leaves_no_half_made_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunDirectory, "set_status", full)
    with pytest.raises(RunError, match=r"cannot be written there \(No space"):
        make_run(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: [], "format None"),
        (lambda header: {**header, "format": 99}, "has format 99, but this program reads format 1"),
        (lambda header: {key: value for key, value in header.items() if key != "data"}, "'data' is missing"),
        (lambda header: {**header, "config": []}, "needs a model section"),
        (lambda header: {**header, "data": {}}, "run.json"),
        (lambda header: {**header, "data": 3}, "run.json"),
        (lambda header: {**header, "machine": {"gpu": 1}}, "run.json"),
        (lambda header: {**header, "machine": None}, "run.json"),
        (lambda header: {**header, "machine": {"device": None}}, "machine.device is None"),
        (lambda header: {**header, "machine": {"threads": 10**9}}, "machine.threads is 1000000000"),
        (lambda header: {**header, "versions": "x"}, "run.json"),
        (lambda header: with_transform(header, scale=0.0), "transform is not finite and positive"),
        (lambda header: with_transform(header, offset=1e308), "transform is not finite and positive"),
        (lambda header: with_transform(header, offset=[1.0] * 4), r"transform has shape \(4,\)"),
    ],
)
def test_a_run_json_that_does_not_fit_is_refused(path: Path, change: Any, message: str) -> None:
    make_run(path)
    file = path / "run.json"
    file.write_text(json.dumps(change(json.loads(file.read_text()))))
    with pytest.raises(RunError, match=message):
        open_run(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000])
def test_a_damaged_run_json_is_reported(path: Path, content: bytes) -> None:
    make_run(path)
    (path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run.json: damaged"):
        open_run(path)


def test_a_folder_that_is_not_a_run_is_reported(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match="not a run;"):
            open_run(folder)


def test_train_further_changes_the_config_on_disk(path: Path) -> None:
    run = make_run(path)
    longer = replace(CONFIG, train=replace(CONFIG.train, epochs=99))
    run.set_config(longer)
    assert open_run(path).config == longer == run.config
