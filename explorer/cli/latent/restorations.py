"""``reconstruct``: corrupt a sample and let a model restore it."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from explorer.cli.latent.options import SampleIndex, Size
from explorer.cli.output import FIGURES, AsJson, checked_out, loading, print_json, print_rows
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.cli.shell.completion import words
from explorer.config.run_config import CorruptionName

if TYPE_CHECKING:
    from explorer.data.corruption import Corruption
    from explorer.latent.metrics.decoder.restoration import RestoredSample


def _quoted(name: str) -> str:
    """Return a name as a shell takes it."""
    return f"'{name}'" if " " in name else name


RestorationFile = Annotated[
    Path,
    typer.Option(
        help="A figure (.png, .svg, .pdf) of the sample, its corrupted version, the reconstruction and the "
        "difference; or arrays (.npz)."
    ),
]
CorruptionOption = Annotated[
    str | None,
    typer.Option(
        help=f"{', '.join(map(_quoted, get_args(CorruptionName)))}. Default: that of the training.",
        autocompletion=words(*get_args(CorruptionName)),
    ),
]
Level = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Standard deviation of the noise, or share of the values that change. Default: that of the training.",
    ),
]
CorruptionSeed = Annotated[int, typer.Option(min=0, help="Seed of the noise or the mask.")]


@app.command("reconstruct", rich_help_panel=LATENT)
def reconstruct(
    run: RunWithWeights,
    sample: SampleIndex,
    out: RestorationFile,
    corruption: CorruptionOption = None,
    level: Level = None,
    seed: CorruptionSeed = 0,
    size: Size = 240,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Corrupt a sample, then encode and decode it."""
    suffix = checked_out(out, *FIGURES, ".npz")
    from explorer.data.corruption import Corruption

    loaded = chosen_run(run, weights)
    # By default, corrupt as in the training: this is what the model has learned to undo.
    own = loaded.config.train
    chosen = Corruption(
        own.corruption if corruption is None else corruption, own.corruption_level if level is None else level
    )
    with loading() as context:
        loaded.dataset(context)
    restored = loaded.reconstruct(sample, chosen, seed)
    if suffix == ".npz":
        _save_values(out, restored)
    else:
        from explorer.plot.decodes.sheets import new_sheet, restoration_sheet
        from explorer.plot.figures import save_figure

        save_figure(out, new_sheet(restoration_sheet(restored, loaded.description, size)))
    _report(as_json, out, restored, chosen, seed)


def _save_values(out: Path, restored: "RestoredSample") -> None:
    from explorer.export.arrays import save_arrays

    names = ("clean", "corrupted", "restored", "difference", "z")
    arrays: dict[str, Any] = {name: getattr(restored, name) for name in names}
    if restored.hidden is not None:
        arrays["hidden"] = restored.hidden
    save_arrays(out, arrays)


def _report(as_json: bool, out: Path, restored: "RestoredSample", chosen: "Corruption", seed: int) -> None:
    ratios = {"psnr_corrupted": restored.psnr_corrupted, "psnr_restored": restored.psnr_restored}
    settings = {"sample": restored.sample, "corruption": chosen.kind, "level": chosen.level, "seed": seed}
    if as_json:
        # JSON has no infinity.
        finite = {name: None if value is None or math.isinf(value) else value for name, value in ratios.items()}
        reasons = {name: _why_none(value, restored) for name, value in ratios.items() if finite[name] is None}
        print_json({"out": str(out), **settings, **finite, "z": restored.z.tolist(), "not_defined": reasons})
        return
    corrupted = "not corrupted" if chosen.kind == "none" else f"{chosen.kind} {chosen.level:g}"
    typer.echo(f"{out}: sample {restored.sample}, {corrupted}")
    print_rows([(name, _ratio_text(value, restored)) for name, value in ratios.items()])


def _ratio_text(value: float | None, restored: "RestoredSample") -> str:
    from explorer.rendering.differences import decibels

    return f"not defined: {restored.no_psnr}" if value is None else decibels(value)


def _why_none(value: float | None, restored: "RestoredSample") -> str:
    return restored.no_psnr if value is None else "it equals the sample exactly, so the ratio is infinite"
