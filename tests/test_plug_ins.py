"""Plug-ins of installed packages that fail in every way cost nothing but themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_cases import succeed

from explorer.config import MODEL_CONFIGS
from explorer.data import catalog as datasets
from explorer.models import catalog as models

FAILING = {
    "leaves": "import sys; print('leaving'); sys.exit('good-bye')",
    "recurses": "def again(): again()\nagain()",
    "cancels": "import asyncio; raise asyncio.CancelledError('stopped')",
    "base": "class Odd(BaseException): pass\nraise Odd('odd')",
    "unreadable": "class Odd(Exception):\n    def __str__(self): raise KeyError('no text')\nraise Odd",
    "hungry": "raise MemoryError",
    "other_qt": "import PyQt99",
    "half": (
        "from explorer.data.catalog import register\n"
        "register('half-set', title='Half', summary='')(lambda config, context: None)\n"
        "from explorer.models.catalog import FAMILIES, register as enter\n"
        "from explorer.config import ModelConfig\n"
        "from explorer.models.latent_model import LatentModel\n"
        "enter('half-family', title='', short_title='', summary='', config=type('C', (ModelConfig,), {}),\n"
        "      resolve=lambda config, description: config)(type('Half', (LatentModel,), {'__module__': 'half'}))\n"
        "raise RuntimeError('half way')"
    ),
}
REASONS = {
    "leaves": "SystemExit: good-bye",
    "recurses": "RecursionError: maximum recursion depth exceeded",
    "cancels": "CancelledError: stopped",
    "base": "Odd: odd",
    "unreadable": "Odd: its message cannot be read",
    "hungry": "MemoryError:",
    "other_qt": "ModuleNotFoundError: No module named 'PyQt99'",
    "half": "RuntimeError: half way",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a distribution with one plug-in of each kind for each way to fail, and a good one."""
    good = "def load_mine(config, context): 'Mine.'"
    for name, source in {**FAILING, "good": good}.items():
        (tmp_path / f"plug_in_{name}.py").write_text(source)
    packaged = tmp_path / "plug_ins-1.0.dist-info"
    packaged.mkdir()
    (packaged / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-ins\nVersion: 1.0\n")
    lines = [f"{name} = plug_in_{name}" for name in FAILING]
    points = [
        "[latent_explorer.models]",
        *lines,
        "[latent_explorer.datasets]",
        *lines,
        "good = plug_in_good:load_mine",
    ]
    (packaged / "entry_points.txt").write_text("\n".join(points))
    datasets.names()
    monkeypatch.syspath_prepend(tmp_path)
    tables: list[dict[str, Any]] = [models.FAMILIES, models.PLUGIN_PROBLEMS, MODEL_CONFIGS, datasets._SOURCES]
    before = [dict(table) for table in tables]
    for cache in (models.load_plugins, datasets.fill_catalogue):
        cache.cache_clear()
    yield
    for table, was in zip(tables, before, strict=True):
        table.clear()
        table.update(was)
    for cache in (models.load_plugins, datasets.fill_catalogue):
        cache.cache_clear()


def test_what_a_plug_in_raises_on_import_costs_nothing_else(
    installed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    families = [family.name for family in models.families()]
    assert {"vae", "gan"} <= set(families) and "half-family" not in families
    assert {name: problem[: len(REASONS[name])] for name, problem in models.PLUGIN_PROBLEMS.items()} == REASONS
    listed = {line.name: line for line in datasets.describe_all()}
    assert not listed["digits"].problem and not listed["good"].problem and "half-set" not in listed
    assert {name: listed[name].problem[: len(REASONS[name])] for name in REASONS} == REASONS
    assert "leaving" not in capsys.readouterr().out


def test_the_listings_name_each_plug_in_that_failed_once(installed: None) -> None:
    for command in ("models", "datasets"):
        listing = succeed(command)
        assert [listing.count(REASONS[name]) for name in ("leaves", "base", "half")] == [1, 1, 1]


def test_damaged_metadata_of_a_package_costs_only_the_plug_ins(
    installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(group: str) -> None:
        raise KeyError("Name")

    for catalog in (models, datasets):
        monkeypatch.setattr(catalog, "entry_points", damaged)
    assert models.family("vae").name == "vae"
    assert models.PLUGIN_PROBLEMS == {"plug-ins": "the list of installed packages cannot be read (KeyError: 'Name')"}
    assert "digits" in datasets.names()
