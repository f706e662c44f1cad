"""The figures of the code's shape: exact on a small package, and within their targets on the program."""

import importlib.util
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "made/__init__.py": "",
    "made/one/__init__.py": "from made.two.b import B\n",  # a package may gather what others offer
    "made/one/a.py": '''
        """Say what it is.

        # No comment, since it stands in a docstring.
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from made.two import b

        # a comment alone
        class A:  # a comment after code
            """Of the class."""

        class Twice(A):
            text = "# no comment"
        import os  # noqa: F401
    ''',
    "made/two/__init__.py": "",
    "made/two/b.py": """
        from made.one.a import A
        class B(A): pass
        class Twice(B): pass
    """,
    "made/two/c.py": "def long():\n" + 41 * "    long()\n" + "def short(): pass\n",
    "tests/test_it.py": "def test(self):\n    self._mine\n    it._theirs\n    it.__class__\n    it.a()._b._c\n",
}


@pytest.fixture
def shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("shape", ROOT / "tools" / "shape.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "shape", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def figures(shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return the figures of the small package by name."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(dedent(text).lstrip("\n"))
    monkeypatch.syspath_prepend(str(tmp_path))
    return {figure.name: figure for figure in shape.measure(tmp_path, "made")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("modules, without __init__.py", 3),
        ("modules, with __init__.py", 6),
        ("most lines in a module", 43),
        ("circles of imports", 1),
        ("pairs of folders that import each other", 1),
        ("own bases with a single subclass", 1),  # B; A has two
        ("names of classes that exist twice", 1),
        ("functions of more than 40 lines, %", 50),
        ("private accesses in the tests", 3),
    ],
)
def test_a_small_package_is_counted_exactly(figures, name: str, value: float):
    assert figures[name].value == value


def test_comments_are_those_for_readers(figures):
    code = 1 + 7 + 3 + 43  # of one/__init__, one/a, two/b and two/c
    assert figures["comment lines per 100 code lines"].value == round(100 * 2 / code, 2)


def test_a_missed_target_is_named_with_its_causes(shape, figures):
    assert not figures["circles of imports"].is_met
    text = shape.table(figures.values())
    assert "missed\n    one.a ⇄ two.b" in text
    page = shape.markdown(figures.values())
    assert "| circles of imports | 1 | ≤ 0 |" in page
    assert "- `Twice: made" not in page and "- `Twice: one/a.py, two/b.py`" in page
