"""``words``: nearest words and analogies in a word embedding."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.output import AsJson, RunPath, print_json, print_rows
from explorer.cli.program import LATENT, app
from explorer.config import ConfigError

if TYPE_CHECKING:
    from explorer.latent.codes.words import NearWord


@app.command("words", rich_help_panel=LATENT)
def words(
    run: RunPath,
    nearest: Annotated[str | None, typer.Option(metavar="WORD", help="Find the words nearest to this one.")] = None,
    analogy: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Find what is to C as B is to A, for example man,king,woman."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many words.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find the nearest words, or complete an analogy.

    Nearest words are by cosine similarity. The run must be a model of words, for example skip-gram.
    """
    if (nearest is None) == (analogy is None):
        raise ConfigError("give either --nearest WORD or --analogy A,B,C")
    # Words may contain spaces, so the separator is the comma.
    asked = [] if analogy is None else [part.strip() for part in analogy.split(",")]
    if analogy is not None and (len(asked) != 3 or not all(asked)):
        raise ConfigError(f"--analogy {analogy}: write three words separated by commas, for example man,king,woman")
    # Imported here, after the checks: torch takes a second or more.
    from explorer.api import load_run

    space = load_run(run).words
    if nearest is not None:
        _report(as_json, {"nearest": nearest}, "cosine", space.near_word(nearest, count))
    else:
        a, b, c = asked
        _report(as_json, {"analogy": asked}, "3CosAdd", space.analogy(a, b, c, count))


def _report(as_json: bool, asked: dict[str, object], measure: str, found: "tuple[NearWord, ...]") -> None:
    if as_json:
        print_json({**asked, "measure": measure, "words": [asdict(word) for word in found]})
    else:
        print_rows([(word.word, f"{word.score:.4f}") for word in found])
