"""``encode`` encodes all samples of a run's data, or own input: pictures, rows, texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.latent.code_text import report
from explorer.cli.output import FIGURES, AsJson, checked_out, loading, numbers_text, print_json
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.config import ConfigError, suggestion

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.data.own_input.sources import InputSource
    from explorer.latent.codes.encode_input import EncodedInput

Encoded = Sequence[tuple[str, "EncodedInput"]]
"""Inputs by name."""
PICTURE_SIDE = 140
"""Width and height of a picture in a figure, in pixels."""

InputFiles = Annotated[
    list[Path],
    typer.Option(help="Encode this picture, text or file of numbers instead of the samples. May be repeated."),
]
InputRows = Annotated[
    list[str],
    typer.Option(help='Encode a row such as "width=3,colour=red", or numbers in order. May be repeated.'),
]
InputTexts = Annotated[list[str], typer.Option(help="Encode a text. May be repeated.")]
StepsLeftOut = Annotated[
    list[str], typer.Option("--no", metavar="STEP", help="Leave out a step of fitting a picture, such as invert.")
]
StepsDone = Annotated[
    list[str], typer.Option("--do", metavar="STEP", help="Do a step of fitting a picture, such as centre.")
]
InputClass = Annotated[
    str,
    typer.Option("--class", metavar="CLASS", help="For a conditional model: the class of the input."),
]
CodesFile = Annotated[
    Path | None,
    typer.Option(
        help="The codes as arrays (.npz), a table (.csv, .parquet) or annotated data (.h5ad); of own input as .npz, "
        ".csv or a figure (.png, .svg, .pdf) of its steps and reconstruction."
    ),
]


@app.command("encode", rich_help_panel=LATENT)
def encode(
    run: RunWithWeights,
    file: InputFiles = [],  # noqa: B006  (typer's way to declare an option that may be repeated)
    row: InputRows = [],  # noqa: B006
    text: InputTexts = [],  # noqa: B006
    no: StepsLeftOut = [],  # noqa: B006
    do: StepsDone = [],  # noqa: B006
    condition: InputClass = "",
    out: CodesFile = None,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Encode all samples, or your own input, to latent codes.

    Pictures are fitted to those of the data: inverted, cropped, resized and centred where the data is. Each step is
    printed and can be left out with --no. A row is NAME=VALUE for the columns of a table.
    """
    if not (file or row or text):
        if no or do or condition:
            raise ConfigError("--no, --do and --class need own input: give --file, --row or --text")
        _encode_all(run, out, weights, as_json)
        return
    suffix = "" if out is None else checked_out(out, ".npz", ".csv", *FIGURES)
    choices = _choices(no, do)
    from explorer.api import encode_input, read_input, read_row
    from explorer.data.own_input.sources import TextSource

    loaded = chosen_run(run, weights)
    # All inputs are read before the data is loaded, so that a wrong file is found at once.
    sources: list[InputSource] = [read_input(loaded, path) for path in file]
    sources += [read_row(loaded, one) for one in row]
    sources += [TextSource(one) for one in text]
    with loading() as context:
        loaded.dataset(context)
    encoded = [(one.name, encode_input(loaded, one, choices, condition or None)) for one in sources]
    if out is not None:
        _save(out, suffix, loaded, encoded)
    _report(loaded, encoded, out, as_json)


def _report(loaded: "LoadedRun", encoded: Encoded, out: Path | None, as_json: bool) -> None:
    if as_json:
        values = [_values(loaded, name, one) for name, one in encoded]
        print_json({"out": None if out is None else str(out), "inputs": values})
        return
    for name, one in encoded:
        typer.echo("\n".join(_lines(loaded, name, one)))
    if out is not None:
        typer.echo(f"{out}: {len(encoded)} {'input' if len(encoded) == 1 else 'inputs'}")


def _encode_all(run: Path, out: Path | None, weights: str | None, as_json: bool) -> None:
    if out is None:
        raise ConfigError(
            "--out: name a file (.npz, .csv, .parquet or .h5ad) for the codes of all samples, or give --file, --row or "
            "--text"
        )
    from explorer.export.codes import CODE_FILES, save_codes

    checked_out(out, *(f".{suffix}" for suffix in CODE_FILES))
    loaded = chosen_run(run, weights)
    if loaded.has_encoder:  # without an encoder, fail before loading the data
        with loading() as context:
            loaded.dataset(context)
    codes = loaded.encode_dataset()
    save_codes(out, codes, loaded.description, loaded.name)
    samples, latent_dim = codes.mean.shape
    report(as_json, out, {"samples": samples, "latent_dim": latent_dim}, f"{samples} codes of {latent_dim} numbers")


