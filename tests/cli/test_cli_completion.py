"""What the shells offer at the tab key, and how fast."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.cli.shell import completion
from explorer.config import describe_fields
from explorer.models import catalog

PROGRAM = """
import sys
sys.argv = ["latent-explorer"]
from explorer.cli import app
try:
    app(prog_name="latent-explorer")
finally:
    assert "torch" not in sys.modules and "PySide6" not in sys.modules
"""
VARIABLE = "_LATENT_EXPLORER_COMPLETE"


def program(folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=800, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache folder with the names in it, as after the first tab key."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(completion.platformdirs, "user_cache_path", lambda *_, **__: folder / "latent-explorer")
    assert dict(completion.model_names("va"))["vae"]
    assert (folder / "latent-explorer" / "completion.json").is_file()
    return folder


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ev", ["evaluate"]),
        ("train --lat", ["--latent-dim"]),
        ("train --model va", ["vae", "vamp-vae"]),
        ("train --set model.be", ["model.beta="]),
        ("train --data di", ["digits"]),
        ("info ", ["here/", "runs/", "runs/mine"]),
        ("info runs/m", ["runs/mine"]),
        ("info ./ru", ["./runs/"]),
        ("runs --status fi", ["finished"]),
        ("path x --method sp", ["spherical", "spline"]),
    ],
)
def test_the_tab_key_offers_without_torch(line: str, offered: list[str], tmp_path: Path, cache: Path) -> None:
    (tmp_path / "work" / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "work" / "here").mkdir()
    (tmp_path / "work" / "runs" / "mine" / "run.json").write_text("{}", encoding="utf-8")
    found = program(
        tmp_path / "work",
        **{VARIABLE: "complete_bash", "COMP_WORDS": f"latent-explorer {line}", "COMP_CWORD": str(len(line.split(" ")))},
        XDG_CACHE_HOME=str(cache),
        LATENT_EXPLORER_RUNS=str(tmp_path / "work" / "runs"),
    ).split()
    # Included runs are offered too, by their whole paths.
    assert [one for one in found if not one.startswith("/")] == offered


def test_the_kept_names_are_those_of_the_catalogue(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "_read_catalogue", lambda: pytest.fail("read again"))
    assert [name for name, _ in completion.model_names("")] == [family.name for family in catalog.families()]
    keys = {key for key, _ in completion.setting_keys("model.")}
    assert keys == {f"model.{one.name}=" for each in catalog.families() for one in describe_fields(each.config_type)}
    file = cache / "latent-explorer" / "completion.json"
    monkeypatch.setattr(completion, "_read_catalogue", lambda: {"models": [("other", "")], "settings": []})
    for damaged in ("{", "[]", '{"key": []}'):
        file.write_text(damaged, encoding="utf-8")
        assert completion.model_names("") == [("other", "")]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(completion.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "file" / "x")
    assert completion.model_names("vae")
    assert completion.run_folders("nowhere/") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_shell_gets_a_script(shell: str, tmp_path: Path) -> None:
    script = program(tmp_path, **{VARIABLE: f"source_{shell}"})
    assert "latent-explorer" in script and VARIABLE in script
