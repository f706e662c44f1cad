"""``train``, ``resume`` and ``import``: train a new run, continue one, or make one of given weights.

The first Ctrl-C (or SIGTERM) asks the training to stop. It saves a checkpoint, and the program exits with 128 plus the
number of the signal. A second Ctrl-C ends the program at once.
"""

import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from explorer.cli.import_report import echo_report
from explorer.cli.output import AsJson, Bar, RunPath, loading, print_json, print_notices, print_rows, progress_bar
from explorer.cli.program import TRAIN, app
from explorer.config import ConfigError, value_text
from explorer.runs.files import RunError

if TYPE_CHECKING:
    from explorer.jobs.runs.train_run import TrainJob
    from explorer.training.control import Control
    from explorer.training.events import Event, Finished, Progress

FIRST_LOOK = "0.1"
"""The share of the samples for ``--first-look``, as text for ``train.fraction``."""

Device = Annotated[str, typer.Option(help="auto, cpu, cuda, mps or xpu.")]


@app.command("train", rich_help_panel=TRAIN)
def train(
    data: Annotated[
        str | None,
        typer.Option(help="A data set (see datasets), a file or a folder. Default: the example data of the family."),
    ] = None,
    model: Annotated[str, typer.Option(help="Model family (see models).")] = "vae",
    latent_dim: Annotated[int | None, typer.Option(help="Number of latent dimensions.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training split.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Samples per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate of Adam.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Random seed. The same seed, versions and threads give the same weights.")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads; 0 for all cores but one.")] = None,
    first_look: Annotated[bool, typer.Option("--first-look", help="Train on a tenth of the samples.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting, for example model.beta=4."),
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="Read the data by this recipe (see inspect --save-recipe).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new run. Default: a new one among the runs.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Train a new run."""
    options = {
        "data.source": data,
        "model.latent_dim": latent_dim,
        "train.epochs": epochs,
        "train.batch_size": batch_size,
        "train.learning_rate": learning_rate,
        "train.seed": seed,
        "train.threads": threads,
        "train.fraction": FIRST_LOOK if first_look else None,
    }
    # Everything becomes text, so that options and --set go through the same checks.
    given = {key: str(value) for key, value in options.items() if value is not None}
    by_recipe = {} if recipe is None else _recipe_assignments(recipe)
    # A named option wins over --set of the same setting.
    assignments = {**by_recipe, **read_assignments(settings or []), **given}
    from explorer.data import catalog
    from explorer.jobs.runs.settings import build_config, free_run_path, runs_folder
    from explorer.jobs.runs.train_run import new_run

    config = build_config(model, assignments)
    # A name of its own: a training never overwrites a run unless it is asked to.
    out = out or free_run_path(runs_folder(), f"{Path(config.data.source).stem}-{model}")
    with loading() as context:
        job = new_run(config, out, device=device, overwrite=overwrite, context=context)
    if config.data.source not in catalog.names():
        echo_report(job.dataset.report)
    for warning in job.warnings:
        typer.echo(f"note: {warning}", err=True)
    _follow(job, as_json)


@app.command("resume", rich_help_panel=TRAIN)
def resume(
    run: RunPath,
    epochs: Annotated[
        int | None, typer.Option(help="Number of epochs in total, those already trained included.")
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, mps or xpu. Default: the device that the run was trained on.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Continue training from the newest checkpoint."""
    from explorer.jobs.runs.train_run import resumed_run

    with loading() as context:
        job = resumed_run(run, epochs=epochs, device=device, context=context)
    _follow(job, as_json)


def _recipe_assignments(name: str) -> dict[str, str]:
    from explorer.data.imports.recipes import named_recipe

    return {f"data.{key}": value_text(value) for key, value in named_recipe(name).settings.items()}


def read_assignments(texts: list[str]) -> dict[str, str]:
    """Return the keys and values of ``--set KEY=VALUE`` options.

    Raises
    ------
    ConfigError
        If a text has no "=".
    """
    assignments = {}
    for text in texts:
        # Values may contain "=", for example paths.
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise ConfigError(f"--set {text}: write KEY=VALUE, for example --set model.beta=4")
        assignments[key.strip()] = value.strip()
    return assignments


def _follow(job: "TrainJob", as_json: bool) -> None:
    """Train to the end, or to the first Ctrl-C, and print a summary."""
    from explorer.jobs.reports.run_info import run_info

    started = time.monotonic()
    finished, received = _train(job)
    # Read back from disk: the summary shows what was saved.
    info = run_info(job.run.path)
    summary = _summary(info.to_json(), finished, time.monotonic() - started)
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary, job)
    print_notices(info.notices)
    if finished.status == "stopped":
        line = shlex.join(["latent-explorer", "resume", str(job.run.path)])
        _leave(f"continue with: {line}", received)


def train_to_end(job: "TrainJob", how_to_continue: str) -> None:
    """Train one of several runs; the first Ctrl-C saves it, prints how to continue, and ends the program."""
    finished, received = _train(job)
    if finished.status == "stopped":
        _leave(how_to_continue, received)


def _train(job: "TrainJob") -> "tuple[Finished, list[int]]":
    from explorer.jobs.runs.train_run import run_training
    from explorer.training.control import Control

    control = Control()
    with _stopped_by_signals(control) as received:
        finished = _watch(run_training(job, control), has_loss=_has_loss(job))
    if finished.status == "failed":
        raise RunError(f"{job.run.path}: {finished.reason}")
    return finished, received


def _leave(how_to_continue: str, received: list[int]) -> NoReturn:
    typer.echo(f"stopped and saved; {how_to_continue}", err=True)
    # The convention of shells for a program that a signal has ended.
    raise SystemExit(128 + (received[0] if received else signal.SIGINT))


def _has_loss(job: "TrainJob") -> bool:
    from explorer.models import catalog

    return catalog.family(job.run.config.model.family).model_type.has_validation_loss


def _watch(events: "Iterator[Event]", *, has_loss: bool) -> "Finished":
    from explorer.training.events import Finished, Progress

    with progress_bar(0, "step") as bar:
        for event in events:
            if isinstance(event, Progress):
                _show(event, bar, has_loss=has_loss)
            if isinstance(event, Finished):
                return event
    raise RunError("the training ended without a result")


def _show(event: "Progress", bar: Bar, *, has_loss: bool) -> None:
    bar.total = event.steps
    # refresh=False: one redraw per event, at the update below.
    bar.set_description(f"epoch {event.epoch:.0f}/{event.epochs}", refresh=False)
    for metric in event.metrics:
        # The sum of opposed losses of a GAN says nothing, so its terms are shown instead.
        shown = {"loss": metric.terms["total"]} if has_loss else metric.terms
        words = ", ".join(f"{name} {value:.4g}" for name, value in shown.items() if name != "total")
        bar.set_postfix_str(f"{metric.split} {words} nats/sample", refresh=False)
    bar.update(event.step - bar.n)


@contextmanager
def _stopped_by_signals(control: "Control") -> Iterator[list[int]]:
    """Make the first SIGINT or SIGTERM stop and save the training, and a second one end the program at once."""
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        control.stop()

    # Only the main thread may set handlers, and commands run in it.
    old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        # Restored for callers that run several trainings or embed the command.
        for number, handler in old.items():
            signal.signal(number, handler)


def _summary(info: dict[str, Any], finished: "Finished", seconds: float) -> dict[str, Any]:
    return {
        "run": info["path"],
        "status": finished.status,
        "step": finished.step,
        "seconds": round(seconds, 3),
        "data": info["config"]["data"]["source"],
        "model": info["config"]["model"]["family"],
        "device": info["machine"]["device"],
        "threads": info["machine"]["threads"],
        "losses": info["losses"],
        "notices": info["notices"],
    }


def _print_summary(summary: dict[str, Any], job: "TrainJob") -> None:
    from explorer.training.devices import device_title

    losses = summary["losses"]
    rows = [
        ("run", summary["run"]),
        ("trained", f"{summary['model']} on {summary['data']}, {summary['status']} after {summary['step']} steps"),
        ("took", f"{summary['seconds']:.1f} s on {device_title(summary['device'], summary['threads'])}"),
    ]
    rows += [
        (split, losses_text(losses[split], summary["model"])) for split in ("train", "validation") if losses[split]
    ]
    print_rows(rows)
    typer.echo(f"open it with: {shlex.join(['latent-explorer', str(job.run.path)])}")


def losses_text(losses: dict[str, Any], family: str) -> str:
    """Return the losses and figures of a logged step as text with units; the total only if it is a loss."""
    from explorer.latent.information.rounding import MAX_FIXED
    from explorer.models import catalog
    from explorer.models.terms import NATS, described, plain_term

    model = catalog.family(family).model_type
    known = described(model.terms)
    named = {name: value for name, value in losses.items() if name not in ("epoch", "figures")}
    if not model.has_validation_loss:
        # Without a common loss, the total has no meaning.
        named.pop("total", None)
    words: dict[str, list[str]] = {}
    for name, value in named.items():
        # Grouped by unit, so that each unit is written once.
        words.setdefault(known.get(name, plain_term(name)).unit, []).append(
            f"{name} {value:.2f}" if abs(value) < MAX_FIXED else f"{name} {value:.2e}"
        )
    for name, value in losses.get("figures", {}).items():
        term = known.get(name, plain_term(name, unit=""))
        words.setdefault(term.unit, []).append(f"{term.title} {value:.4g}")
    parts = [
        f"{', '.join(values)} {unit}".strip() for unit, values in sorted(words.items(), key=lambda u: u[0] != NATS)
    ]
    when = f" at epoch {losses['epoch']:.4g}" if model.trained_by_steps else ""
    return "; ".join(parts) + when


@app.command("import", rich_help_panel=TRAIN)
def import_weights(
    file: Annotated[Path, typer.Argument(help="A file with a state_dict: .pt or .safetensors. No code in it is run.")],
    model: Annotated[str, typer.Option(help="Model family of the weights (see models).")] = "vae",
    data: Annotated[str | None, typer.Option(help="The training data: a data set, a file or a folder.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting, for example model.hidden_widths=400."),
    ] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OLD=NEW",
            help="Use the tensor OLD of the file as the tensor NEW of the model. May be repeated.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new run. Default: a new one among the runs.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show which tensor goes where; write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import another program's weights as a run."""
    from explorer.jobs.runs.import_run import import_run, plan_import
    from explorer.jobs.runs.settings import build_config, free_run_path, runs_folder
    from explorer.models.weight_import.weight_import import read_map

    given = read_assignments(settings or []) | ({} if data is None else {"data.source": data})
    # Settings decide the shapes that the tensors must fit.
    config = build_config(model, given)
    with loading() as context:
        plan = plan_import(file, config, read_map(renamed or []), context=context)
    # Guessed matches are printed even with --json, as a wrong one ruins the model silently.
    for pair in plan.weights.guessed:
        typer.echo(f"note: {pair.file} is used as {pair.model} {pair.shape}, matched by {pair.how}", err=True)
    for name in plan.weights.ignored:
        typer.echo(f"note: {name} is ignored: the model has no such tensor", err=True)
    # In the order of the model, so that gaps are easy to see.
    tensors = {pair.model: pair.file for pair in plan.weights.pairs}
    if dry_run:
        print_json({"tensors": tensors}) if as_json else print_rows(list(tensors.items()))
        return
    out = out or free_run_path(runs_folder(), f"{file.stem}-{model}")
    run = import_run(plan, out, overwrite=overwrite)
    if as_json:
        print_json({"run": str(run.path), "imported_from": str(file), "tensors": tensors})
    else:
        print_rows([("run", str(run.path)), ("imported from", str(file)), ("tensors", str(len(tensors)))])
