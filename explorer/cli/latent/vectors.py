"""``vector`` makes an attribute vector from two groups of samples, applies it, and keeps it with the run.

1. The two groups come from searches, files of indices, a kept vector, or an imported one.
2. `MakeVector` computes the vector and its certainty, as in the window.
3. The vector is kept or exported, applied to a sample or code, and carried to another run.
4. Everything is printed, and written to ``--out``.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.latent.code_text import code_of_text, is_index, note_missing_class
from explorer.cli.latent.options import FILMS, Class, Dark
from explorer.cli.output import FIGURES, AsJson, checked_out, print_json, print_rows
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.cli.shell.completion import run_folders
from explorer.config import ConfigError

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.cli.latent.vector_output import VectorOutput
    from explorer.jobs.queries.vector_questions import GroupMembers
    from explorer.latent.directions.applied_vector import AppliedVector
    from explorer.latent.directions.attribute_vector import AttributeVector
    from explorer.runs.kept_vectors import KeptVector
    from explorer.runs.weights_choice import WeightsChoice

Group = Annotated[str, typer.Option(metavar="GROUP", help="A search, such as 'class 3', or @FILE with sample indices.")]
USUAL_STRENGTHS = "-2,-1.5,-1,-0.5,0,0.5,1,1.5,2"
MAX_STRENGTHS = 101
"""Maximum number of strengths."""

SplitColumn = Annotated[
    str, typer.Option(metavar="COLUMN", help="Leave out and resample all samples of one value, such as a person.")
]
KeptName = Annotated[str, typer.Option(metavar="NAME", help="Use a vector that is kept with the run.")]
ImportFile = Annotated[Path | None, typer.Option("--import", help="Use the vector of a JSON file that was exported.")]
AppliedTo = Annotated[str, typer.Option(help="The sample's index or the code that the vector is added to.")]
Strengths = Annotated[str, typer.Option(help="Strengths, separated by commas.")]
AnalogyParts = Annotated[
    str, typer.Option(metavar="A,B,C", help="Decode A − B + C; each is a sample's index, a group, or a code.")
]
KeepName = Annotated[str, typer.Option(metavar="NAME", help="Keep the vector with the run under this name.")]
ExportFile = Annotated[Path | None, typer.Option(help="Write the vector to a JSON file.")]
OtherRun = Annotated[
    Path | None,
    typer.Option(
        "--in",
        metavar="RUN",
        help="Make the vector of the same groups in another run; RUN@best for other weights than those of the first.",
        autocompletion=run_folders,
    ),
]
Listed = Annotated[bool, typer.Option("--list", help="List the vectors that are kept with the run.")]
RemoveName = Annotated[str, typer.Option(metavar="NAME", help="Remove a kept vector.")]
BootstrapSeed = Annotated[int, typer.Option(min=0, help="Random seed of the bootstrap.")]
FrameSize = Annotated[int, typer.Option(min=16, max=1024, help="Width and height of a picture of an animation.")]
VectorFile = Annotated[
    Path | None,
    typer.Option(
        help="A figure (.png, .svg, .pdf), an animation of the strip (.gif, .mp4), arrays (.npz) or a table (.csv)."
    ),
]


@dataclass(frozen=True)
class VectorChoice:
    """The options of ``vector`` that say which vector is meant."""

    plus: str
    minus: str
    by: str
    seed: int
    kept: str
    imported: Path | None


@dataclass(frozen=True)
class VectorUse:
    """The options of ``vector`` that say what is done with the vector."""

    apply: str
    strengths: tuple[float, ...]
    condition: str
    other: Path | None
    keep: str
    export: Path | None


@dataclass(frozen=True)
class VectorTarget:
    """Where and how ``vector`` writes its result; ``suffix`` is that of ``out`` in lower case, or empty."""

    out: Path | None
    suffix: str
    size: int
    dark: bool
    as_json: bool


@app.command("vector", rich_help_panel=LATENT)
def vector(
    run: RunWithWeights,
    plus: Group = "",
    minus: Group = "",
    by: SplitColumn = "",
    kept: KeptName = "",
    imported: ImportFile = None,
    apply: AppliedTo = "",
    strengths: Strengths = USUAL_STRENGTHS,
    analogy: AnalogyParts = "",
    keep: KeepName = "",
    export: ExportFile = None,
    other: OtherRun = None,
    listed: Listed = False,
    remove: RemoveName = "",
    seed: BootstrapSeed = 0,
    condition: Class = "",
    size: FrameSize = 160,
    out: VectorFile = None,
    dark: Dark = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Make an attribute vector from two groups, and apply it.

    The vector is the mean code of the group --plus minus that of --minus; --apply adds it to a code. The certainty of
    the vector is printed: the share of samples on the right side, each left out in turn, the angle to bootstrap draws,
    and the agreement of the differences of pairs. Searches are for example: class 3; index 5-20; width > 3 and not
    split test; name = Anna*.
    """
    target = _target(out, analogy, size, dark, as_json)
    use = VectorUse(apply, _strengths(strengths), condition, other, keep, export)
    loaded = chosen_run(run, weights)
    if listed or remove:
        _list_or_remove(loaded, remove, as_json)
    elif analogy:
        _analogy(loaded, analogy, condition, target)
    else:
        _make(loaded, VectorChoice(plus, minus, by, seed, kept, imported), use, target)


