"""``information``: entropy, cross-entropy and KL of two distributions, or of a Gaussian against N(0, 1)."""

from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import AsJson, print_json, print_rows
from explorer.cli.program import MEASURE, app
from explorer.config import ConfigError

if TYPE_CHECKING:
    from explorer.latent.information.discrete import BeliefComparison, Unit
    from explorer.latent.information.gaussian import Normal
    from explorer.latent.information.presets import GaussianPair, Outcomes


@app.command("information", rich_help_panel=MEASURE)
def information(
    p: Annotated[str, typer.Option("--p", metavar="P1,P2,…", help="The truth: 2 to 10 probabilities.")] = "",
    q: Annotated[str, typer.Option("--q", metavar="Q1,Q2,…", help="The belief about the same outcomes.")] = "",
    preset: Annotated[str, typer.Option(metavar="NAME", help="An example, such as ratings or cow-and-duck.")] = "",
    gaussian: Annotated[str, typer.Option(metavar="MU,SIGMA", help="KL(N(μ, σ²) ‖ N(0, 1)) with its four terms.")] = "",
    bits: Annotated[bool, typer.Option("--bits", help="Print bits instead of nats.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show entropy, cross-entropy and KL of two distributions.

    Give --p and --q, or --preset, or --gaussian.
    """
    # Imported when the command runs, so that other commands start without numpy.
    from explorer.latent.information.discrete import BITS, NATS
    from explorer.latent.information.gaussian import gaussian as checked
    from explorer.latent.information.presets import Outcomes

    # All values are computed in nats; the unit only scales what is printed.
    unit = BITS if bits else NATS
    # Only one of --p and --q is a separate error, which is reported below.
    if sum((bool(p or q), bool(preset), bool(gaussian))) != 1:
        raise ConfigError("information needs either --p and --q, or --preset, or --gaussian")
    if gaussian:
        numbers = _numbers("--gaussian", gaussian)
        if len(numbers) != 2:
            raise ConfigError(f"--gaussian {gaussian}: give two numbers, μ,σ, such as 1.2,0.45")
        # The option begins the message of an invalid value.
        _show_terms(checked(numbers[0], numbers[1], "--gaussian"), unit, as_json)
        return
    if preset:
        _show_preset(preset, unit, as_json)
        return
    if not (p and q):
        raise ConfigError(f"{'--q' if p else '--p'} is missing: both --p and --q are needed")
    from explorer.latent.information.discrete import compare

    found = compare(_numbers("--p", p), _numbers("--q", q))
    names = tuple(f"outcome {number}" for number in range(1, len(found.p) + 1))
    _show_outcomes(Outcomes(names, tuple(found.p.tolist()), tuple(found.q.tolist())), unit, as_json)


def _show_preset(preset: str, unit: "Unit", as_json: bool) -> None:
    from explorer.latent.information.presets import preset_of

    chosen = preset_of(preset)
    # Only the window has a followed sample; a command has none.
    if chosen.needs_run:
        raise ConfigError(f"--preset {preset}: its values come from a run; choose it in the window (gui)")
    if chosen.gaussian is not None:
        _show_terms(chosen.gaussian, unit, as_json)
    elif chosen.densities is not None:
        _show_densities(chosen.densities, unit, as_json)
    elif chosen.outcomes is not None:
        _show_outcomes(chosen.outcomes, unit, as_json)


def _numbers(option: str, text: str) -> list[float]:
    try:
        # The values themselves are checked later, with messages that name the probability.
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ConfigError(f"{option} {text}: give numbers separated by commas, such as 0.5,0.3,0.2") from error


def _show_outcomes(outcomes: "Outcomes", unit: "Unit", as_json: bool) -> None:
    from explorer.latent.information.rounding import number_text

    found = outcomes.comparison
    if as_json:
        print_json(_outcome_values(outcomes, found, unit))
    elif outcomes.separate:
        print_rows(
            [
                (f"{name}, p = {p:g}", f"{number_text(value * unit.per_nat)} {unit.name}")
                for name, p, value in zip(outcomes.names, outcomes.p, found.information_p.tolist(), strict=True)
            ]
        )
    else:
        _print_table(outcomes, found, unit)


def _outcome_values(outcomes: "Outcomes", found: "BeliefComparison", unit: "Unit") -> dict[str, Any]:
    """Return plain JSON values; infinite ones are null."""

    def column(values: Any) -> list[float | None]:
        return [_finite(float(value) * unit.per_nat) for value in values]

    # JSON gets all digits; only the table is rounded so that it adds up.
    rows: dict[str, Any] = {
        "unit": unit.name,
        "outcomes": list(outcomes.names),
        "p": list(outcomes.p),
        "information_p": column(found.information_p),
    }
    if outcomes.separate:
        return rows
    return rows | {
        "q": list(outcomes.q),
        "information_q": column(found.information_q),
        "weighted_p": column(found.weighted_p),
        "weighted_q": column(found.weighted_q),
        "kl_terms": column(found.terms),
        "entropy": _finite(found.entropy * unit.per_nat),
        "cross_entropy": _finite(found.cross_entropy * unit.per_nat),
        "kl": _finite(found.kl * unit.per_nat),
        "reverse_kl": _finite(found.reverse.kl * unit.per_nat),
    }


def _print_table(outcomes: "Outcomes", found: "BeliefComparison", unit: "Unit") -> None:
    """Print a row for each outcome, rounded so that the columns add up, and the sums in words."""
    from explorer.latent.information.rounding import number_text, shown_table

    shown = shown_table(found, unit)
    heads = ("", "p", "q", "−log p", "−log q", "p·(−log p)", "p·(−log q)", "p·log(p/q)")
    rows = [
        (name, f"{p:g}", f"{q:g}", *map(number_text, values))
        for name, p, q, *values in zip(
            outcomes.names,
            # Probabilities were divided by their sum, which leaves traces in the last digits.
            (round(value, 6) for value in outcomes.p),
            (round(value, 6) for value in outcomes.q),
            (found.information_p * unit.per_nat).tolist(),
            (found.information_q * unit.per_nat).tolist(),
            shown.weighted_p.tolist(),
            shown.weighted_q.tolist(),
            shown.terms.tolist(),
            strict=True,
        )
    ]
    # As wide as the widest cell: names and infinite values have no fixed width.
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        cells = [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        typer.echo("  ".join(cells))
    typer.echo("")
    mean = f", mean of {found.cases} cases" if found.cases > 1 else ""
    print_rows(
        [
            ("entropy H(P)", f"{number_text(shown.entropy)} {unit.name}{mean}"),
            ("cross-entropy H(P, Q)", f"{number_text(shown.cross_entropy)} {unit.name}{mean}"),
            ("KL(P ‖ Q)", f"{number_text(shown.kl)} {unit.name}{mean}"),
            ("KL(Q ‖ P)", f"{number_text(found.reverse.kl * unit.per_nat)} {unit.name}{mean}"),
        ]
    )


def _show_terms(q: "Normal", unit: "Unit", as_json: bool) -> None:
    from explorer.latent.information.gaussian import STANDARD, kl_of_gaussians, kl_terms
    from explorer.latent.information.rounding import number_text, shown_parts

    names = ("½ μ²", "½ σ²", "−½ log σ²", "−½")
    terms, kl = kl_terms(q), kl_of_gaussians(q, STANDARD) * unit.per_nat
    if as_json:
        values = {term.key.replace(" ", "_"): term.value * unit.per_nat for term in terms}
        print_json({"unit": unit.name, "mean": q.mean, "sigma": q.sigma, "terms": values, "kl": kl})
        return
    shown = shown_parts([term.value for term in terms], unit)
    rows = [(name, number_text(value, signed=True)) for name, value in zip(names, shown, strict=True)]
    print_rows([*rows, (f"KL(N({q.mean:g}, {q.sigma:g}²) ‖ N(0, 1))", f"{number_text(sum(shown))} {unit.name}")])


def _show_densities(pair: "GaussianPair", unit: "Unit", as_json: bool) -> None:
    from explorer.latent.information.gaussian import cross_entropy_of_gaussians, kl_of_gaussians
    from explorer.latent.information.rounding import number_text, shown_sums

    values = {
        "entropy": pair.p.entropy * unit.per_nat,
        "cross_entropy": cross_entropy_of_gaussians(pair.p, pair.q) * unit.per_nat,
        "kl": kl_of_gaussians(pair.p, pair.q) * unit.per_nat,
        "reverse_kl": kl_of_gaussians(pair.q, pair.p) * unit.per_nat,
    }
    if as_json:
        ends = {"p": {"mean": pair.p.mean, "sigma": pair.p.sigma}, "q": {"mean": pair.q.mean, "sigma": pair.q.sigma}}
        print_json({"unit": unit.name, "quantity": pair.quantity, **ends, **values})
        return
    entropy, kl, cross_entropy = shown_sums(pair.p.entropy, kl_of_gaussians(pair.p, pair.q), unit)
    shown = {
        "differential entropy h(p)": entropy,
        "cross-entropy h(p, q)": cross_entropy,
        "KL(p ‖ q)": kl,
        "KL(q ‖ p)": values["reverse_kl"],
    }
    print_rows(
        [
            ("p", f"N({pair.p.mean:g}, {pair.p.sigma:g}²), {pair.quantity}"),
            ("q", f"N({pair.q.mean:g}, {pair.q.sigma:g}²)"),
            *((title, f"{number_text(value)} {unit.name}") for title, value in shown.items()),
        ]
    )


def _finite(value: float) -> float | None:
    # JSON has no infinity.
    return value if isfinite(value) else None
