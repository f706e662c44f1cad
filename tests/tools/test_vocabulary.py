"""The check of words: the texts that it reads, its findings, and a repository that passes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

RULES = r"""
[scopes]
everywhere = ["**"]
inner = ["explorer/one/*", "docs/**/*.md"]

[[rule]]
pattern = '\bthe wobble\b'
instead = "the mouse"
allow = ['under the wobble of']

[[rule]]
pattern = '^Give\b'
instead = "Return"
scope = "inner"
"""

PYTHON = '''"""Follow the
wobble."""

# moved by the
# wobble
the_wobble = 1  # not the  wobble

text = (
    "under the wobble of chance, "
    f"the wobble {the_wobble} the wobble"
)
'''


@pytest.fixture(scope="module")
def vocabulary() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vocabulary", ROOT / "tools" / "vocabulary.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["vocabulary"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def found(vocabulary: ModuleType, root: Path, name: str, content: str) -> list[tuple[int, str]]:
    (root / "rules.toml").write_text(RULES, encoding="utf-8")
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    findings = vocabulary.check([path], vocabulary.read_rules(root / "rules.toml"), root)
    assert all(finding.path == name for finding in findings)
    return sorted((finding.line, finding.instead) for finding in findings)


def test_comments_docstrings_and_strings_are_searched_across_lines(vocabulary: ModuleType, tmp_path: Path) -> None:
    lines = [line for line, _ in found(vocabulary, tmp_path, "a.py", PYTHON)]
    # Docstring, two comments, and two of three in the joined string; the variable is not a text.
    assert lines == [1, 4, 6, 9, 9]


def test_markdown_is_searched_without_code(vocabulary: ModuleType, tmp_path: Path) -> None:
    text = "Move the\nwobble.\n\n```\nthe wobble\n```\n\n`the wobble` and the wobble\n"
    assert [line for line, _ in found(vocabulary, tmp_path, "a.md", text)] == [1, 8]


@pytest.mark.parametrize(
    ("name", "applies"),
    [("explorer/one/a.py", True), ("explorer/one/two/a.py", False), ("explorer/a.py", False)],
)
def test_a_scope_is_a_set_of_glob_patterns(vocabulary: ModuleType, tmp_path: Path, name: str, applies: bool) -> None:
    assert found(vocabulary, tmp_path, name, '"""Give it."""\n') == ([(1, "Return")] if applies else [])
    assert found(vocabulary, tmp_path, "docs/one/two/a.md", "Give it.\n") == [(1, "Return")]


@pytest.mark.parametrize("wrong", ['scope = "nowhere"', 'allow = "a"', 'alow = ["a"]'])
def test_a_rule_with_a_slip_is_refused(vocabulary: ModuleType, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "rules.toml").write_text(f"{RULES}\n[[rule]]\npattern = 'x'\ninstead = ''\n{wrong}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="the rule 'x'"):
        vocabulary.read_rules(tmp_path / "rules.toml")


def test_the_repository_passes(vocabulary: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert vocabulary.main([]) == 0, capsys.readouterr().out


def test_a_finding_has_its_line_and_what_to_write(vocabulary: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "a.md").write_text("By the wobble.\n", encoding="utf-8")
    files = vocabulary.files_in(["*.md"], tmp_path)
    findings = vocabulary.check(files, vocabulary.read_rules(tmp_path / "rules.toml"), tmp_path)
    assert list(map(str, findings)) == ["a.md:1: 'the wobble': the mouse"]