def _target(out: Path | None, analogy: str, size: int, dark: bool, as_json: bool) -> VectorTarget:
    suffix = "" if out is None else checked_out(out, *FIGURES, *FILMS, ".npz", ".csv")
    if analogy and suffix in (*FILMS, ".csv"):
        raise ConfigError(f"--out {out}: --analogy writes a figure (.png, .svg, .pdf) or arrays (.npz)")
    return VectorTarget(out, suffix, size, dark, as_json)


def _make(loaded: "LoadedRun", choice: VectorChoice, use: VectorUse, target: VectorTarget) -> None:
    """Choose or compute a vector, do with it what was asked for, then write and print it."""
    from explorer.cli.latent.vector_output import print_vector, write_vector

    if use.apply:
        note_missing_class(loaded, use.condition)
    output, record = _chosen(loaded, choice, use.keep)
    if use.apply:
        output = replace(output, applied=_applied(loaded, output, use), applied_to=_place(use.apply))
    if use.other is not None:
        # Computed from the same groups there: the latent dimensions of two runs have nothing in common.
        output = replace(output, carried=_carried(record, use.other, loaded.weights.choice, choice.seed))
    if target.out is not None:
        write_vector(output, target.out, target.suffix, target.size, target.dark)
    # Kept last, so that a wrong option keeps nothing.
    if use.keep:
        loaded.vectors.keep(record)
    if use.export is not None:
        from explorer.runs.kept_vectors import export_vector

        export_vector(use.export, record)
    print_vector(output, target.out, target.as_json)


def _chosen(loaded: "LoadedRun", choice: VectorChoice, keep: str) -> "tuple[VectorOutput, KeptVector]":
    """Return the vector of two groups, or a stored one, and its record for keeping."""
    plus, minus, imported = choice.plus, choice.minus, choice.imported
    ways = (plus != "" or minus != "") + (choice.kept != "") + (imported is not None)
    if ways != 1 or (plus == "") != (minus == ""):
        raise ConfigError("choose one vector: --plus GROUP and --minus GROUP, or --kept NAME, or --import FILE")
    import numpy as np

    from explorer.cli.latent.vector_output import VectorOutput
    from explorer.runs.kept_vectors import import_vector

    if not plus:
        record = (
            loaded.vectors.kept_named(choice.kept) if imported is None else import_vector(imported, loaded.latent_dim)
        )
        note = loaded.vectors.difference(record)
        record = replace(record, name=keep) if keep else record
        values = np.array(record.values)
        return VectorOutput(loaded, record.name, values, None, None, dict(record.figures), note=note), record
    groups = (_group(loaded, plus, "--plus"), _group(loaded, minus, "--minus"))
    vector = loaded.vectors.make(*groups, by=choice.by, seed=choice.seed)
    # A file of indices cannot be repeated in another run, as a search can.
    searches = ("" if plus.startswith("@") else plus, "" if minus.startswith("@") else minus)
    name = keep or f"{groups[0].name} − {groups[1].name}"
    record = loaded.vectors.record(name, vector, searches)
    return VectorOutput(loaded, name, vector.values, vector, groups, dict(record.figures)), record


