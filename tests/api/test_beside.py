"""The window beside a program: what the positional arguments of `explorer.explore` are, and a machine without Qt."""

import sys
from pathlib import Path

import pytest

import explorer
from explorer.api.beside import split_given
from explorer.config import ConfigError
from explorer.runs.weights_choice import BEST, FINAL

VAE = Path(__file__).resolve().parents[2] / "checkpoints" / "digits-vae"


def test_runs_come_first_then_a_model_its_data_and_labels(tmp_path: Path) -> None:
    assert split_given(()) == ({}, None, None, None)
    assert split_given(("run", tmp_path)) == ({Path("run"): FINAL, tmp_path: FINAL}, None, None, None)
    # What follows a model is data, even if it is a name.
    assert split_given(("run", len, "digits", "label")) == ({Path("run"): FINAL}, len, "digits", "label")
    with pytest.raises(ConfigError, match=r"explorer\.explore\(model, data, labels\)"):
        split_given((len, 1, 2, 3))


def test_runs_open_with_the_weights_that_were_loaded() -> None:
    best = explorer.load(VAE, weights="best")
    assert split_given((best,))[0] == {VAE: BEST}
    assert split_given((f"{VAE}@best",))[0] == {VAE: BEST}
    with pytest.raises(ConfigError, match=r"digits-vae is given with the weights best and final, but a window shows"):
        split_given((best, VAE))


def test_without_qt_it_says_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "explorer.ui.notebook.user_window", None)
    with pytest.raises(ConfigError, match=r"the window needs Qt.*explorer\.plot draws figures without it"):
        explorer.explore()
