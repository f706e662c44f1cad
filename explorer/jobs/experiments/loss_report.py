"""The report of an experiment on the loss: sentences, table and curve as text, Markdown, HTML and JSON.

1. `ablation_sentences` (`explorer.jobs.experiments.ablation_text`) or `ladder_sentences` say what the runs show. Every
   sentence follows from the measured figures.
2. `LossReport` adds the table: a row for each run, a column for its loss and for each figure in `COLUMNS`.
3. The window shows `LossReport.to_html`; the command line prints the text, and saves the others as files.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from explorer.jobs.experiments.ablation_text import ablation_sentences
from explorer.jobs.experiments.loss_findings import (
    NEGLIGIBLE_KL,
    POINT_RATIO,
    Finding,
    RatePoint,
    in_order,
    rate_distortion,
)
from explorer.jobs.experiments.loss_group import InitialWeights
from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.figure_text import information_text, rounded, rounded_percent
from explorer.latent.information.discrete import NATS, Unit
from explorer.models.variational.loss_text import LossPart, loss_html, loss_markdown, loss_text
from explorer.runs.run_group import GroupKind

NO_POINTS = "No run of the ladder has been validated yet. Points appear during training."


def ladder_sentences(
    findings: Sequence[Finding], start: InitialWeights | None = None, unit: Unit = NATS
) -> tuple[str, ...]:
    """Return sentences about the progress of the ladder, its curve and its best ELBO, in plain text."""
    findings = in_order(findings)
    # All sentences use one split, so that neighbours on the curve are comparable.
    split, points = rate_distortion(findings)
    if not points:
        return (NO_POINTS,)
    sentences = (
        _progress(findings),
        _curve(points, split, unit),
        _ignored(points, unit),
        _shrunk(findings),
        _best_elbo(points, unit),
    )
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


def _curve(points: Sequence[RatePoint], split: str, unit: Unit) -> str:
    if len(points) < 2:
        only = points[0]
        return (
            f"{only.title}: KL is {information_text(only.rate, unit)}, reconstruction "
            f"{information_text(only.distortion, unit)} ({split} split)."
        )
    first, last = points[0], points[-1]
    ends = (
        f"from {first.title} to {last.title}, KL goes from {rounded(first.rate * unit.per_nat)} to "
        f"{information_text(last.rate, unit)} and reconstruction from {rounded(first.distortion * unit.per_nat)} to "
        f"{information_text(last.distortion, unit)} ({split} split)"
    )
    # Theory holds for fully trained models; early or noisy runs break it, and the report must not hide that.
    exceptions = _exceptions(points, "KL rises", lambda point: -point.rate * unit.per_nat) + _exceptions(
        points, "reconstruction falls", lambda point: point.distortion * unit.per_nat
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
        f"{change} from {low.title} to {high.title[4:]} (by {rounded(cost(low) - cost(high))})"
        for low, high in pairwise(points)
        if cost(high) < cost(low)
    ]


def _ignored(points: Sequence[RatePoint], unit: Unit) -> str:
    ignored = [point for point in points if point.rate < NEGLIGIBLE_KL]
    if not ignored:
        return ""
    rates = ", ".join(f"{information_text(point.rate, unit)} at {point.title}" for point in ignored)
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


def _best_elbo(points: Sequence[RatePoint], unit: Unit) -> str:
    # The ELBO ignores β, so runs with different β can be compared by it.
    best = max(points, key=lambda point: point.elbo)
    has_one = any(point.beta == 1 for point in points)
    # Only with β = 1 is the loss −ELBO, so another winner is worth a remark.
    note = "" if best.beta == 1 or not has_one else ", not at β = 1, where training maximizes it"
    return f"ELBO: −(reconstruction + KL) is highest at {best.title} ({information_text(best.elbo, unit)}){note}."


COLUMNS = (
    "reconstruction",
    "kl",
    "posterior_sigma",
    "sigma_over_spread",
    "decode_difference",
    "extent",
    "hull_holes",
    "prior_holes",
    "knn_accuracy",
)
"""Figures of the test split in the table, in order."""
SHORT = {
    "posterior_sigma": "mean σ",
    "sigma_over_spread": "σ / spread",
    "decode_difference": "decode difference",
    "extent": "extent",
    "hull_holes": "hull holes",
    "prior_holes": "prior holes",
    "knn_accuracy": "kNN accuracy",
}
"""Short titles for narrow columns; the other figures keep their own."""
HEADINGS: dict[GroupKind, str] = {"ablation": "Loss ablation", "ladder": "β ladder"}
UNKNOWN = "–"
MAX_HEAD = 30
"""Maximum length, in characters, of the subject before the first colon that is set in bold."""


@dataclass(frozen=True)
class LossReport:
    """The state of an experiment; ``start`` compares the initial weights, or is None if they are not drawn yet."""

    findings: tuple[Finding, ...]
    start: InitialWeights | None = None

    @property
    def kind(self) -> GroupKind:
        """``"ablation"`` or ``"ladder"``."""
        return self.findings[0].group.kind

    @property
    def heading(self) -> str:
        """The title of the report."""
        return HEADINGS[self.kind]

    def sentences(self, unit: Unit = NATS) -> tuple[str, ...]:
        """Return sentences about the results, with information in a unit."""
        return (ablation_sentences if self.kind == "ablation" else ladder_sentences)(self.findings, self.start, unit)

    @property
    def measured(self) -> bool:
        """True if every run has figures."""
        return all(finding.figures is not None for finding in self.findings)

    @property
    def heads(self) -> tuple[str, ...]:
        """The titles of the columns."""
        return ("run", "loss", *(SHORT.get(name, BY_NAME[name].title) for name in COLUMNS))

    @property
    def tips(self) -> tuple[str, ...]:
        """The definitions of the columns."""
        return ("", "", *(BY_NAME[name].definition for name in COLUMNS))

    def rows(
        self, loss: Callable[[Sequence[LossPart]], str] = loss_text, unit: Unit = NATS
    ) -> tuple[tuple[str, ...], ...]:
        """Return the rows of the table; ``loss`` formats the terms of a loss, ``unit`` is that of information."""
        return tuple(
            (finding.title, loss(finding.parts), *(_cell(finding, name, unit) for name in COLUMNS))
            for finding in in_order(self.findings)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: the figures of each run, the points of the curve, the sentences."""
        # Points are repeated here, so that a plot needs no rule about splits.
        split, points = rate_distortion(self.findings)
        return {
            "kind": self.kind,
            "runs": [_finding_json(finding) for finding in in_order(self.findings)],
            "rate_distortion": {
                "split": split,
                "points": [
                    {"beta": point.beta, "kl": point.rate, "reconstruction": point.distortion} for point in points
                ],
            },
            "words": list(self.sentences()),
        }

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        first = self.findings[0]
        lines = [
            f"# {self.heading}: {first.config.data.source}",
            "",
            f"{len(self.findings)} runs with seed {first.config.train.seed}, {first.epochs} epochs, "
            f"latent dim {first.config.model.latent_dim}. {self._units(NATS)}",
            "",
            "| " + " | ".join(self.heads) + " |",
            "| " + " | ".join("---" for _ in self.heads) + " |",
            *("| " + " | ".join(row) + " |" for row in self.rows(loss_markdown)),
            "",
            *(f"{line}\n" for line in self.sentences()),
        ]
        return "\n".join(lines)

    def to_html(self, unit: Unit = NATS) -> str:
        """Return sentences and table as HTML for Qt's text widgets; here the runs are the columns."""
        sentences = "".join(
            f"<p style='margin-top: 0; margin-bottom: 5px'>{_html_line(line)}</p>" for line in self.sentences(unit)
        )
        # Few runs and many figures: with runs as columns, the table fits a narrow panel.
        columns = list(zip(self.heads, *self.rows(loss_html, unit), strict=True))
        # The loss has its own HTML, in which dropped terms are struck out.
        rows = "".join(_html_row(head, cells, raw=head == "loss") for head, *cells in columns[1:])
        titles = _html_row("", list(columns[0][1:]), tag="th")
        return f"{sentences}<table cellspacing='0' cellpadding='1'>{titles}{rows}</table><p>{self._units(unit)}</p>"

    def _units(self, unit: Unit) -> str:
        split = "test split" if self.measured else "validation split for runs without the other figures"
        return f"Reconstruction and KL are in {unit.name} per sample ({split})."


