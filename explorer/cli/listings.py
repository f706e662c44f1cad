"""``datasets`` and ``models``: list the data sets and the model families."""

from dataclasses import asdict
from itertools import groupby
from typing import Annotated

import typer

from explorer.cli.output import AsJson, loading, print_json, wrapped
from explorer.cli.program import LISTS, app


@app.command("datasets", rich_help_panel=LISTS)
def datasets(
    fetch: Annotated[str | None, typer.Option(metavar="NAME", help="Download this data set for use offline.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the data sets, or download one."""
    from explorer.data import catalog

    if fetch is not None:
        with loading() as context:
            catalog.fetch(fetch, context)
    entries = [entry for entry in catalog.describe_all() if fetch in (None, entry.name)]
    if as_json:
        print_json({"datasets": [asdict(entry) for entry in entries]})
        return
    for entry in entries:
        # The command to copy, since a download never starts by itself here.
        missing = f"not downloaded yet: latent-explorer datasets --fetch {entry.name}"
        state = f"cannot be used: {entry.problem}" if entry.problem else "ready" if entry.offline else missing
        _print_entry(entry.name, entry.title, state, entry.summary)


@app.command("models", rich_help_panel=LISTS)
def models(as_json: AsJson = False) -> None:
    """List the model families and their settings."""
    from explorer.config import describe_fields
    from explorer.models import catalog

    families = catalog.families()
    if as_json:
        working = [
            {
                "name": family.name,
                "title": family.title,
                "short_title": family.short_title,
                "summary": family.summary,
                "group": family.group,
                "data": family.data,
                "trained_by_steps": family.model_type.trained_by_steps,
                "problem": "",
                "settings": [asdict(field) for field in describe_fields(family.config_type)],
            }
            for family in families
        ]
        # A plug-in that cannot be loaded is listed with its reason, so that it is not just missing.
        failed = [{"name": name, "problem": problem} for name, problem in catalog.PLUGIN_PROBLEMS.items()]
        print_json({"models": [*working, *failed]})
        return
    for group, members in groupby(families, key=lambda family: family.group):
        typer.echo(f"{group.upper()}\n")
        for family in members:
            _print_entry(family.name, family.title, family.short_title, family.summary)
            names = ", ".join(f"model.{field.name}" for field in describe_fields(family.config_type))
            typer.echo(f"    example data: {family.data}")
            _print_indented(f"settings: {names}")
            typer.echo("")
    for name, problem in catalog.PLUGIN_PROBLEMS.items():
        _print_entry(name, name, f"cannot be used: {problem}", "")


def _print_entry(name: str, title: str, state: str, summary: str) -> None:
    typer.echo(f"{name}  {title} ({state})")
    if summary:
        _print_indented(summary)


def _print_indented(text: str) -> None:
    for line in wrapped(text, 4):
        typer.echo(f"    {line}")
