"""``decode`` saves decodes of codes; ``words`` searches word vectors."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.latent.code_text import code_or_word, note_missing_class, report
from explorer.cli.latent.options import Class, Size
from explorer.cli.output import FIGURES, AsJson, checked_out, print_json, print_rows
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.config import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.api import LoadedRun
    from explorer.latent.codes.words import NearWord


Codes = Annotated[
    list[str],
    typer.Option("--z", help="A code as comma-separated numbers; for a run of words, also a word. May be repeated."),
]
DecodeFile = Annotated[
    Path,
    typer.Option(help="The decodes as a picture (.png, .svg, .pdf), or as values in the units of the samples (.npy)."),
]


@app.command("decode", rich_help_panel=LATENT)
def decode(
    run: RunWithWeights,
    z: Codes,
    out: DecodeFile,
    condition: Class = "",
    size: Size = 320,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Decode latent codes to the mean of p(x|z)."""
    suffix = checked_out(out, *FIGURES, ".npy")
    import numpy as np

    from explorer.export.arrays import save_array

    loaded = chosen_run(run, weights)
    # All codes are read before the first is decoded, so that one bad code costs no work.
    codes = np.stack([code_or_word(loaded, text) for text in z])
    note_missing_class(loaded, condition)
    decodes = loaded.decode(codes, condition or None)
    if suffix == ".npy":
        # A single decode is an array of the shape of a sample, without a batch axis.
        save_array(out, decodes if len(z) > 1 else decodes[0])
    else:
        from explorer.plot.decodes.saved_decodes import save_samples

        save_samples(out, decodes, loaded.description, size)
    values: dict[str, Any] = {"z": codes.tolist(), "shape": list(loaded.description.shape)}
    text = f"{len(z)} {'code' if len(z) == 1 else 'codes'} decoded"
    if loaded.description.kind == "text":
        name, lists = _in_words(loaded, codes, decodes)
        values[name] = lists
        near = "near" if loaded.description.of_words else "heaviest at"
        text += "".join(f"\n  {near} {asked}: {', '.join(found)}" for asked, found in zip(z, lists, strict=True))
    report(as_json, out, values, text)


def _in_words(
    loaded: "LoadedRun", codes: "NDArray[np.float32]", decodes: "NDArray[np.float32]"
) -> tuple[str, list[list[str]]]:
    """Return the nearest words of each code of a word embedding, or the heaviest terms of each decoded document."""
    if loaded.description.of_words:
        return "nearest_words", [[word.word for word in loaded.words.nearest(code)] for code in codes]
    from explorer.rendering.terms import heaviest_terms

    names = loaded.description.feature_names
    return "heaviest_terms", [[term.name for term in heaviest_terms(decode, names)] for decode in decodes]


@app.command("words", rich_help_panel=LATENT)
def words(
    run: RunWithWeights,
    nearest: Annotated[str | None, typer.Option(metavar="WORD", help="Find the words nearest to this one.")] = None,
    analogy: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Find what is to C as B is to A, for example man,king,woman."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Number of words to find.")] = 10,
    weights: Weights = None,
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
    space = chosen_run(run, weights).words
    if nearest is not None:
        _report_words(as_json, {"nearest": nearest}, "cosine", space.near_word(nearest, count))
    else:
        a, b, c = asked
        _report_words(as_json, {"analogy": asked}, "3CosAdd", space.analogy(a, b, c, count))


def _report_words(as_json: bool, asked: dict[str, object], measure: str, found: "tuple[NearWord, ...]") -> None:
    if as_json:
        print_json({**asked, "measure": measure, "words": [asdict(word) for word in found]})
    else:
        print_rows([(word.word, f"{word.score:.4f}") for word in found])
