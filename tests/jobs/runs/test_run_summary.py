import json
import math
from dataclasses import asdict
from typing import get_args

import pytest

from explorer.config import RunConfig, set_values
from explorer.jobs.experiments.loss_group import groups_in
from explorer.jobs.runs.run_summary import SummaryStatus, summaries, summarise
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.state import this_process


@pytest.fixture
def folder(tmp_path, digits):
    """Return a folder with a tiny finished autoencoder and VAE, and a VAE whose trainer was killed."""
    for name, family in (("small-ae", "ae"), ("small-vae", "vae"), ("crashed", "vae")):
        config = RunConfig(model=catalog.family(family).config_type())
        config = set_values(config, {"model.hidden_widths": "8", "train.epochs": "2", "train.threads": "1"})
        for _ in run_training(new_run(config, tmp_path / name, dataset=digits, device="cpu")):
            pass
    state = tmp_path / "crashed" / "state.json"
    value = json.loads(state.read_text())
    value |= {"status": "training", "owner": {**asdict(this_process()), "process": 2**22 + 1}}
    state.write_text(json.dumps(value))
    return tmp_path


def test_summaries_are_read_from_small_files(folder):
    by_name = {run.name: run for run in summaries(folder)}
    vae = by_name["small-vae"]
    assert (vae.status, vae.family, vae.data, vae.epoch, vae.epochs, vae.latent_dim) == (
        "finished", "VAE", "digits", 2.0, 2, 2,
    )  # fmt: skip
    metrics = [metric for metric in open_run(vae.path).history.metrics if metric.split == "validation"]
    assert vae.loss == metrics[-1].terms["total"]
    assert vae.config == open_run(vae.path).config
    assert by_name["crashed"].status == "unfinished"


def test_a_run_that_is_being_trained_elsewhere_is_no_crash(folder):
    lock = open_run(folder / "crashed").acquire()
    assert summarise(folder / "crashed").status == "training"
    lock.release()
    assert summarise(folder / "crashed").status == "unfinished"


def test_a_killed_process_with_the_same_id_is_not_this_one(folder):
    state = folder / "crashed" / "state.json"
    here = this_process()
    state.write_text(json.dumps(json.loads(state.read_text()) | {"owner": asdict(here)}))
    assert summarise(folder / "crashed").status == "training"
    before = {**asdict(here), "heartbeat": here.heartbeat - 10**6}
    state.write_text(json.dumps(json.loads(state.read_text()) | {"owner": before}))
    assert summarise(folder / "crashed").status == "unfinished"


def test_a_damaged_run_is_listed_with_its_reason(folder):
    (folder / "small-ae" / "run.json").write_text("{")
    summary = summarise(folder / "small-ae")
    assert summary.status == "damaged" and "damaged" in summary.reason


ODD = ("text", "", None, [], {}, -1, True, 10**400, float("nan"), float("inf"), [1], {"a": 1}, "../up")


def parts_of(value, keys=()):
    """Yield the keys that lead to each part of a JSON value, beginning with the whole."""
    yield keys
    inner = value.items() if isinstance(value, dict) else enumerate(value[:12]) if isinstance(value, list) else ()
    for name, part in inner:
        yield from parts_of(part, (*keys, name))


def replaced(value, keys, part):
    """Return a copy of a JSON value with one part replaced."""
    if not keys:
        return part
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[keys[0]] = replaced(changed[keys[0]], keys[1:], part)
    return changed


@pytest.mark.parametrize("name", ["state.json", "run.json", "metrics.jsonl"])
def test_whatever_stands_in_a_run_s_files_hides_no_other_run(folder, name):
    file, whole = folder / "crashed" / name, (folder / "crashed" / name).read_text()
    value = json.loads(whole.splitlines()[-1] if name == "metrics.jsonl" else whole)
    if name == "run.json":
        value["group"] = {"identity": "g", "kind": "ladder", "member": "beta-1", "place": 0, "size": 2}
    elif name == "state.json":
        value["owner"] = {"host": "elsewhere", "process": 3, "heartbeat": 1.0}
    for keys in parts_of(value):
        for part in ODD:
            text = json.dumps(replaced(value, keys, part))
            file.write_text((whole if name == "metrics.jsonl" else "") + text + "\n")
            (run,) = summaries(folder / "nowhere", [folder / "crashed"])
            assert run.status in get_args(SummaryStatus), (keys, part)
            assert math.isfinite(run.epoch) and (run.loss is None or math.isfinite(run.loss)), (keys, part)
            assert isinstance(run.reason, str), (keys, part)
    file.write_text("[]\n")
    assert {run.name for run in summaries(folder)} == {"crashed", "small-ae", "small-vae"}
    groups_in(folder)


def test_a_fault_in_reading_a_run_is_said_of_that_run_alone(folder, monkeypatch):
    state = RunDirectory.state

    def broken(self):
        if self.name == "crashed":
            raise ZeroDivisionError("a slip of the reader")
        return state.fget(self)

    monkeypatch.setattr(RunDirectory, "state", property(broken))
    by_name = {run.name: run for run in summaries(folder)}
    assert by_name["crashed"].status == "damaged"
    assert by_name["crashed"].reason == "ZeroDivisionError: a slip of the reader"
    assert by_name["small-ae"].status == "finished"


@pytest.mark.parametrize("heartbeat", ["yesterday", None, True, float("nan"), -1.0])
def test_an_invalid_heartbeat_is_a_damaged_state(folder, heartbeat):
    state = folder / "crashed" / "state.json"
    value = json.loads(state.read_text())
    state.write_text(json.dumps(value | {"owner": {"host": "elsewhere", "process": 3, "heartbeat": heartbeat}}))
    summary = summarise(folder / "crashed")
    assert summary.status == "stopped" and "state.json is damaged" in summary.reason


def test_shipped_runs_come_once(folder):
    shipped = (folder / "small-ae",)
    assert len(summaries(folder, shipped)) == 3
    assert [run.name for run in summaries(folder / "nowhere", shipped)] == ["small-ae"]


def test_a_torn_last_line_of_the_curves_is_passed_over(folder):
    before = summarise(folder / "small-vae")
    with (folder / "small-vae" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 99, "epoch": 7.5, "spl')
    assert summarise(folder / "small-vae") == before
