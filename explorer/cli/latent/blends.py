"""``blend`` decodes weighted means of codes; ``counterfactual`` finds the nearest code with another class."""

import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.latent.code_text import code_of_text, is_index, note_missing_class, report
from explorer.cli.latent.options import FILMS, Class, Dark, SheetSize
from explorer.cli.output import FIGURES, AsJson, checked_out, loading, print_json, print_rows
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.runs.files import RunError
from explorer.session import MAX_PINS, Waypoint

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.export.blends import Blended
    from explorer.latent.counterfactuals.counterfactual import Counterfactual


@dataclass(frozen=True)
class BlendOutput:
    """Where and how a result is written; ``suffix`` is that of ``out`` in lower case."""

    out: Path
    suffix: str
    size: int
    dark: bool
    as_json: bool


Pins = Annotated[
    list[str],
    typer.Option(
        help="A sample's index, or a code such as 0.5,-1; for a run of words, also a word. Two to eight times."
    ),
]
BlendFile = Annotated[
    Path,
    typer.Option(
        help="A figure (.png, .svg, .pdf) of the pins, the blend, the average and the nearest sample; arrays "
        "(.npz) or a table (.csv)."
    ),
]
Shares = Annotated[str, typer.Option(help="The share of each pin, such as 0.5,0.3,0.2; by default all are equal.")]
GridSteps = Annotated[
    int | None,
    typer.Option(min=1, max=40, help="Show all blends of two or three pins in this number of steps instead."),
]


