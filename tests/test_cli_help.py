"""The help of the command line: every command in a group, each on one line that is not cut."""

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from explorer.cli import app
from explorer.cli.program import GROUPS

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


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_begins_with_its_line(name: str) -> None:
    first = (COMMANDS[name].help or "").partition("\n")[0]
    assert first and len(first) <= 60
    assert COMMANDS[name].rich_help_panel in GROUPS
    assert first in CliRunner().invoke(app, [name, "--help"]).output
