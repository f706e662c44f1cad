"""Results of two trees are compared: equal ones pass, and every difference is named."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
RESULTS = {
    "weights": {"ae": {"w": "1", "b": "2"}, "gone": {"w": "1"}, "broken": {"error": "no such data"}},
    "figures": {"ae": {"mse": 1.0, "kl": None, "measured": "yesterday"}},
    "pictures": ["start"],
}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    spec = importlib.util.spec_from_file_location("compare_with", ROOT / "tools" / "compare_with.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "compare_with", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for side in ("before", "after"):
        (tmp_path / side / "pictures").mkdir(parents=True)
        Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(tmp_path / side / "pictures" / "start.png")
    return tmp_path


def test_equal_results_are_equal(script, pictures: Path):
    after = {**RESULTS, "figures": {"ae": {"mse": 1.0, "kl": None, "measured": "today", "new": 2.0}}}
    rows = {row.what: row for row in script.compare(RESULTS, after, pictures)}
    assert rows["weights ae"].equal and rows["figures ae"].equal and rows["picture start"].equal
    assert "new: new" in rows["figures ae"].words
    assert rows["weights broken"].equal is None and "trains in neither" in rows["weights broken"].words


def test_what_differs_is_named(script, pictures: Path):
    after = {
        "weights": {"ae": {"w": "1", "b": "3"}, "added": {"w": "1"}},
        "figures": {"ae": {"mse": 1.5, "kl": None}},
        "pictures": ["start", "other"],
    }
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[0, 0] = 9
    Image.fromarray(pixels).save(pictures / "after" / "pictures" / "start.png")
    rows = {row.what: row for row in script.compare(RESULTS, after, pictures)}
    assert rows["weights ae"].equal is False and "first b" in rows["weights ae"].words
    assert rows["weights gone"].equal is rows["weights added"].equal is None
    assert rows["figures ae"].equal is False and "mse 1.0 → 1.5" in rows["figures ae"].words
    assert rows["picture start"].words == "5.00 % of the pixels differ"
    with Image.open(pictures / "start.png") as kept:
        assert kept.size == (15, 4)
    assert rows["picture other"].words == "in one of the two alone"
    assert "DIFFERS" in script.table(list(rows.values()))


def test_reasons_may_be_reworded_but_not_lost(script, tmp_path: Path):
    def figures(**reasons: str) -> dict[str, object]:
        return {"weights": {}, "figures": {"ae": {"mse": 1.0, "not_defined": reasons}}, "pictures": []}

    (row,) = script.compare(figures(kl="old words"), figures(kl="new words", added="why"), tmp_path)
    assert row.equal and "reasons reworded" in row.words
    (row,) = script.compare(figures(kl="old words"), figures(added="why"), tmp_path)
    assert row.equal is False
