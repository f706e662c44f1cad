"""Describe what a ladder of β shows. Every sentence follows from the measured figures."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from explorer.jobs.experiments.initial_weights import InitialWeights
from explorer.jobs.experiments.loss_findings import (
    NEGLIGIBLE_KL,
    POINT_RATIO,
    Finding,
    RatePoint,
    in_order,
    number,
    rate_distortion,
)

NO_POINTS = "No run of the ladder has been validated yet. Points appear during training."


def ladder_sentences(findings: Sequence[Finding], start: InitialWeights | None = None) -> tuple[str, ...]:
    """Return sentences about the progress of the ladder, its curve and its best ELBO, in plain text."""
    findings = in_order(findings)
    # All sentences use one split, so that neighbours on the curve are comparable.
    split, points = rate_distortion(findings)
    if not points:
        return (NO_POINTS,)
    sentences = (_progress(findings), _curve(points, split), _ignored(points), _shrunk(findings), _best_elbo(points))
    return (*(text for text in sentences if text), *([start.sentences] if start is not None else []))


def _progress(findings: Sequence[Finding]) -> str:
    # Each run knows the size of its group, so deleted members are noticed.
    missing = findings[0].group.size - len(findings)
    unfinished = [finding for finding in findings if finding.epoch < finding.epochs]
    lost = f" {missing} of the {findings[0].group.size} runs of the ladder no longer exist." if missing > 0 else ""
    if not unfinished:
        return lost.strip()
    done = len(findings) - len(unfinished)
    epochs = ", ".join(f"{finding.title} (epoch {finding.epoch:.3g} of {finding.epochs})" for finding in unfinished)
    return f"So far: {done} of {len(findings)} runs are finished. Not finished: {epochs}.{lost}"


def _curve(points: Sequence[RatePoint], split: str) -> str:
    if len(points) < 2:
        only = points[0]
        return (
            f"{only.title}: KL is {number(only.rate)} nats, reconstruction {number(only.distortion)} nats ({split} "
            "split)."
        )
    first, last = points[0], points[-1]
    ends = (
        f"from {first.title} to {last.title}, KL goes from {number(first.rate)} to {number(last.rate)} nats and "
        f"reconstruction from {number(first.distortion)} to {number(last.distortion)} nats ({split} split)"
    )
    # Theory holds for fully trained models; early or noisy runs break it, and the report must not hide that.
    exceptions = _exceptions(points, "KL rises", lambda point: -point.rate) + _exceptions(
        points, "reconstruction falls", lambda point: point.distortion
    )
    if not exceptions:
        return (
            f"Rate and distortion: {ends}. At every step of β, z carries less information about x and the decodes get "
            "worse."
        )
    return f"Rate and distortion: {ends}. Not every step of β follows this trend: {'; '.join(exceptions)}."


def _exceptions(points: Sequence[RatePoint], change: str, cost: Callable[[RatePoint], float]) -> list[str]:
    """Return the neighbours between which a cost falls although β rises."""
    return [
        # [4:] drops "β = " from the second title.
        f"{change} from {low.title} to {high.title[4:]} (by {number(cost(low) - cost(high))})"
        for low, high in pairwise(points)
        if cost(high) < cost(low)
    ]


def _ignored(points: Sequence[RatePoint]) -> str:
    ignored = [point for point in points if point.rate < NEGLIGIBLE_KL]
    if not ignored:
        return ""
    rates = ", ".join(f"{number(point.rate)} nats at {point.title}" for point in ignored)
    return f"z ignores x: KL is {rates}. There the KL costs more than z gains in reconstruction."


def _shrunk(findings: Sequence[Finding]) -> str:
    shrunk = [
        finding.title
        for finding in findings
        if finding.figures is not None
        and finding.figures.sigma_over_spread is not None
        and finding.figures.sigma_over_spread <= POINT_RATIO
    ]
    return (
        f"Shrunk to points: mean σ is at most 1/100 of the spread of the codes at {', '.join(shrunk)}."
        if shrunk
        else ""
    )


def _best_elbo(points: Sequence[RatePoint]) -> str:
    # The ELBO ignores β, so runs with different β can be compared by it.
    best = max(points, key=lambda point: point.elbo)
    has_one = any(point.beta == 1 for point in points)
    # Only with β = 1 is the loss −ELBO, so another winner is worth a remark.
    note = "" if best.beta == 1 or not has_one else ", not at β = 1, where training maximizes it"
    return f"ELBO: −(reconstruction + KL) is highest at {best.title} ({number(best.elbo)} nats){note}."
