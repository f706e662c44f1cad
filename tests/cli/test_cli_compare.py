"""``compare`` on the two runs of the digits that ship, whose figures ship with them."""

import json
import shutil

import pytest
from command_cases import fail, succeed

from explorer.assets import shipped_runs


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return copies of the included runs, so that measured figures can be kept in them."""
    folder = tmp_path_factory.mktemp("runs")
    return [shutil.copytree(path, folder / path.name) for path in shipped_runs() if path.name.startswith("digits")]


def test_compare_prints_differences_and_marks_the_better_figure(runs, tmp_path):
    text = succeed("compare", *runs, "--out", tmp_path / "t.md")
    assert "overlap" in text.splitlines()[0] and "at the level of 5 %" in text
    (row,) = [row for row in text.splitlines() if row.startswith("silhouette ↑")]
    cells = row.split("at most 1")[1].split()
    assert cells[:7] == ["0.17", "±", "0.04", "0.29", "±", "0.04", "*"] and cells[7].startswith("+0.1")
    assert "digits-vae − digits-ae" in text
    assert "| **Autoencoder** |" in (tmp_path / "t.md").read_text(encoding="utf-8")
    values = json.loads(succeed("compare", *runs, "--json", "--out", tmp_path / "t.csv"))
    measured = [json.loads(succeed("evaluate", run, "--json")) for run in runs]
    for name, figure in values["figures"].items():
        assert figure["values"] == [one[name] for one in measured]
    assert "train.seed" not in (tmp_path / "t.csv").read_text(encoding="utf-8")
    assert "train.seed" in succeed("compare", *runs, "--all") or "Seed" in succeed("compare", *runs, "--all")


def test_faults_are_one_line(runs, tmp_path):
    assert "give at least two runs" in fail("compare", runs[0])
    assert ".csv, .md, .png, .svg or .pdf" in fail("compare", *runs, "--out", tmp_path / "t.txt")
    assert "not a run;" in fail("compare", runs[0], tmp_path)
