"""The figures of the included runs of the digits equal those of a script that uses only the exported codes."""

import importlib.util
import json
from pathlib import Path

import pytest
from command_cases import succeed

from explorer.assets import shipped_runs

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "check_figures.py"
CHECKED = {
    "digits-ae": {"knn_accuracy", "overlap", "silhouette", "extent", "anisotropy", "hull_holes", "overlap_matrix"},
    "digits-vae": {
        "kl",
        "active_units",
        "mutual_information",
        "aggregate_kl",
        "aggregate_mmd",
        "prior_holes",
        "overlap",
    },
}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check_figures", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return what the script is given: codes and figures of each run, as the commands write them."""
    folder = tmp_path_factory.mktemp("figures")
    for path in shipped_runs():
        succeed("encode", path, "--out", folder / f"{path.name}.npz")
        (folder / f"{path.name}.json").write_text(succeed("evaluate", path, "--json"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", CHECKED)
def test_the_figures_of_both_runs_agree(script, written, name, capsys):
    assert script.main([str(written / f"{name}.npz"), str(written / f"{name}.json")]) == 0
    printed = capsys.readouterr().out
    assert {line.split()[0] for line in printed.splitlines()} >= CHECKED[name]
    assert printed.endswith(f"{name}: all agree\n")


@pytest.mark.parametrize(
    ("figure", "off"), [("overlap", 0.02), ("hull_holes", 0.02), ("kl", 0.01), ("aggregate_mmd", 0.1)]
)
def test_a_figure_that_is_off_is_found(script, written, tmp_path, capsys, figure, off):
    figures = json.loads((written / "digits-vae.json").read_text(encoding="utf-8"))
    figures[figure] += off
    (tmp_path / "f.json").write_text(json.dumps(figures), encoding="utf-8")
    assert script.main([str(written / "digits-vae.npz"), str(tmp_path / "f.json")]) == 1
    assert f"these disagree: {figure}" in capsys.readouterr().out


def test_it_imports_nothing_of_the_program():
    source = SCRIPT.read_text(encoding="utf-8")
    assert "import explorer" not in source and "from explorer" not in source and "torch" not in source
