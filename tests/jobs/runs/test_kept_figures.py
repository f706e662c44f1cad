import json
import shutil
from dataclasses import replace

import pytest
from job_cases import config_of, pictures, trained

from explorer.jobs.reports.run_info import run_info
from explorer.jobs.runs import kept_figures as module
from explorer.jobs.runs.kept_figures import (
    all_kept,
    distinct_names,
    evaluate_run,
    keep_figures,
    kept_figures,
    measure_and_keep,
)
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.jobs.runs.train_run import resumed_run, run_training
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.steps import at_once
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.weights_choice import WeightsChoice


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def path(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run")


def measured(path, samples=2, split="test"):
    return at_once(measure_and_keep(path, split, dataset=pictures(), importance_samples=samples))


def test_figures_are_kept_as_they_were_measured(path):
    assert kept_figures(path) is None
    kept = measured(path)
    model, step = open_run(path).load_model()
    assert kept.figures == evaluate(model, pictures(), importance_samples=2)
    assert (kept.step, kept.requested_draws) == (step, 2)
    assert kept_figures(path) == kept
    assert kept_figures(path, importance_samples=64) is None and kept_figures(path, "train") is None


def test_figures_with_the_most_draws_are_shown(path):
    measured(path, 4), measured(path, 0), measured(path, 0, "train")
    assert kept_figures(path).requested_draws == 4
    assert kept_figures(path, "test", 0).figures.log_likelihood is None
    assert len(all_kept(open_run(path))) == 3
    measured(path, 4)
    assert len(all_kept(open_run(path))) == 3


def test_figures_of_older_weights_stay_as_long_as_these(path):
    older = measured(path)
    for _ in run_training(resumed_run(path, epochs=6, dataset=pictures(), device="cpu")):
        pass
    assert kept_figures(path) is None
    kept, before = measured(path, 0), WeightsChoice("step", older.step)
    assert (kept_figures(path), kept_figures(path, weights=before)) == (kept, older)
    assert open_for_viewing(path, weights=before).run.current_figures == older
    (path / f"step-{older.step:08d}.safetensors").unlink()
    measured(path, 0)
    assert [entry["of"]["step"] for entry in json.loads((path / "figures.json").read_text())["entries"]] == [kept.step]
    assert kept_figures(path, weights=before) is None


@pytest.mark.parametrize(
    ("part", "value"), [("weights", "0" * 64), ("data", "other"), ("figures_version", 0), ("step", "1")]
)
def test_figures_of_other_weights_data_or_definitions_are_stale(path, part, value):
    measured(path)
    file = path / "figures.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    found["entries"][0]["of"][part] = value
    file.write_text(json.dumps(found), encoding="utf-8")
    assert kept_figures(path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"format": 2}', '{"format": 1}', '{"format": 1, "entries": [3]}']
)
def test_a_damaged_file_is_measured_again(path, text):
    (path / "figures.json").write_text(text, encoding="utf-8")
    assert kept_figures(path) is None
    kept = measured(path)
    assert kept_figures(path) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [("mse", "1"), ("mse", None), ("mse", 10**400), ("overlap_matrix", [[1]]), ("samples", -0.5)],
)
def test_damaged_figures_are_left_out(path, name, value):
    measured(path)
    file = path / "figures.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    if value is None:
        del found["entries"][0]["figures"][name]
    else:
        found["entries"][0]["figures"][name] = value
        if name == "overlap_matrix":
            found["entries"][0]["figures"][name] = [[0.5, 7.0], [0.0, 1.0]]
    file.write_text(json.dumps(found), encoding="utf-8")
    assert kept_figures(path) is None


def test_a_read_only_run_keeps_them_in_the_users_cache(path, monkeypatch):
    monkeypatch.setattr("explorer.runs.run_directory._is_read_only", lambda path: True)
    kept = measured(path)
    assert not (path / "figures.json").exists()
    assert kept_figures(path) == kept


def test_figures_are_returned_even_if_they_cannot_be_written(path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_entry", full)
    assert measured(path).figures.mse > 0
    assert kept_figures(path) is None


def test_figures_of_weights_that_are_no_longer_the_newest_are_not_kept(path):
    run = open_run(path)
    figures = measured(path).figures
    (path / "figures.json").unlink()
    keep_figures(run, figures, step=1, requested_draws=2)
    assert kept_figures(path) is None


def test_evaluate_reports_whether_figures_were_kept(path, monkeypatch):
    first = at_once(evaluate_run(path, dataset=pictures(), importance_samples=2))
    assert not first.was_kept and first.classes == ("a", "b", "c")
    again = at_once(evaluate_run(path, importance_samples=2))  # it needs no data
    assert again == replace(first, was_kept=True)
    again = at_once(evaluate_run(path, dataset=pictures(), importance_samples=2, anew=True))
    assert not again.was_kept and again.figures == first.figures
    matrix = json.loads(json.dumps(again.to_json()))["overlap_matrix"]
    assert list(matrix) == ["a", "b", "c"] and sum(matrix["a"].values()) == pytest.approx(1)


def test_classes_with_one_name_are_distinguished():
    assert distinct_names(("x", "y", "x"), 4) == ("x (0)", "y", "x (2)", "3")


def test_an_opened_run_has_its_figures(path):
    assert open_for_viewing(path).run.figures is None
    kept = measured(path)
    run = open_for_viewing(path).run
    assert run.current_figures == kept
    assert replace(run, step=run.step + 1).current_figures is None


def test_info_tells_of_them(path):
    assert run_info(path).to_json()["figures"] == []
    kept = measured(path)
    (one,) = run_info(path).to_json()["figures"]
    assert one == {"split": "test", "importance_samples": 2, "step": kept.step, "measured": kept.measured}


def test_a_run_without_weights_keeps_none(tmp_path):
    from explorer.jobs.runs.train_run import new_run

    job = new_run(config_of(), tmp_path / "new", dataset=pictures(), device="cpu")
    assert isinstance(job.run, RunDirectory) and kept_figures(job.run.path) is None
