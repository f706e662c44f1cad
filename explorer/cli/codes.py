"""``encode``, ``decode``, ``sample`` and ``interpolate`` save codes and decodes; ``words`` searches word vectors."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import FIGURES, AsJson, RunPath, checked_out, loading, print_json, print_rows
from explorer.cli.program import LATENT, app
from explorer.config import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.api import LoadedRun
    from explorer.latent.codes.words import NearWord
    from explorer.rendering.drawing import Pixels

Size = Annotated[int, typer.Option(min=8, max=4096, help="Width and height of a picture, in pixels.")]


Class = Annotated[
    str,
    typer.Option("--class", metavar="CLASS", help="For a conditional model: the class to decode, by name or index."),
]


@app.command("encode", rich_help_panel=LATENT)
def encode(
    run: RunPath,
    out: Annotated[
        Path, typer.Option(help="The codes as arrays (.npz), or as a table with one row per sample (.csv).")
    ],
    as_json: AsJson = False,
) -> None:
    """Encode all samples to latent codes."""
    suffix = checked_out(out, ".npz", ".csv")
    from explorer.api import load_run
    from explorer.export.arrays import save_codes
    from explorer.export.tables import save_codes_table

    loaded = load_run(run)
    if loaded.has_encoder:  # without an encoder, fail before loading the data
        with loading() as context:
            loaded.dataset(context)
    codes = loaded.encode_dataset()
    about = loaded.description
    if suffix == ".npz":
        save_codes(out, codes, about.class_names, about.sample_names)
    else:
        save_codes_table(out, loaded.name, codes, about.class_names, about.sample_names)
    samples, latent_dim = codes.mean.shape
    _report(as_json, out, {"samples": samples, "latent_dim": latent_dim}, f"{samples} codes of {latent_dim} numbers")


@app.command("decode", rich_help_panel=LATENT)
def decode(
    run: RunPath,
    z: Annotated[
        list[str],
        typer.Option(
            "--z", help="A code as comma-separated numbers; for a run of words, also a word. May be repeated."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The decodes as a picture (.png), or as values in the units of the samples (.npy).")
    ],
    condition: Class = "",
    size: Size = 320,
    as_json: AsJson = False,
) -> None:
    """Decode latent codes to the mean of p(x|z)."""
    suffix = checked_out(out, ".png", ".npy")
    import numpy as np

    from explorer.api import load_run
    from explorer.export.arrays import save_array
    from explorer.export.pictures import contact_sheet, save_picture

    loaded = load_run(run)
    # All codes are read before the first is decoded, so that one bad code costs no work.
    codes = np.stack([_code(loaded, text) for text in z])
    _note_missing_class(loaded, condition)
    decodes = loaded.decode(codes, condition or None)
    if suffix == ".npy":
        # A single decode is an array of the shape of a sample, without a batch axis.
        save_array(out, decodes if len(z) > 1 else decodes[0])
    else:
        frames = _frames(loaded, decodes, size)
        save_picture(out, frames[0] if len(frames) == 1 else contact_sheet(frames))
    values: dict[str, Any] = {"z": codes.tolist(), "shape": list(loaded.description.shape)}
    text = f"{len(z)} {'code' if len(z) == 1 else 'codes'} decoded"
    if loaded.description.kind == "text":
        name, lists = _in_words(loaded, codes, decodes)
        values[name] = lists
        near = "near" if loaded.description.of_words else "heaviest at"
        text += "".join(f"\n  {near} {asked}: {', '.join(found)}" for asked, found in zip(z, lists, strict=True))
    _report(as_json, out, values, text)


def _in_words(
    loaded: "LoadedRun", codes: "NDArray[np.float32]", decodes: "NDArray[np.float32]"
) -> tuple[str, list[list[str]]]:
    """Return the nearest words of each code of a word embedding, or the heaviest terms of each decoded document."""
    if loaded.description.of_words:
        return "nearest_words", [[word.word for word in loaded.words.nearest(code)] for code in codes]
    from explorer.rendering.terms import heaviest_terms

    names = loaded.description.feature_names
    return "heaviest_terms", [[term.name for term in heaviest_terms(decode, names)] for decode in decodes]


@app.command("sample", rich_help_panel=LATENT)
def sample(
    run: RunPath,
    out: Annotated[Path, typer.Option(help="A sheet (.png, .svg, .pdf) or arrays (.npz).")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Number of draws.")] = 25,
    seed: Annotated[int, typer.Option(min=0, help="Random seed; the same seed gives the same draws.")] = 0,
    condition: Class = "",
    size: Annotated[int, typer.Option(min=16, max=1024, help="Width and height of a picture, in pixels.")] = 96,
    dark: Annotated[bool, typer.Option("--dark", help="Use the dark theme.")] = False,
    as_json: AsJson = False,
) -> None:
    """Decode random codes, each beside the nearest real sample.

    The codes are drawn from the prior or, if the model has none, uniformly from the range of its codes.
    """
    suffix = checked_out(out, *FIGURES, ".npz")
    if suffix != ".npz" and count > MAX_SHEET:
        raise ConfigError(f"--count {count}: a sheet has at most {MAX_SHEET} draws; arrays (.npz) may have more")
    from explorer.api import load_run
    from explorer.export.arrays import save_arrays

    loaded = load_run(run)
    _note_missing_class(loaded, condition)
    with loading() as context:
        loaded.dataset(context)
    drawn = loaded.draws(count, seed, condition or None)
    words = loaded.code_source.words
    known = drawn.nearest is not None and drawn.distances is not None
    if suffix == ".npz":
        nearest = {"nearest": drawn.nearest, "distances": drawn.distances}
        save_arrays(out, {"z": drawn.z, "decodes": drawn.decodes} | {k: v for k, v in nearest.items() if v is not None})
    else:
        from explorer.plot.figures import save_figure
        from explorer.plot.sheets import draws_sheet, new_sheet

        sheet = draws_sheet([(f"{loaded.name}: {words}", drawn, loaded.description)], size)
        save_figure(out, new_sheet(sheet, dark=dark))
    values: dict[str, Any] = {"count": count, "seed": seed, "source": words, "z": drawn.z.tolist()}
    values["nearest"] = drawn.nearest.tolist() if drawn.nearest is not None else None
    values["distances"] = drawn.distances.tolist() if drawn.distances is not None else None
    compared = f"; nearest of {drawn.compared:,} training samples" if known else ""
    _report(as_json, out, values, f"{count} draws with seed {seed}; {words}{compared}")


MAX_SHEET = 400
"""Maximum number of draws on a sheet; more pictures would be too many to look at."""


@app.command("interpolate", rich_help_panel=LATENT)
def interpolate(
    run: RunPath,
    start: Annotated[
        str, typer.Option("--from", help="A sample's index, or a code such as 0.5,-1; for a run of words, also a word.")
    ],
    end: Annotated[
        str, typer.Option("--to", help="A sample's index, or a code such as 0.5,-1; for a run of words, also a word.")
    ],
    out: Annotated[Path, typer.Option(help="An animation (.gif), a film strip (.png, .svg, .pdf) or arrays (.npz).")],
    steps: Annotated[int, typer.Option(min=2, max=1000, help="Number of codes on the path, both ends included.")] = 16,
    method: Annotated[str, typer.Option(help="lerp (straight) or slerp (along a circle around 0).")] = "lerp",
    condition: Class = "",
    size: Size = 160,
    as_json: AsJson = False,
) -> None:
    """Decode a path between two samples or codes."""
    suffix = checked_out(out, ".gif", *FIGURES, ".npz")
    from explorer.api import load_run
    from explorer.latent.plane.interpolation import decoded_length, path

    loaded = load_run(run)
    codes = path(_endpoint(loaded, start, "--from"), _endpoint(loaded, end, "--to"), steps, method)
    _note_missing_class(loaded, condition)
    decodes = loaded.decode(codes, condition or None)
    # The length of the path in data space, which shows detours that a straight line in z hides.
    length = decoded_length(decodes, loaded.description)
    if suffix == ".npz":
        _save_path(out, codes, decodes, length.value, length.unit)
    else:
        _save_pictures(out, loaded, decodes, size)
    values = {
        "from": start,
        "to": end,
        "steps": steps,
        "method": method,
        "decoded_length": length.value,
        "decoded_length_unit": length.unit,
    }
    _report(as_json, out, values, f"{steps} steps, decoded length {length.value:.4g} {length.unit}")


def _note_missing_class(loaded: "LoadedRun", condition: str) -> None:
    """Warn if a conditional model decodes without a class, which it was never trained for."""
    if loaded.takes_class and not condition:
        known = ", ".join(loaded.description.class_names)
        typer.echo(
            f"note: this decoder was trained with a class, but none is given; choose one with --class: {known}",
            err=True,
        )


def read_code(text: str, latent_dim: int) -> "NDArray[np.float32]":
    """Return a code from comma-separated numbers.

    Raises
    ------
    ConfigError
        If a number is not finite, or there are too few or too many.
    """
    import numpy as np

    try:
        code = np.array([float(part) for part in text.split(",")], np.float32)
    except ValueError as error:
        raise ConfigError(f"z = {text!r}: write {latent_dim} comma-separated numbers") from error
    if len(code) != latent_dim:
        raise ConfigError(f"z = {text!r} has {len(code)} numbers; the codes of this model have {latent_dim}")
    if not np.isfinite(code).all():
        raise ConfigError(f"z = {text!r}: numbers must be finite")
    return code


def _code(loaded: "LoadedRun", text: str) -> "NDArray[np.float32]":
    """Return the code in a text; in a word embedding, a word stands for its vector."""
    # A comma or a number means a code, everything else is a word.
    if loaded.description.of_words and "," not in text and not _is_number(text):
        return loaded.code_of(loaded.words.row_of(text))
    return read_code(text, loaded.latent_dim)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _endpoint(loaded: "LoadedRun", text: str, option: str) -> "NDArray[np.float32]":
    """Return the code of a sample index, or the code in a text; a single whole number is always an index."""
    # In one latent dimension, write a code as "3.0".
    if text.strip().lstrip("+-").isdecimal():
        return loaded.code_of(int(text))
    try:
        return _code(loaded, text)
    except ConfigError as error:
        raise ConfigError(f"{option}: {error}, or a sample index") from error


def _frames(loaded: "LoadedRun", decodes: "NDArray[np.float32]", size: int) -> "list[Pixels]":
    from explorer.rendering.render import render

    return [render(decode, loaded.description, size=(size, size)) for decode in decodes]


def _save_path(
    out: Path, codes: "NDArray[np.float32]", decodes: "NDArray[np.float32]", length: float, unit: str
) -> None:
    import numpy as np

    from explorer.export.arrays import save_arrays

    t = np.linspace(0, 1, len(codes))
    arrays = {"t": t, "z": codes, "decode": decodes, "decoded_length": np.array(length)}
    save_arrays(out, {**arrays, "decoded_length_unit": np.array(unit)})


def _save_pictures(out: Path, loaded: "LoadedRun", decodes: "NDArray[np.float32]", size: int) -> None:
    from explorer.export.pictures import save_gif
    from explorer.plot.figures import save_figure
    from explorer.plot.sheets import new_sheet, path_sheet

    if out.suffix.lower() == ".gif":
        save_gif(out, _frames(loaded, decodes, size))
    else:
        save_figure(out, new_sheet(path_sheet(decodes, loaded.description, size)))


def _report(as_json: bool, out: Path, values: dict[str, Any], text: str) -> None:
    if as_json:
        print_json({"out": str(out), **values})
    else:
        typer.echo(f"{out}: {text}")


@app.command("words", rich_help_panel=LATENT)
def words(
    run: RunPath,
    nearest: Annotated[str | None, typer.Option(metavar="WORD", help="Find the words nearest to this one.")] = None,
    analogy: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Find what is to C as B is to A, for example man,king,woman."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Number of words to find.")] = 10,
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
        _report_words(as_json, {"nearest": nearest}, "cosine", space.near_word(nearest, count))
    else:
        a, b, c = asked
        _report_words(as_json, {"analogy": asked}, "3CosAdd", space.analogy(a, b, c, count))


def _report_words(as_json: bool, asked: dict[str, object], measure: str, found: "tuple[NearWord, ...]") -> None:
    if as_json:
        print_json({**asked, "measure": measure, "words": [asdict(word) for word in found]})
    else:
        print_rows([(word.word, f"{word.score:.4f}") for word in found])
