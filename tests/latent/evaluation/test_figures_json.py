"""Figures to and from JSON, and values that are NaN or infinite."""

import json
from dataclasses import replace

import pytest

from explorer.latent.evaluation.evaluate import _figures
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.measure import Absent

FIGURES = Figures(
    "test",
    10,
    mse=1.5,
    active_units=2,
    overlap_matrix=((0.75, 0.25), None),
    not_defined={"kl": "why"},
    note="note",
)


def test_figures_come_back_from_json() -> None:
    assert Figures.from_json(json.loads(json.dumps(FIGURES.to_json()))) == FIGURES
    without = replace(FIGURES, overlap_matrix=None)
    assert Figures.from_json(without.to_json()) == without


@pytest.mark.parametrize(
    ("name", "value"),
    [("mse", float("nan")), ("mse", "1"), ("mse", True), ("active_units", 1.5), ("samples", None), ("not_defined", [])],
)
def test_what_is_no_figure_is_refused(name, value) -> None:
    with pytest.raises(ValueError, match=name):
        Figures.from_json({**FIGURES.to_json(), name: value})


@pytest.mark.parametrize("value", [None, [], [1], "text", {"mse": []}, {"mse": None}, {"mse": {"count": 3}}])
def test_damaged_values_of_samples_are_refused(value) -> None:
    with pytest.raises(ValueError, match=r"values|by_sample"):
        Figures.from_json({**FIGURES.to_file(), "by_sample": value})


def test_what_is_no_number_is_not_defined() -> None:
    figures = _figures("test", 3, {"mse": float("nan"), "kl": float("inf"), "elbo": Absent("why"), "extent": 2.0})
    assert (figures.mse, figures.kl, figures.extent) == (None, None, 2.0)
    assert figures.not_defined["mse"].startswith("the result is nan")
    json.dumps(figures.to_json(), allow_nan=False)
