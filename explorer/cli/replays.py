"""``replay``: save a training as a film."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.output import AsJson, RunPath, checked_out, loading, print_json
from explorer.cli.program import LATENT, app
from explorer.config import ConfigError


@app.command("replay", rich_help_panel=LATENT)
def replay(
    run: RunPath,
    out: Annotated[Path, typer.Option(help="A film .gif or .mp4, or arrays .npz.")],
    z: Annotated[
        list[str] | None,
        typer.Option("--z", help="A code whose decode is shown too, its numbers comma-separated; may be given again."),
    ] = None,
    sample: Annotated[
        list[int] | None,
        typer.Option("--sample", help="A sample whose code's decode is shown too, by index; may be given again."),
    ] = None,
    size: Annotated[int, typer.Option(min=64, max=2048, help="Width and height of the plane, in pixels.")] = 640,
    fps: Annotated[float, typer.Option(min=0.5, max=60, help="Frames of the replay per second.")] = 12.0,
    axes: Annotated[
        str, typer.Option(help="Two latent dimensions, as 1,3; else z itself, or PCA of the last codes.")
    ] = "",
    dark: Annotated[bool, typer.Option("--dark", help="On a dark ground.")] = False,
    as_json: AsJson = False,
) -> None:
    """Save the training of a run as a film."""
    checked_out(out, ".gif", ".mp4", ".npz")
    from explorer.cli.codes import read_code
    from explorer.jobs.reports.replay_film import FilmOptions, save_replay
    from explorer.runs.replay import size_words
    from explorer.runs.run_directory import open_run

    latent_dim = open_run(run).config.model.latent_dim
    # Checked against the run before its data and frames are read.
    codes = tuple(tuple(map(float, read_code(text, latent_dim))) for text in z or ())
    options = FilmOptions(size, fps, dark, codes, tuple(sample or ()), _axes(axes, latent_dim))
    with loading() as context:
        saved = save_replay(run, out, options, context)
    if as_json:
        epochs = [saved.first_epoch, saved.last_epoch]
        print_json(
            {"out": str(out), "frames": saved.frames, "epochs": epochs, "bytes": saved.size, "damaged": saved.damaged}
        )
    else:
        span = f"epoch {saved.first_epoch:.4g} to {saved.last_epoch:.4g}"
        left_out = f"; {saved.damaged} damaged frames left out" if saved.damaged else ""
        typer.echo(f"{out}: {saved.frames} frames, {span}, {size_words(saved.size)}{left_out}")


def _axes(text: str, latent_dim: int) -> tuple[int, int] | None:
    if not text:
        return None
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts) or "0" in map(str.strip, parts):
        raise ConfigError(f"--axes {text}: write two latent dimensions counted from 1, for example 1,3")
    # Users count dimensions from 1, as in the window.
    first, second = int(parts[0]) - 1, int(parts[1]) - 1
    if first == second or max(first, second) >= latent_dim:
        raise ConfigError(f"--axes {text}: choose two different dimensions from 1 to {latent_dim}")
    return first, second
