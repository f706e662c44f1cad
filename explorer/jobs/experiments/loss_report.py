"""The report of an experiment on the loss: its paragraph, its table and its curve, as text, Markdown, HTML and JSON."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.jobs.experiments.ablation_text import ablation_words
from explorer.jobs.experiments.initial_weights import Start
from explorer.jobs.experiments.ladder_text import ladder_words
from explorer.jobs.experiments.loss_findings import Finding, in_order, number, percent, rate_distortion
from explorer.latent.evaluation.catalog import BY_NAME
from explorer.models.variational.loss_text import LossPart, loss_html, loss_markdown, loss_text
from explorer.runs.run_group import GroupKind

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
"""Figures of the test split that the table has, in its order."""
SHORT = {
    "posterior_sigma": "mean σ",
    "sigma_over_spread": "σ / spread",
    "decode_difference": "decodes differ by",
    "extent": "codes reach",
    "hull_holes": "hull holes",
    "prior_holes": "prior holes",
    "knn_accuracy": "kNN accuracy",
}
"""Titles for narrow columns; the others have their own."""
HEADINGS: dict[GroupKind, str] = {"ablation": "Loss ablation", "ladder": "β ladder"}
UNKNOWN = "–"
LONGEST_HEAD = 30
"""Characters before a sentence's colon, at most, for what it speaks of to stand out."""


@dataclass(frozen=True)
class LossReport:
    """What is known of an experiment by now; ``start`` says how its initial weights compare, where that is known."""

    findings: tuple[Finding, ...]
    start: Start | None = None

    @property
    def kind(self) -> GroupKind:
        """Whether it is an ablation or a ladder."""
        return self.findings[0].group.kind

    @property
    def heading(self) -> str:
        """What it is called."""
        return HEADINGS[self.kind]

    @property
    def words(self) -> tuple[str, ...]:
        """What it shows, in sentences that follow the figures."""
        return (ablation_words if self.kind == "ablation" else ladder_words)(self.findings, self.start)

    @property
    def measured(self) -> bool:
        """Whether every run has its figures."""
        return all(finding.figures is not None for finding in self.findings)

    @property
    def heads(self) -> tuple[str, ...]:
        """The table's columns."""
        return ("run", "loss", *(SHORT.get(name, BY_NAME[name].title) for name in COLUMNS))

    @property
    def tips(self) -> tuple[str, ...]:
        """The definitions of the table's columns."""
        return ("", "", *(BY_NAME[name].definition for name in COLUMNS))

    def rows(self, loss: Callable[[Sequence[LossPart]], str] = loss_text) -> tuple[tuple[str, ...], ...]:
        """Return the table's rows, the losses written by ``loss``."""
        return tuple(
            (finding.title, loss(finding.parts), *(_cell(finding, name) for name in COLUMNS))
            for finding in in_order(self.findings)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: the figures of each run, the curve's points, the words."""
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
            "words": list(self.words),
        }

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        first = self.findings[0]
        lines = [
            f"# {self.heading}: {first.config.data.source}",
            "",
            f"{len(self.findings)} runs of seed {first.config.train.seed}, {first.epochs} epochs, "
            f"latent dim {first.config.model.latent_dim}. {self._units}",
            "",
            "| " + " | ".join(self.heads) + " |",
            "| " + " | ".join("---" for _ in self.heads) + " |",
            *("| " + " | ".join(row) + " |" for row in self.rows(loss_markdown)),
            "",
            *(f"{line}\n" for line in self.words),
        ]
        return "\n".join(lines)

    def to_html(self) -> str:
        """Return paragraphs and table as the HTML that Qt's text widgets show; the runs are the table's columns."""
        said = "".join(f"<p style='margin-top: 0; margin-bottom: 5px'>{_html_line(line)}</p>" for line in self.words)
        columns = list(zip(self.heads, *self.rows(loss_html), strict=True))
        rows = "".join(_html_row(head, cells, raw=head == "loss") for head, *cells in columns[1:])
        titles = _html_row("", list(columns[0][1:]), tag="th")
        return f"{said}<table cellspacing='0' cellpadding='1'>{titles}{rows}</table><p>{self._units}</p>"

    @property
    def _units(self) -> str:
        split = "the test split" if self.measured else "the validation split where the others are not measured yet"
        return f"Reconstruction and KL in nats per sample, of {split}."


def _html_line(line: str) -> str:
    """Return a sentence with what it speaks of in bold: what is before its first colon."""
    head, colon, rest = line.partition(": ")
    return (
        f"<b>{html.escape(head)}:</b> {html.escape(rest)}" if colon and len(head) < LONGEST_HEAD else html.escape(line)
    )


def _html_row(head: str, cells: Sequence[str], *, raw: bool = False, tag: str = "td") -> str:
    texts = [text if raw else html.escape(text) for text in cells]
    # Where the table has little room, titles and the loss break between words, numbers with their units never.
    whole = [text if raw or tag == "th" else text.replace(" ", "&nbsp;") for text in texts]
    inner = "".join(f"<{tag} align='left' style='padding-right: 8px'>{text}</{tag}>" for text in whole)
    return f"<tr><td style='padding-right: 8px'>{html.escape(head)}</td>{inner}</tr>"


def _cell(finding: Finding, name: str) -> str:
    if name in ("kl", "reconstruction"):
        value = getattr(finding, name)
    else:
        value = None if finding.figures is None else finding.figures[name]
    if value is None:
        return UNKNOWN
    return percent(value) if BY_NAME[name].is_share else number(value)


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
