"""The developers' pages agree with the code: paths exist, quoted code is in its file, the picture is current."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FOLDERS = "explorer|tests|docs|tools|benchmarks|resources|checkpoints"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./{{}}, *-]*)`|`(\w[\w/]*(?:\.(?:py|md|toml)|/))`")
LINK = re.compile(r"\]\((?!http)([^)#\s]+)[^)]*\)")
QUOTE = re.compile(r"^`([\w/.]+\.py)`[^\n]*\n+```(?:python|text)\n(.*?)```", re.MULTILINE | re.DOTALL)
MADE = {"checkpoints/my-vae", "checkpoints/<name>", "model.py"}


def spelled_out(path: str) -> list[str]:
    """Return every path that `a/{b,c}.py` stands for."""
    found = re.search(r"\{([^}]*)\}", path)
    if not found:
        return [path]
    return [one for part in found[1].split(",") for one in spelled_out(path.replace(found[0], part.strip(), 1))]


def exists(path: str) -> bool:
    """Return whether there is such a file or folder, or one with that end anywhere in the package or the tests."""
    if "*" in path:
        return any(ROOT.glob(path))
    candidates = (ROOT / path, ROOT / "explorer" / path, ROOT / "docs" / path)
    return any(candidate.exists() for candidate in candidates) or any(
        any(ROOT.glob(f"{folder}/**/{path}")) for folder in ("explorer", "tests")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_on_the_page_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [one or other for one, other in PATH.findall(text)]
    missing = [path for name in named for path in spelled_out(name) if path not in MADE and not exists(path)]
    missing += [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_no_row_names_a_path_twice() -> None:
    """A path that occurs twice in a cell is left over from a renamed file."""
    lines = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()
    for cell in (cell for line in lines if line.startswith("|") for cell in line.strip("|").split(" | ")):
        paths = re.findall(r"`([\w/]+\.py)`", cell)
        assert len(paths) == len(set(paths)), cell


def test_the_catalogues_name_every_file_of_their_folders() -> None:
    """So a reader finds the overlay, the notice or the command at once, also one that was added later."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\|[^|]*\| `([\w/]+)/` \|(.*)\|$", text.split("## Catalogues")[1].split("\n## ")[0], re.MULTILINE
    )
    assert len(rows) >= 15
    for folder, files in rows:
        there = {path.name for path in (ROOT / "explorer" / folder).glob("*.py")} - {"__init__.py"}
        assert set(re.findall(r"`(\w+\.py)`", files)) == there, folder


def test_the_classes_that_the_page_names_exist() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "explorer").rglob("*.py"))
    named = set(re.findall(r"`([A-Z][a-z]\w*[a-z])`", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")))
    assert "Session" in named
    assert not {name for name in named if not re.search(rf"\bclass {name}\b|^{name} = ", source, re.MULTILINE)}


def test_the_quoted_code_stands_in_the_files() -> None:
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    quotes = QUOTE.findall(text)
    assert len(quotes) >= 5
    for name, code in quotes:
        source = (ROOT / name).read_text(encoding="utf-8")
        parts = [part.strip("\n") for part in re.split(r"^ *\.\.\.\n", code, flags=re.MULTILINE)]
        for part in parts:
            assert part in source, f"{name} has no longer\n{part}"


def test_the_picture_of_the_layers_is_theirs() -> None:
    spec = importlib.util.spec_from_file_location("layer_pictures", ROOT / "docs" / "layer_pictures.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PICTURE.read_text(encoding="utf-8") == script.picture()
