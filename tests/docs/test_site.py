"""The site shows the pages that the repository has: no page is left out, links and pictures lead somewhere."""

import importlib.util
import re
from pathlib import Path, PurePosixPath
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAV = re.findall(r"^ +- (?:[^:\n]+: )?([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_hooks", ROOT / "tools" / "site_hooks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_in_the_navigation_once(hooks: ModuleType) -> None:
    docs = ROOT / "docs"
    pages = [path.relative_to(docs).as_posix() for path in docs.glob("*.md")]
    notebooks = [path.relative_to(docs).with_suffix(".md").as_posix() for path in docs.glob("notebooks/*.ipynb")]
    assert sorted(NAV) == sorted([*pages, *notebooks, *hooks.OUTSIDE.values()])


def test_links_lead_to_pages_of_the_site_or_become_words(hooks: ModuleType) -> None:
    known = {"changelog.md", "data.md", "index.md", "notebooks/first.md"}
    text = (
        "[new](../CHANGELOG.md#added), [your data](data.md), [a folder](examples/plugin), [web](https://a.b/c), "
        "[here](#there), [run it](notebooks/first.ipynb), `[code](x.py)`"
    )
    assert hooks.site_markdown(text, PurePosixPath("docs/data.md"), known) == (
        "[new](changelog.md#added), [your data](data.md), a folder, [web](https://a.b/c), "
        "[here](#there), [run it](notebooks/first.md), `[code](x.py)`"
    )
    assert hooks.site_markdown("[data](docs/data.md), [MIT](LICENSE)", PurePosixPath("README.md"), known) == (
        "[data](data.md), MIT"
    )
    assert hooks.site_markdown("[data](../data.md)", PurePosixPath("docs/notebooks/first.ipynb"), known) == (
        "[data](../data.md)"
    )
    # Readers of the site see no files, so a page is called by its title.
    assert hooks.site_markdown("[docs/data.md](docs/data.md#scale)", PurePosixPath("README.md"), known) == (
        "[Bring your own data](data.md#scale)"
    )


def test_a_picture_is_shown_for_both_themes_once(hooks: ModuleType) -> None:
    known = {"images/a-dark.webp", "images/a-light.webp", "images/b-dark.webp", "images/c.svg"}
    both = "![A](images/a-light.webp#only-light)![A](images/a-dark.webp#only-dark)"
    source = PurePosixPath("docs/bound.md")
    assert hooks.site_markdown("![A](images/a-dark.png)\n", source, known) == f"{both}\n"
    assert (
        hooks.site_markdown("![A](images/a-dark.png)\n![Light](images/a-light.png)\n", source, known) == f"{both}\n\n"
    )
    html = '<picture>\n<source srcset="images/a-dark.png">\n<img src="images/a-light.png" alt="A">\n</picture>'
    assert hooks.site_markdown(html, source, known) == both
    assert hooks.site_markdown("![B](images/b-dark.png)![C](images/c.svg)", source, known) == (
        "![B](images/b-dark.webp)![C](images/c.svg)"
    )


def test_a_notebook_becomes_text_and_code(hooks: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        '{"cells": [{"cell_type": "markdown", "source": ["# A\\n", "text"]}, {"cell_type": "code", "source": ["f()"]}]}'
    )
    assert hooks.notebook_markdown(path) == "# A\ntext\n\n```python\nf()\n```"


def test_an_example_after_a_section_of_a_docstring_gets_a_section_of_its_own() -> None:
    pytest.importorskip("griffe")
    path = ROOT / "tools" / "site_docstrings.py"
    spec = importlib.util.spec_from_file_location("site_docstrings", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    example = ">>> f(1)  # doctest: +SKIP\n"
    raises = "Return it.\n\nRaises\n------\nConfigError\n    If not.\n\n"
    assert module.with_examples(f"Return it.\n\n{example}") == "Return it.\n\n```python\nf(1)\n```\n"
    assert module.with_examples(f"{raises}{example}") == f"{raises}Examples\n--------\n>>> f(1)\n"
