"""Tables of figures as values, CSV and Markdown: the comparison of several runs, and the figures of one run."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any, Literal

from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.comparability import Difference
from explorer.latent.evaluation.comparison_text import Claim
from explorer.latent.evaluation.figure_text import as_array, figure_text, overlap_words, percent, titled
from explorer.latent.evaluation.figures import Figures
from explorer.runs.files import replace_bytes
from explorer.runs.weights_choice import RunWeights

BETTER = "better"
WEIGHTS = "train.weights"
"""Name of the setting that says which weights the figures are of; it is always shown."""


@dataclass(frozen=True)
class Cell:
    """The entry of one run in a line: ``text`` to read, ``value`` and ``error`` to compute with.

    If ``absent``, there is no value and the text says why. ``better`` marks the values among the better ones.
    ``difference`` is that from the first run, whose error decides whether it counts; None if the runs are not compared.
    """

    text: str
    value: Any = None
    error: float | None = None
    better: bool = False
    absent: bool = False
    difference: Difference | None = None
    difference_text: str = ""


@dataclass(frozen=True)
class ComparisonLine:
    """One setting or figure of all runs, with its definition; ``differs`` if the runs have different values."""

    kind: Literal["setting", "figure"]
    name: str
    title: str
    unit: str
    direction: str
    definition: str
    cells: tuple[Cell, ...]
    differs: bool


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    runs, families
        Headings of the columns.
    weights
        The weights that the figures of each run are of; None for a model in memory or in training.
    lines
        Settings first, then figures.
    words
        Sentences on the differences.
    rule
        The rule by which a value is marked as better.
    in_short
        Which run is better, in one sentence; None if there is nothing to compare.
    why_unmarked
        Why values of some runs are not compared; "" if all are.
    notes
        Remarks of the figures on how to read them.
    """

    runs: tuple[str, ...]
    families: tuple[str, ...]
    lines: tuple[ComparisonLine, ...]
    words: tuple[str, ...]
    rule: str
    in_short: Claim | None = None
    why_unmarked: str = ""
    notes: tuple[str, ...] = ()
    weights: tuple[RunWeights | None, ...] = ()

    def shown(self, *, all_settings: bool) -> tuple[ComparisonLine, ...]:
        """Return the figures, and either all settings or the weights and the settings that differ."""
        always = {line.name for line in self.lines if line.kind == "figure" or line.name == WEIGHTS}
        return tuple(line for line in self.lines if all_settings or line.differs or line.name in always)

    @property
    def difference_heads(self) -> tuple[str, ...]:
        """Headings of the differences of the other runs from the first."""
        return tuple(f"{run} − {self.runs[0]}" for run in self.runs[1:])

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values: settings and figures by name, with one value per run."""
        settings = [line for line in self.lines if line.kind == "setting"]
        figures = [line for line in self.lines if line.kind == "figure"]
        return {
            "runs": list(self.runs),
            "families": list(self.families),
            "weights": [None if used is None else used.to_json() for used in self.weights],
            "words": list(self.words),
            "settings": {line.name: [cell.value for cell in line.cells] for line in settings},
            "differing_settings": [line.name for line in settings if line.differs],
            "figures": {line.name: _figure_json(line) for line in figures},
            "rule": self.rule,
            "why_unmarked": self.why_unmarked,
            "notes": list(self.notes),
        }


def _figure_json(line: ComparisonLine) -> dict[str, Any]:
    return {
        "values": [cell.value for cell in line.cells],
        "errors": [cell.error for cell in line.cells],
        "better": [cell.better for cell in line.cells],
        "absent": [cell.text if cell.absent else "" for cell in line.cells],
        "differences": [None if cell.difference is None else _difference_json(cell.difference) for cell in line.cells],
        "unit": line.unit,
        "direction": line.direction,
    }


def _difference_json(found: Difference) -> dict[str, Any]:
    return {
        "value": found.value,
        "error": found.error,
        "limit": found.limit,
        "counts": found.counts,
        "why_unknown": found.why_unknown,
    }


def save_comparison(path: Path, comparison: Comparison, *, all_settings: bool = False) -> None:
    """Write a comparison as CSV or Markdown, by the ending of the path.

    Raises
    ------
    ValueError
        For another ending.
    OSError
        If the file cannot be written; an existing file is then unchanged.
    """
    writers = {".csv": as_csv, ".md": as_markdown}
    if path.suffix.lower() not in writers:
        raise ValueError(f"{path}: a comparison is written as {' or '.join(writers)}")
    text = writers[path.suffix.lower()](comparison, all_settings=all_settings)
    replace_bytes(path, text.encode())


def as_csv(comparison: Comparison, *, all_settings: bool = False) -> str:
    """Return the table as CSV (RFC 4180): unrounded numbers, with errors and marks in columns of their own."""
    heads = ["kind", "name", "title", "unit", "direction", "differs"]
    for run in comparison.runs:
        heads += [run, f"{run} error", f"{run} {BETTER}", f"{run} not defined"]
    for head in comparison.difference_heads:
        heads += [head, f"{head} error"]
    rows = (
        [line.kind, line.name, line.title, line.unit, line.direction, _yes(line.differs), *_csv_cells(line.cells)]
        for line in comparison.shown(all_settings=all_settings)
    )
    return csv_text(heads, rows)


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV (RFC 4180)."""
    # The csv module writes "\r\n" itself; newline translation would double the "\r".
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue()


