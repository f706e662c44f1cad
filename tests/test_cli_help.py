"""The help of the command line: every command in a group, each on one line that is not cut."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from explorer.cli import app
from explorer.cli.program import GROUPS, ORDER

COMMANDS = {name: one for name, one in get_command(app).commands.items() if not one.hidden}  # type: ignore[attr-defined]


@pytest.mark.parametrize("columns", [80, 120])
def test_every_command_has_one_whole_line_in_a_group(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = CliRunner().invoke(app, ["--help"]).output
    listed = [line.split(maxsplit=1) for line in text.splitlines() if line.startswith("  ") and line.split()[:1]]
    lines = {line[0]: line[1] for line in listed if len(line) == 2}
    assert set(COMMANDS) <= set(lines)
    for name in COMMANDS:
        assert lines[name].endswith(".") and "..." not in lines[name], name
    assert [group for group in GROUPS if f"{group}:" in text] == list(GROUPS)


def test_the_commands_are_in_the_order_of_their_groups() -> None:
    assert set(ORDER) == set(COMMANDS)
    groups = [COMMANDS[name].rich_help_panel for name in ORDER]
    assert list(dict.fromkeys(groups)) == list(GROUPS)


def test_the_help_fits_one_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for option in ("--help", "-h"):
        lines = CliRunner().invoke(app, [option]).output.splitlines()
        assert len(lines) <= 40 and max(map(len, lines)) <= 80
        assert any("--install-completion" in line for line in lines) and any("-h" in line for line in lines)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_in_groups_and_in_plain_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = CliRunner().invoke(app, [name, "-h"]).output
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert not re.search(r"<(int|str|float|path|list)|<=x|\[OPTIONS\] \{", text), text
    heads = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert heads and len(heads) == len(set(heads)) and lines[-1].lstrip().startswith("-h, --help")


def test_every_command_has_an_example_in_the_docs() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "command-line.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+)` \| .* \| `(latent-explorer .*)` \|$", page, re.MULTILINE))
    assert set(rows) == set(COMMANDS)
    for name, example in rows.items():
        words = shlex.split(example)[1:]
        assert words[0] == name or name == "gui"
        known = {option for param in COMMANDS[name].params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= known, example


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_begins_with_its_line(name: str) -> None:
    first = (COMMANDS[name].help or "").partition("\n")[0]
    assert first and len(first) <= 60
    assert COMMANDS[name].rich_help_panel in GROUPS
    assert first in CliRunner().invoke(app, [name, "--help"]).output
