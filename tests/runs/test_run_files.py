"""Files of a run folder are checked like those of a stranger: links, pipes, sizes and types."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from run_cases import checkpoint, latents, make_run

from explorer.data.reading.limits import SMALL_JSON_BYTES
from explorer.jobs.runs.run_summary import summaries
from explorer.runs.checkpoint import read_checkpoint, write_checkpoint
from explorer.runs.files import RunError, append_text, path_inside, read_json
from explorer.runs.history import Metric
from explorer.runs.latents import read_latents, write_latents
from explorer.runs.replay import drop_frames, read_replay, write_frame
from explorer.runs.run_directory import open_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there, and pipes have no path")
METRIC = Metric(1, 1.0, "train", {"total": 1.0}, seconds=1.0)
LINK, PIPE = "a link that leads out of the folder of the run", "a pipe in place of a file"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    for name in ("metrics.jsonl", "times.jsonl", ".lock", "step-00000001.safetensors"):
        (tmp_path / "outside" / name).write_text("precious\n")
    run = make_run(tmp_path / "run")
    run.save_checkpoint(checkpoint(12))
    run.set_status("finished")
    return tmp_path


@pytest.mark.parametrize("name", ["metrics.jsonl", "times.jsonl"])
def test_curves_are_not_appended_through_a_link(folder: Path, name: str) -> None:
    (folder / "run" / name).symlink_to(folder / "outside" / name)
    with pytest.raises(RunError, match=f"{name}: {LINK}"):
        open_run(folder / "run").append_metrics([METRIC])
    assert (folder / "outside" / name).read_text() == "precious\n"


def test_a_linked_replay_is_neither_read_nor_written_nor_emptied(folder: Path) -> None:
    (folder / "run" / "replay").symlink_to(folder / "outside")
    (folder / "outside" / ".x.part").write_text("precious")
    before = sorted(folder.glob("outside/*"))
    run = open_run(folder / "run")
    weights = checkpoint(1).weights
    for act in (run.acquire, lambda: run.replay, lambda: write_frame(run.replay_folder, 1, 1.0, weights, None)):
        with pytest.raises(RunError, match=f"replay: {LINK}"):
            act()
    assert sorted(folder.glob("outside/*")) == before


def test_frames_that_link_out_are_left_out_and_kept(folder: Path) -> None:
    run = open_run(folder / "run")
    write_frame(run.replay_folder, 2, 1.0, checkpoint(2).weights, None)
    (run.replay_folder / "step-00000001.safetensors").symlink_to(folder / "outside" / "step-00000001.safetensors")
    replay = read_replay(run.replay_folder)
    assert [frame.step for frame in replay.frames] == [2] and LINK in replay.damaged[0]
    drop_frames(replay.frames)
    assert (folder / "outside" / "step-00000001.safetensors").read_text() == "precious\n"


def test_a_lock_does_not_empty_the_file_that_it_links_to(folder: Path) -> None:
    (folder / "run" / ".lock").unlink(missing_ok=True)
    (folder / "run" / ".lock").symlink_to(folder / "outside" / ".lock")
    with pytest.raises(RunError, match=LINK):
        open_run(folder / "run").acquire()
    assert (folder / "outside" / ".lock").read_text() == "precious\n"


@pytest.mark.parametrize("name", ["run.json", "state.json", "metrics.jsonl", "step-00000012.safetensors"])
@pytest.mark.parametrize(("make", "words"), [(os.mkfifo, PIPE), (lambda path: path.symlink_to("/dev/zero"), LINK)])
def test_pipes_and_devices_are_refused_and_hide_no_other_run(
    folder: Path, name: str, make: Callable[[Path], None], words: str
) -> None:
    make_run(folder / "good").set_status("finished")
    (folder / "run" / name).unlink(missing_ok=True)
    make(folder / "run" / name)
    listed = {run.name: run for run in summaries(folder)}
    assert listed["good"].status == "finished"
    if name == "metrics.jsonl":
        assert listed["run"].status == "damaged" and words in listed["run"].reason
    with pytest.raises(RunError, match=f"{name}: {words}"):
        run = open_run(folder / "run")
        _ = run.state, run.history, run.checkpoint_of()


def test_links_within_a_run_and_to_a_run_are_followed(folder: Path) -> None:
    (folder / "run" / "state.json").rename(folder / "run" / "kept.json")
    (folder / "run" / "state.json").symlink_to("kept.json")
    (folder / "linked").symlink_to(folder / "run")
    os.link(folder / "outside" / "metrics.jsonl", folder / "run" / "metrics.jsonl")
    run = open_run(folder / "linked")
    run.append_metrics([METRIC])
    assert (run.status, len(run.history.metrics)) == ("finished", 1)
    assert path_inside(run.path / "state.json", run.path) == folder / "run" / "kept.json"


def test_appended_text_begins_on_a_line_of_its_own(tmp_path: Path) -> None:
    for text in ("a\n", "b", "c\n"):
        append_text(tmp_path / "x", text)
    assert (tmp_path / "x").read_bytes() == b"a\nb\nc\n"


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b" " * (SMALL_JSON_BYTES.default + 1), RunError, "the limit is .* LATENT_EXPLORER_MAX_SMALL_JSON_BYTES"),
        (b"[" + b"1," * 400_000 + b"1]", RunError, "LATENT_EXPLORER_MAX_JSON_VALUES"),
        (b"[" * 500_000, ValueError, "nested too deeply"),
        (b"\xff\xfe{}", ValueError, "utf-8"),
    ],
    ids=["size", "values", "depth", "text"],
)
def test_json_has_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[Exception], words: str
) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_MAX_JSON_VALUES", "399999" if b"1," in content else "")
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(error, match=words):
        read_json(tmp_path / "x.json", SMALL_JSON_BYTES)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_and_older_ones_are_used(folder: Path, value: float) -> None:
    run = open_run(folder / "run")
    name, tensor = next(iter(checkpoint(24).weights.items()))
    broken = checkpoint(24, weights={**checkpoint(24).weights, name: torch.full_like(tensor, value)})
    run.save_checkpoint(broken)
    with pytest.raises(RunError, match=f"the tensor {name} has values that are not finite"):
        read_checkpoint(run.path / "step-00000024.safetensors")
    assert run.checkpoint_of()[0].step == 12


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("step", -1, "its step is -1"),
        ("config", [], "it has no config"),
        ("best_step", "a", "its best step"),
        ("best_loss", "a", "its best loss"),
    ],
)
def test_a_checkpoint_with_wrong_types_is_refused(tmp_path: Path, field: str, value: object, words: str) -> None:
    # The checksum fits, as that of a stranger may.
    write_checkpoint(tmp_path / "x", replace(checkpoint(12), **{field: value}))  # type: ignore[arg-type]
    with pytest.raises(RunError, match=words):
        read_checkpoint(tmp_path / "x")


def test_a_checkpoint_with_far_more_numbers_than_the_model_is_not_read(folder: Path) -> None:
    path = folder / "run" / "step-00000012.safetensors"
    write_checkpoint(path, checkpoint(12, optimizer={"x/exp_avg": torch.zeros(2_000_000)}))
    with pytest.raises(RunError, match="2,000,063 numbers, but the model of the run has 63 weights"):
        open_run(folder / "run").checkpoint_of()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"class_names": "abc"}, "class_names must be a list of texts"),
        ({"class_names": ["a"] * 100_001}, "LATENT_EXPLORER_MAX_CLASS_NAMES"),
        ({"kind": "image"}, "kind is 'image', and its shape"),
        ({"shape": [2**40]}, "shape"),
        ({"shape": "333"}, "shape must be a list of numbers"),
        ({"value_range": [1]}, "value_range"),
        ({"axis": "t"}, "axis must be an object"),
        ({"axis": {"name": "t", "unit": "s", "values": [1]}}, "axis has"),
        ({"transform": []}, "transform must be an object"),
    ],
)
def test_a_description_with_wrong_types_is_refused_by_the_name_of_the_field(
    folder: Path, changes: dict[str, object], words: str
) -> None:
    file = folder / "run" / "run.json"
    header = json.loads(file.read_text())
    file.write_text(json.dumps({**header, "data": {**header["data"], **changes}}))
    with pytest.raises(RunError, match=words):
        open_run(folder / "run")


def test_codes_with_labels_of_a_billion_classes_are_refused(tmp_path: Path) -> None:
    codes = latents()
    assert codes.labels is not None
    codes.labels[0] = 10**9
    write_latents(tmp_path / "latents.npz", codes)
    with pytest.raises(RunError, match="the labels are"):
        read_latents(tmp_path / "latents.npz")


def test_curves_of_another_number_of_dimensions_have_no_kl_per_dimension(folder: Path) -> None:
    run = open_run(folder / "run")
    run.append_metrics([Metric(1, 1.0, "validation", {"total": 1.0}, (0.5,) * 9), METRIC])
    run.append_metrics([Metric(2, 2.0, "validation", {"total": 1.0}, (0.5,) * run.config.model.latent_dim)])
    assert [metric.kl_per_dimension and len(metric.kl_per_dimension) for metric in run.history.metrics] == [
        None,
        None,
        2,
    ]


def test_times_too_large_for_a_float_are_skipped(folder: Path) -> None:
    run = open_run(folder / "run")
    run.append_metrics([METRIC])
    append_text(run.path / "times.jsonl", f'{{"step": 1, "seconds": {10**400}}}\n')
    assert run.history.metrics[0].seconds == 1.0