def _choices(no: Sequence[str], do: Sequence[str]) -> dict[str, bool]:
    from explorer.data.own_input.picture_steps import STEP_NAMES

    for option, names in (("--no", no), ("--do", do)):
        if unknown := [name for name in names if name not in STEP_NAMES]:
            raise ConfigError(f"{option} {unknown[0]}: {suggestion(unknown[0], STEP_NAMES)}")
    if both := set(no) & set(do):
        raise ConfigError(f"--no and --do both name {min(both)}")
    # Steps in neither list are chosen automatically.
    return dict.fromkeys(no, False) | dict.fromkeys(do, True)


def _lines(loaded: "LoadedRun", name: str, encoded: "EncodedInput") -> list[str]:
    from explorer.latent.steps import Absent

    near, fitted = encoded.near, encoded.fitted
    lines = [f"{name}: z = {numbers_text(encoded.mean, 4)}"]
    lines += [f"  {step.name}: {step.reason}" for step in fitted.steps if step.applied]
    lines += [f"  {note}" for note in fitted.notes]
    if isinstance(near, Absent):
        lines.append(f"  nearest codes: not defined: {near.why}")
    else:
        label = loaded.description.class_name(near.label)
        voted = f"class {label}: {near.votes} of the {len(near.index)} nearest codes; " if label else ""
        far = "" if near.is_near else ", farther than for 95 % of the samples"
        title = loaded.description.sample_title(int(near.index[0]))
        lines.append(f"  {voted}nearest: {title} at {near.distances[0]:.3g}{far}")
    lines.append(f"  {_error_text(encoded)}")
    if not isinstance(encoded.kl, Absent):
        # A KL in closed form has no sampling error.
        error = f" ± {encoded.kl_error:.2g}" if encoded.kl_error else ""
        lines.append(f"  KL {encoded.kl:.4g}{error} nats")
    return [*lines, *(f"  warning: {warning}" for warning in fitted.warnings)]


def _error_text(encoded: "EncodedInput") -> str:
    from explorer.latent.steps import Absent

    if isinstance(encoded.error, Absent):
        return f"reconstruction error: not defined: {encoded.error.why}"
    return encoded.error.text


def _values(loaded: "LoadedRun", name: str, encoded: "EncodedInput") -> dict[str, Any]:
    from explorer.latent.steps import Absent

    error, near, fitted = encoded.error, encoded.near, encoded.fitted
    # The reasons for the figures that are null.
    absent = {
        key: value.why
        for key, value in (("error", error), ("kl", encoded.kl), ("nearest", near))
        if isinstance(value, Absent)
    }
    values: dict[str, Any] = {
        "name": name,
        "mean": encoded.mean.tolist(),
        # An autoencoder has no variance.
        "log_variance": None if encoded.log_variance is None else encoded.log_variance.tolist(),
        "error_nats": None if isinstance(error, Absent) else error.nats,
        "error_percentile": None if isinstance(error, Absent) else error.percentile,
        "error_compared": 0 if isinstance(error, Absent) else error.compared,
        "kl_nats": None if isinstance(encoded.kl, Absent) else encoded.kl,
        "steps": [{"name": one.name, "applied": one.applied, "reason": one.reason} for one in fitted.steps],
        "notes": list(fitted.notes),
        "warnings": list(fitted.warnings),
        "not_defined": absent,
    }
    if not isinstance(near, Absent):
        values |= {
            "class": loaded.description.class_name(near.label) or None,
            "votes": near.votes,
            "nearest": near.index.tolist(),
            "distances": near.distances.tolist(),
            "is_near_data": near.is_near,
        }
    return values


def _save(out: Path, suffix: str, loaded: "LoadedRun", encoded: Encoded) -> None:
    from explorer.export.own_inputs import save_inputs_arrays, save_inputs_table

    if suffix == ".npz":
        save_inputs_arrays(out, encoded)
    elif suffix == ".csv":
        save_inputs_table(out, loaded.description, encoded)
    else:
        _save_figure(out, loaded, encoded)


def _save_figure(out: Path, loaded: "LoadedRun", encoded: Encoded) -> None:
    import numpy as np

    from explorer.latent.steps import Absent
    from explorer.plot.decodes.input_figure import NEAREST, ShownInput, input_sheet
    from explorer.plot.decodes.sheets import new_sheet
    from explorer.plot.figures import save_figure

    dataset = loaded.dataset()
    # Without nearest codes, select no rows: the empty array still has the shape of the samples.
    none = np.empty(0, np.int64)
    shown = [
        ShownInput(name, one, dataset.rows(none if isinstance(one.near, Absent) else one.near.index[:NEAREST]))
        for name, one in encoded
    ]
    save_figure(out, new_sheet(input_sheet(shown, loaded.description, PICTURE_SIDE)))
