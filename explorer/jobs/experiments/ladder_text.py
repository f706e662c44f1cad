"""What a ladder of β shows, in sentences that follow the measured figures and nothing else."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from explorer.jobs.experiments.initial_weights import Start
from explorer.jobs.experiments.loss_findings import (
    GONE_KL,
    POINT_RATIO,
    Finding,
    RatePoint,
    in_order,
    number,
    rate_distortion,
)

NOTHING = "No run of the ladder has been validated yet; the curve fills as they train."


def ladder_words(findings: Sequence[Finding], start: Start | None = None) -> tuple[str, ...]:
    """Return sentences on how far the ladder is, on its curve, and on its ends, in plain text."""
    findings = in_order(findings)
    split, points = rate_distortion(findings)
    if not points:
        return (NOTHING,)
    said = (_progress(findings), _course(points, split), _ignored(points), _points(findings), _bound(points))
    return (*(words for words in said if words), *([start.words] if start is not None else []))


def _progress(findings: Sequence[Finding]) -> str:
    missing = findings[0].group.size - len(findings)
    left = [finding for finding in findings if finding.epoch < finding.epochs]
    gone = f" {missing} of the ladder's {findings[0].group.size} runs are no longer there." if missing > 0 else ""
    if not left:
        return gone.strip()
    done = len(findings) - len(left)
    so_far = ", ".join(f"{finding.title} after {finding.epoch:.3g} of {finding.epochs} epochs" for finding in left)
    return f"So far: {done} of {len(findings)} are trained to the end; {so_far}.{gone}"


def _course(points: Sequence[RatePoint], split: str) -> str:
    if len(points) < 2:
        only = points[0]
        return (
            f"{only.title}: KL {number(only.rate)} nats, reconstruction {number(only.distortion)} nats ({split} split)."
        )
    first, last = points[0], points[-1]
    ends = (
        f"from {first.title} to {last.title} the KL goes from {number(first.rate)} to {number(last.rate)} nats and the "
        f"reconstruction from {number(first.distortion)} to {number(last.distortion)} ({split} split)"
    )
    against = _against(points, "KL", lambda point: -point.rate) + _against(
        points, "reconstruction", lambda point: point.distortion
    )
    if not against:
        return f"Rate against distortion: {ends}, each step of β the same way: less told of x, and a worse decode."
    return f"Rate against distortion: {ends}, but not at every step: {'; '.join(against)}."


def _against(points: Sequence[RatePoint], name: str, cost: Callable[[RatePoint], float]) -> list[str]:
    """Say between which neighbours a figure goes against the rise of β."""
    verb = "rises" if name == "KL" else "falls"
    return [
        f"the {name} {verb} from {low.title} to {high.title[4:]} (by {number(cost(low) - cost(high))})"
        for low, high in pairwise(points)
        if cost(high) < cost(low)
    ]


def _ignored(points: Sequence[RatePoint]) -> str:
    gone = [point for point in points if point.rate < GONE_KL]
    if not gone:
        return ""
    rates = ", ".join(f"{point.title} ({number(point.rate)} nats)" for point in gone)
    return f"z ignores x: KL → 0, at {rates}; the KL costs more there than z has gained in reconstruction so far."


def _points(findings: Sequence[Finding]) -> str:
    shrunk = [
        finding.title
        for finding in findings
        if finding.figures is not None
        and finding.figures.sigma_over_spread is not None
        and finding.figures.sigma_over_spread <= POINT_RATIO
    ]
    return f"Shrunk to points: σ → 0, at most 1/100 of the codes' spread, at {', '.join(shrunk)}." if shrunk else ""


def _bound(points: Sequence[RatePoint]) -> str:
    best = max(points, key=lambda point: point.elbo)
    value = number(best.elbo)
    has_one = any(point.beta == 1 for point in points)
    note = "" if best.beta == 1 or not has_one else ", not at the β = 1 that it is the loss of"
    return f"ELBO: −(reconstruction + KL) is highest at {best.title}, {value} nats{note}."
