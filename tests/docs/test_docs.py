"""The documentation has a section and a picture for each family."""

import re
from pathlib import Path

import pytest

from explorer.models import catalog

DOCS = Path(__file__).resolve().parents[2] / "docs"
BUILT_IN = [family.name for family in catalog.families() if family.model_type.__module__.startswith("explorer.")]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_family_has_a_section_and_a_picture(name: str) -> None:
    assert f"### `{name}`:" in (DOCS / "models.md").read_text()
    assert (DOCS / f"images/families/{name}.png").stat().st_size > 10_000


def test_no_section_is_of_a_family_that_is_gone() -> None:
    assert set(re.findall(r"^### `(.+?)`", (DOCS / "models.md").read_text(), re.MULTILINE)) == set(BUILT_IN)