def _group(loaded: "LoadedRun", text: str, option: str) -> "GroupMembers":
    """Return the group of a search, of @FILE, or of a sample's index."""
    from explorer.jobs.queries.vector_questions import GroupMembers

    try:
        if not text.startswith("@"):
            return loaded.vectors.group(text)
        path = Path(text[1:])
        group = loaded.vectors.group(_indices(path))
        return GroupMembers(path.stem, group.samples)
    except ConfigError as error:
        raise ConfigError(f"{option}: {error}") from error


MAX_FILE_BYTES = 50_000_000
"""A larger file is not a list of samples."""


def _indices(path: Path) -> list[int]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); write sample indices into a file") from error
    if size > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: too large for a list of sample indices")
    words = path.read_text(encoding="utf-8", errors="replace").replace(",", " ").split()
    # Numbers of more than 18 digits may not fit 64 bits.
    wrong = next((word for word in words if not (word.isdecimal() and len(word) <= 18)), None)
    if wrong is not None or not words:
        found = f"not {wrong[:20]!r}" if wrong is not None else "but it is empty"
        raise ConfigError(f"{path}: write sample indices, separated by spaces, commas or lines, {found}")
    return [int(word) for word in words]


def _strengths(text: str) -> tuple[float, ...]:
    try:
        # Users copy minus signs from what the program writes.
        found = tuple(float(part.replace("−", "-")) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--strengths {text!r}: write numbers separated by commas, such as -1,0,1") from error
    if len(found) > MAX_STRENGTHS or not all(math.isfinite(one) for one in found):
        raise ConfigError(f"--strengths: write at most {MAX_STRENGTHS} finite numbers")
    return found


def _applied(loaded: "LoadedRun", output: "VectorOutput", use: VectorUse) -> "AppliedVector":
    z = code_of_text(loaded, use.apply, "--apply")
    return loaded.vectors.apply(z, output.values, use.strengths, use.condition or None)


def _place(apply: str) -> str:
    return f"sample {int(apply)}" if is_index(apply) else f"z = {apply}"


def _carried(record: "KeptVector", other: Path, weights: "WeightsChoice", seed: int) -> "tuple[str, AttributeVector]":
    from explorer.api import load_run
    from explorer.runs.weights_choice import run_and_choice

    target = load_run(*run_and_choice(other, weights))
    try:
        return target.name, target.vectors.carry(record, seed)
    except ConfigError as error:
        # Two runs are involved, and the error is about the second.
        raise ConfigError(f"--in {target.name}: {str(error).removeprefix(f'{target.name}: ')}") from error


def _analogy(loaded: "LoadedRun", text: str, condition: str, target: VectorTarget) -> None:
    from explorer.cli.latent.vector_output import print_analogy, write_analogy

    note_missing_class(loaded, condition)
    # Semicolons for searches that have commas themselves.
    parts = [part.strip() for part in text.split(";" if ";" in text else ",")]
    if len(parts) != 3 or not all(parts):
        raise ConfigError(f"--analogy {text!r}: write three samples or groups, such as 5,12,7 or class 3; class 5; 12")
    groups = [_part(loaded, part) for part in parts]
    found = loaded.vectors.analogy(groups[0], groups[1], groups[2], condition or None)
    names = [group.name for group in groups]
    if target.out is not None:
        write_analogy(loaded, found, names, target.out, target.size, target.dark)
    print_analogy(found, names, target.out, target.as_json)


def _part(loaded: "LoadedRun", text: str) -> "GroupMembers":
    """Return a part of an analogy: a sample by its index, a code of latent_dim numbers, or a group."""
    from explorer.jobs.queries.vector_questions import GroupMembers

    if is_index(text):
        return loaded.vectors.group([int(text)])
    try:
        _ = [float(one) for one in text.split(",")]
    except ValueError:
        return _group(loaded, text, "--analogy")
    # Numbers are a code; a wrong count of them is refused as for --apply.
    return GroupMembers(f"z = {text}", (), tuple(map(float, code_of_text(loaded, text, "--analogy"))))


def _list_or_remove(loaded: "LoadedRun", remove: str, as_json: bool) -> None:
    if remove:
        loaded.vectors.remove(remove)
    kept = loaded.vectors.kept
    if as_json:
        print_json({"vectors": [{"name": one.name, "step": one.step, "made": one.made, **one.figures} for one in kept]})
    elif not kept:
        typer.echo(f"{loaded.name} keeps no vectors")
    else:
        print_rows([(one.name, f"{one.plus.name} − {one.minus.name}, step {one.step:,}") for one in kept])