@app.command("blend", rich_help_panel=LATENT)
def blend(
    run: RunWithWeights,
    pin: Pins,
    out: BlendFile,
    shares: Shares = "",
    grid: GridSteps = None,
    condition: Class = "",
    size: SheetSize = 240,
    dark: Dark = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Decode a blend: the weighted mean of several codes.

    It is shown beside the average of the samples themselves, and the nearest real sample.
    """
    suffix = checked_out(out, *FIGURES, ".npz", ".csv")
    if not 2 <= len(pin) <= MAX_PINS:
        raise ConfigError(f"give --pin 2 to {MAX_PINS} times, for example --pin 3 --pin 17")
    if weights and "," in weights and not weights.startswith("step"):
        raise ConfigError(f"--weights {weights}: this chooses the weights of the model; write --shares {weights}")
    parts = read_shares(shares, len(pin))
    if grid is not None and shares:
        raise ConfigError("give either --shares or --grid, which shows many shares")
    from explorer.export.blends import Blended

    loaded = chosen_run(run, weights)
    pins = tuple(_pin(loaded, text) for text in pin)
    note_missing_class(loaded, condition)
    chosen, output = condition or None, BlendOutput(out, suffix, size, dark, as_json)
    if grid is not None:
        _grid(loaded, pins, grid, chosen, output)
        return
    # Data is optional: without it there is no average and no nearest sample.
    _load_data(loaded)
    blends = loaded.blends
    blended = Blended(pins, parts, blends.decode(pins, parts, chosen), blends.compare(pins, parts, chosen))
    _save_blend(loaded, blended, chosen, output)
    _report_blend(as_json, out, loaded, blended)


@app.command("counterfactual", rich_help_panel=LATENT)
def counterfactual(
    run: RunWithWeights,
    sample: Annotated[int, typer.Argument(min=0, metavar="SAMPLE", help="A sample's index in the run's data.")],
    out: Annotated[
        Path,
        typer.Option(
            help="A film strip (.png, .svg, .pdf), an animation (.gif, .mp4), arrays (.npz) or a table (.csv)."
        ),
    ],
    wanted: Annotated[
        str,
        typer.Option("--class", metavar="CLASS", help="The class to reach, by name or index; any other by default."),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the search.")] = 0,
    steps: Annotated[int, typer.Option(min=2, max=1000, help="Number of decodes on the line.")] = 13,
    size: SheetSize = 96,
    dark: Dark = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Find the nearest code that decodes to another class.

    The class of a decode is that of the real sample nearest to it, as in the decision regions of the plane.
    """
    suffix = checked_out(out, *FIGURES, *FILMS, ".npz", ".csv")
    loaded = chosen_run(run, weights)
    with loading() as context:
        loaded.dataset(context)
    found = loaded.counterfactual(sample, wanted or None, seed=seed, steps=steps)
    _save_strip(BlendOutput(out, suffix, size, dark, as_json), loaded, found)
    from explorer.latent.counterfactuals.counterfactual_text import counterfactual_json, sentences

    text = f"sample {sample}. {' '.join(sentences(found, loaded.description))}"
    report(as_json, out, {"seed": seed, **counterfactual_json(found, loaded.description)}, text)


def read_shares(text: str, count: int) -> tuple[float, ...]:
    """Return shares from comma-separated numbers; equal ones for an empty text.

    Shares with another sum than 1, such as 5,3,2, are scaled.

    Raises
    ------
    ConfigError
        If a number is negative or not finite, all are 0, or there are not ``count`` of them.
    """
    if not text:
        return (1.0 / count,) * count
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--shares {text}: write {count} comma-separated numbers") from error
    if len(shares) != count:
        raise ConfigError(f"--shares {text}: write {count} numbers, one for each --pin")
    whole = sum(shares)
    # NaN fails the comparison as well.
    if not (min(shares) >= 0 and 0 < whole < math.inf):
        raise ConfigError(f"--shares {text}: shares are at least 0, finite, and not all 0")
    # Do not scale shares that already sum to 1: rounding would change them.
    return shares if abs(whole - 1) < 1e-6 else tuple(share / whole for share in shares)


def _pin(loaded: "LoadedRun", text: str) -> Waypoint:
    """Return the pin of a sample index, a word, or a code as text."""
    if is_index(text):
        return loaded.blends.pin(int(text))
    if loaded.description.of_words and text in loaded.description.sample_names:
        # Store the row of a word in its pin: the code alone does not identify the word.
        return loaded.blends.pin(loaded.words.row_of(text))
    return loaded.blends.pin(code_of_text(loaded, text, "--pin"))


def _load_data(loaded: "LoadedRun") -> None:
    """Load the data with a progress bar, or say why that is not possible."""
    try:
        with loading() as context:
            loaded.dataset(context)
    except (DataError, RunError) as error:
        typer.echo(f"note: without the average and the distance to it: {error}", err=True)


def _save_blend(loaded: "LoadedRun", blended: "Blended", condition: str | None, output: BlendOutput) -> None:
    from explorer.export.blends import save_blend_arrays, save_blend_table

    if output.suffix == ".npz":
        save_blend_arrays(output.out, blended)
    elif output.suffix == ".csv":
        save_blend_table(output.out, blended)
    else:
        _save_figure(loaded, blended, condition, output)


def _save_figure(loaded: "LoadedRun", blended: "Blended", condition: str | None, output: BlendOutput) -> None:
    import numpy as np

    from explorer.export.blends import pin_name
    from explorer.plot.decodes.blend_figure import PinPicture, new_blend
    from explorer.plot.figures import save_figure

    samples = None
    with suppress(DataError, RunError):
        samples = loaded.dataset()
    pictures = []
    for pin, weight in zip(blended.pins, blended.weights, strict=True):
        if samples is not None and pin.sample is not None:
            # A pinned sample is shown itself, not its reconstruction.
            values = samples.rows(np.array([pin.sample]))[0]
        else:
            values = loaded.decode(np.array(pin.z, np.float32), condition)
        pictures.append(PinPicture(pin_name(pin, loaded.description), weight, values))
    decode, about = blended.decoded.decode, loaded.description
    save_figure(output.out, new_blend(pictures, decode, blended.comparison, about, output.size, dark=output.dark))


def _report_blend(as_json: bool, out: Path, loaded: "LoadedRun", blended: "Blended") -> None:
    from explorer.export.blends import pin_name
    from explorer.latent.blends.blend_text import comparison_json, comparison_lines
    from explorer.latent.plane.cursor_marks import waypoint_name

    if as_json:
        pins = [{"sample": pin.sample, "z": list(pin.z)} for pin in blended.pins]
        values = comparison_json(blended.comparison, loaded.description)
        z = blended.decoded.z.tolist()
        print_json({"out": str(out), "pins": pins, "shares": list(blended.weights), "z": z, **values})
        return
    named = zip(blended.pins, blended.weights, strict=True)
    parts = [
        f"{weight:.3g} {waypoint_name(index)} ({pin_name(pin, loaded.description)})"
        for index, (pin, weight) in enumerate(named)
    ]
    typer.echo(f"{out}: {' + '.join(parts)}")
    print_rows(comparison_lines(blended.comparison, loaded.description))


def _grid(
    loaded: "LoadedRun", pins: tuple[Waypoint, ...], steps: int, condition: str | None, output: BlendOutput
) -> None:
    from explorer.export.arrays import save_arrays
    from explorer.export.blends import pin_name
    from explorer.export.tables import save_table
    from explorer.latent.plane.cursor_marks import waypoint_name
    from explorer.plot.decodes.blend_figure import new_blend_grid
    from explorer.plot.figures import save_figure

    weights, z, decodes = loaded.blends.grid(pins, steps, condition)
    if output.suffix == ".npz":
        save_arrays(output.out, {"shares": weights, "z": z, "decodes": decodes})
    elif output.suffix == ".csv":
        # Columns carry the letters of the pins, which the figure shows.
        heads = [f"share_{waypoint_name(index)}" for index in range(len(pins))]
        heads += [f"z{axis + 1}" for axis in range(z.shape[1])]
        rows = ([*shares, *code] for shares, code in zip(weights.tolist(), z.tolist(), strict=True))
        save_table(output.out, heads, rows)
    else:
        names = [pin_name(pin, loaded.description) for pin in pins]
        figure = new_blend_grid(decodes, weights, names, loaded.description, output.size, dark=output.dark)
        save_figure(output.out, figure)
    values = {"shares": weights.tolist(), "z": z.tolist()}
    report(output.as_json, output.out, values, f"{len(z)} blends of {len(pins)} pins in {steps} steps")


def _save_strip(output: BlendOutput, loaded: "LoadedRun", found: "Counterfactual") -> None:
    from explorer.export.blends import save_counterfactual_arrays, save_counterfactual_film, save_counterfactual_table
    from explorer.plot.decodes.blend_figure import counterfactual_sheet
    from explorer.plot.decodes.sheets import new_sheet
    from explorer.plot.figures import save_figure

    about = loaded.description
    if output.suffix == ".npz":
        save_counterfactual_arrays(output.out, found)
    elif output.suffix == ".csv":
        save_counterfactual_table(output.out, found, about)
    elif output.suffix in FILMS:
        save_counterfactual_film(output.out, found, about, output.size, dark=output.dark)
    else:
        save_figure(output.out, new_sheet(counterfactual_sheet(found, about, output.size), dark=output.dark))
