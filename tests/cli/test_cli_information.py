"""``information``: numbers that add up, JSON, presets, Gaussians, and one-line errors."""

import json

import pytest
from typer.testing import CliRunner

from explorer.cli import app


def call(*words: str) -> str:
    result = CliRunner().invoke(app, ["information", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


RATINGS = ("--p", ".05,.2,.5,.2,.05", "--q", ".3,.4,.2,.08,.02")


def test_the_table_and_its_sums() -> None:
    printed = call(*RATINGS)
    assert "outcome 3   0.5   0.2   0.693   1.609       0.346       0.805       0.459" in printed
    for line in (
        "entropy H(P)           1.290 nats",
        "cross-entropy H(P, Q)  1.749 nats",
        "KL(P ‖ Q)              0.459 nats",
        "KL(Q ‖ P)              0.540 nats",
    ):
        assert line in printed


def test_bits_and_json() -> None:
    values = json.loads(call(*RATINGS, "--bits", "--json"))
    assert values["unit"] == "bits" and values["kl"] == pytest.approx(0.6622, abs=1e-4)
    assert values["cross_entropy"] == pytest.approx(values["entropy"] + values["kl"])
    assert sum(values["kl_terms"]) == pytest.approx(values["kl"])


def test_a_preset_equals_its_probabilities() -> None:
    typed = json.loads(call(*RATINGS, "--json"))["kl"]
    assert json.loads(call("--preset", "ratings", "--json"))["kl"] == pytest.approx(typed, abs=1e-12)
    assert "9.966 bits" in call("--preset", "surprises", "--bits")
    assert "0.458 nats, mean of 2 cases" in call("--preset", "cow-and-duck")
    assert "KL(P ‖ Q)              ∞ nats" in call("--preset", "impossible")
    assert json.loads(call("--preset", "impossible", "--json"))["kl"] is None  # JSON has no infinity
    assert json.loads(call("--preset", "surprises", "--json"))["p"] == [1.0, 0.1, 0.001]


def test_gaussians() -> None:
    printed = call("--gaussian", "1.2,0.45")
    assert "−½ log σ²                    +0.799" in printed and "KL(N(1.2, 0.45²) ‖ N(0, 1))  1.120 nats" in printed
    values = json.loads(call("--gaussian", "-1.2,0.45", "--json"))
    assert values["mean"] == -1.2 and sum(values["terms"].values()) == pytest.approx(values["kl"])
    assert json.loads(call("--preset", "prior", "--json"))["kl"] == pytest.approx(values["kl"])
    # The cross-entropy is 511.4063, but the numbers are rounded so that they add up.
    assert "511.407" in call("--preset", "heights") and "507.503" in call("--preset", "heights")
    assert json.loads(call("--preset", "heights", "--json"))["kl"] == pytest.approx(507.5026, abs=1e-3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "information needs either --p and --q, or --preset, or --gaussian"),
        ((*RATINGS, "--preset", "ratings"), "information needs either"),
        (("--p", ".5,.5"), "--q is missing"),
        (("--q", ".5,.5"), "--p is missing"),
        (("--p", ".5,.6", "--q", ".5,.5"), "p: the probabilities sum to 1.1; they must sum to 1"),
        (("--p", "a,b", "--q", ".5,.5"), "--p a,b: give numbers separated by commas"),
        (("--p", ".5,.5", "--q", "1"), "p has 2 outcomes and q has 1"),
        (("--gaussian", "0,0"), "--gaussian: σ is 0; it must be greater than 0"),
        (("--gaussian", "1"), "--gaussian 1: give two numbers"),
        (("--preset", "nosuch"), "nosuch is not a preset; choose from ratings"),
        (("--preset", "pixel"), "its values come from a run"),
    ],
)
def test_errors_are_one_line(words: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(app, ["information", *words])
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr and len(result.stderr.splitlines()) == 1
