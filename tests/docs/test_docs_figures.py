"""docs/figures.md defines every figure as the program does, and has its pictures in both themes."""

from pathlib import Path

import pytest

from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.figure_text import titled

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_there_as_it_is_defined(figure) -> None:
    (row,) = [
        row for row in (DOCS / "figures.md").read_text(encoding="utf-8").splitlines() if f"(`{figure.name}`)" in row
    ]
    for text in (titled(figure), figure.unit, figure.definition, ", ".join(figure.needs)):
        assert text.replace("|", "\\|") in row


@pytest.mark.parametrize("name", ["comparison", "figures", "overlap-by-pairs"])
def test_its_pictures_are_there_dark_and_light(name) -> None:
    for look in ("dark", "light"):
        assert 10_000 < (DOCS / f"images/{name}-{look}.png").stat().st_size < 300_000
