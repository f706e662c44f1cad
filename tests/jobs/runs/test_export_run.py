"""Exports in a process of its own."""

from pathlib import Path

import pytest
from safetensors import safe_open

from explorer.assets import shipped_runs
from explorer.config import ConfigError
from explorer.jobs.runs.export_run import export_run


def test_an_export_in_a_child_process(tmp_path: Path) -> None:
    run = next(path for path in shipped_runs() if path.name == "digits-ae")
    (tmp_path / "w.safetensors").write_text("old")
    export_run(run, tmp_path / "w.safetensors")
    with safe_open(tmp_path / "w.safetensors", "pt") as file:
        assert file.metadata()["run"] == "digits-ae"


def test_its_error_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^\S+none: not a run"):
        export_run(tmp_path / "none", tmp_path / "x.safetensors")