def _html_line(line: str) -> str:
    """Return a sentence with its subject, the part before the first colon, in bold."""
    head, colon, rest = line.partition(": ")
    return f"<b>{html.escape(head)}:</b> {html.escape(rest)}" if colon and len(head) < MAX_HEAD else html.escape(line)


def _html_row(head: str, cells: Sequence[str], *, raw: bool = False, tag: str = "td") -> str:
    texts = [text if raw else html.escape(text) for text in cells]
    # In a narrow table, titles and losses may wrap; a number must not be separated from its unit.
    whole = [text if raw or tag == "th" else text.replace(" ", "&nbsp;") for text in texts]
    inner = "".join(f"<{tag} align='left' style='padding-right: 8px'>{text}</{tag}>" for text in whole)
    return f"<tr><td style='padding-right: 8px'>{html.escape(head)}</td>{inner}</tr>"


def _cell(finding: Finding, name: str, unit: Unit) -> str:
    # These two fall back to the validation split until the figures are computed.
    if name in ("kl", "reconstruction"):
        value = getattr(finding, name)
    else:
        value = None if finding.figures is None else finding.figures[name]
    if value is None:
        return UNKNOWN
    figure = BY_NAME[name]
    return rounded_percent(value) if figure.is_share else rounded(value * unit.factor(figure.unit))


def _finding_json(finding: Finding) -> dict[str, Any]:
    figures = None if finding.figures is None else finding.figures.to_json()
    return {
        "run": str(finding.path),
        "member": finding.group.member,
        "title": finding.title,
        "loss": loss_text(finding.parts),
        "beta": finding.beta,
        "epoch": finding.epoch,
        "epochs": finding.epochs,
        "validation": {"kl": finding.validation_kl, "reconstruction": finding.validation_reconstruction},
        "figures": figures,
    }
