"""The figures of one run as CSV or Markdown, with the overlap of each pair of classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from explorer.export.comparison import csv_text, markdown_table, plain
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.figure_text import figure_text, titled
from explorer.latent.evaluation.figures import Figures
from explorer.latent.evaluation.overlap_text import as_array, overlap_words, percent
from explorer.runs.files import replace_file


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
        content = kinds[path.suffix.lower()]().encode()
        replace_file(path, lambda part: _write(part, content))

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


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