def as_markdown(comparison: Comparison, *, all_settings: bool = False) -> str:
    """Return text and table as Markdown: differing settings in bold, better values in bold with a star."""
    lines = comparison.shown(all_settings=all_settings)
    # Two spaces before a newline are a line break in Markdown.
    parts = ["  \n".join(plain(sentence) for sentence in comparison.words)]
    for kind, head in (("setting", "Setting"), ("figure", "Figure")):
        rows = [_markdown_row(line) for line in lines if line.kind == kind]
        if rows:
            differences = comparison.difference_heads if kind == "figure" else ()
            parts.append(markdown_table([head, *map(plain, (*comparison.runs, *differences))], rows))
    parts += [plain(text) for text in (comparison.why_unmarked, f"★ {comparison.rule}", *comparison.notes) if text]
    return "\n\n".join(parts) + "\n"


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown; its cells must be Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _markdown_row(line: ComparisonLine) -> list[str]:
    unit = f" ({line.unit})" if line.kind == "figure" else ""
    head = plain(f"{line.title}{unit}")
    if line.kind == "setting":
        return [head, *(f"**{plain(cell.text)}**" if line.differs else plain(cell.text) for cell in line.cells)]
    # Bold and a star, as some viewers show no bold text in tables.
    texts = [f"**{plain(cell.text)}** ★" if cell.better else plain(cell.text) for cell in line.cells]
    return [head, *texts, *(plain(cell.difference_text) for cell in line.cells[1:])]


def plain(text: str) -> str:
    """Return text with the characters that Markdown interprets escaped, in one line."""
    # The backslash first, or it would escape the backslashes of the others.
    for sign in "\\|*_`<":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _csv_cells(cells: Sequence[Cell]) -> list[Any]:
    found: list[Any] = []
    for cell in cells:
        # Numbers keep all digits: rounding is for readers of the window.
        value = "" if cell.absent or cell.value is None else cell.value
        error = "" if cell.error is None else cell.error
        found += [value, error, _yes(cell.better), cell.text if cell.absent else ""]
    for cell in cells[1:]:
        known = cell.difference
        found += ["", ""] if known is None else [known.value, "" if known.error is None else known.error]
    return found


def _yes(value: bool) -> str:
    return "yes" if value else ""


@dataclass(frozen=True)
class FiguresTable:
    """The figures of a run; ``classes`` are the class names of the rows of the overlap matrix."""

    run: str
    figures: Figures
    classes: Sequence[str] = ()

    def save(self, path: Path) -> None:
        """Write the figures as CSV or Markdown, by the ending of the path.

        Raises
        ------
        ValueError
            For another ending.
        OSError
            If the file cannot be written; an existing file is then unchanged.
        """
        kinds = {".csv": self.as_csv, ".md": self.as_markdown}
        if path.suffix.lower() not in kinds:
            raise ValueError(f"{path}: figures are written as {' or '.join(kinds)}")
        replace_bytes(path, kinds[path.suffix.lower()]().encode())

    def as_csv(self) -> str:
        """Return one row per figure with its errors, and one per ordered pair of classes with the overlap."""
        rows = []
        for figure in FIGURES:
            value = self.figures[figure.name]
            # A figure may have errors over samples and over draws.
            errors = [self.figures[key] for key, _ in figure.errors_by_key()]
            why = "" if value is not None else self.figures.not_defined.get(figure.name, "")
            shown = "" if value is None else value
            rows.append([figure.name, shown, *(_filled(errors)), figure.unit, figure.direction, why])
        for one, other, share in self._pairs():
            rows.append([f"overlap of {one} among {other}", share, "", "", "share of the samples", "", ""])
        return csv_text(["figure", self.run, "error", "second error", "unit", "direction", "not defined"], rows)

    def as_markdown(self) -> str:
        """Return a table of the figures and a matrix of the overlap."""
        rows = [[plain(titled(figure)), plain(figure_text(figure, self.figures))] for figure in FIGURES]
        parts = [markdown_table(["Figure", plain(self.run)], rows)]
        if self.figures.overlap_matrix is not None:
            shares = as_array(self.figures.overlap_matrix)
            named = [
                [plain(name), *("–" if isnan(share) else percent(share) for share in row)]
                for name, row in zip(self.classes, shares, strict=True)
            ]
            parts += [plain(overlap_words(self.figures.overlap_matrix, self.classes))]
            parts += [markdown_table(["of ↓ lie among →", *map(plain, self.classes)], named)]
        return "\n\n".join([*parts, *([plain(self.figures.note)] if self.figures.note else [])]) + "\n"

    def _pairs(self) -> list[tuple[str, str, float]]:
        rows = self.figures.overlap_matrix or ()
        return [
            (one, other, share)
            # A class without samples has no row; the overlap is not symmetric, so both orders of a pair are listed.
            for one, row in zip(self.classes, rows, strict=True)
            if row is not None
            for other, share in zip(self.classes, row, strict=True)
            if one != other
        ]


def _filled(errors: Sequence[float | None]) -> list[float | str]:
    # A figure has at most two errors, which have two columns.
    found: list[float | str] = ["" if error is None else error for error in errors]
    return [*found, "", ""][:2]
