"""``train``, ``resume`` and ``import``: train a new run, continue one, or make one of given weights.

The first Ctrl-C, SIGTERM or SIGHUP asks the training to stop. It saves a checkpoint, and the program exits with 128
plus the number of the signal. A second Ctrl-C ends the program at once.
"""

import shlex
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from explorer.assets import runs_folder
from explorer.cli.import_report import echo_report
from explorer.cli.output import AsJson, Bar, loading, print_json, print_notices, progress_bar
from explorer.cli.program import TRAIN, app
from explorer.cli.settings import (
    FROM,
    HOW,
    BatchSize,
    ConfigFile,
    Data,
    Device,
    Epochs,
    GivenSettings,
    LatentDim,
    LikeRun,
    Model,
    Seed,
    Settings,
    Threads,
    check_config_file,
    option_values,
    print_config,
    write_config,
)
from explorer.cli.shell.chosen_run import RunPath
from explorer.cli.shell.completion import run_folders, tracker_names
from explorer.cli.shell.help_pages import OUTPUT
from explorer.cli.training_summary import print_summary, training_summary
from explorer.end_signals import end_signals
from explorer.runs.files import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.config import RunConfig
    from explorer.data.dataset import Dataset
    from explorer.jobs.runs.train_run import TrainJob
    from explorer.jobs.tracking.tracker import Tracker
    from explorer.training.events import Event, Finished, Progress

FIRST_LOOK = "0.1"
"""The share of the samples for ``--first-look``, as text for ``train.fraction``."""

LearningRate = Annotated[float | None, typer.Option(help="Learning rate of Adam.", rich_help_panel=HOW)]
FirstLook = Annotated[
    bool,
    typer.Option(
        "--first-look",
        help="Train on a tenth of the samples, with the default number of epochs for that many.",
        rich_help_panel=HOW,
    ),
]
RecipeName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Read the data by this recipe (see inspect --save-recipe).", rich_help_panel=FROM
    ),
]
NewRun = Annotated[
    Path | None,
    typer.Option(help="Folder of the new run. Default: a new one among the runs.", autocompletion=run_folders),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")]
SaveConfig = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write all settings to a .toml or .json file.", rich_help_panel=OUTPUT),
]
Log = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help="Also log to tensorboard, mlflow or wandb.",
        autocompletion=tracker_names,
        rich_help_panel=OUTPUT,
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print all settings as TOML; train nothing.", rich_help_panel=OUTPUT)
]


@app.command("train", rich_help_panel=TRAIN)
def train(
    data: Data = None,
    model: Model = None,
    latent_dim: LatentDim = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    seed: Seed = None,
    threads: Threads = None,
    first_look: FirstLook = False,
    device: Device = "auto",
    settings: Settings = None,
    recipe: RecipeName = None,
    config_file: ConfigFile = None,
    like: LikeRun = None,
    save_config: SaveConfig = None,
    dry_run: DryRun = False,
    out: NewRun = None,
    overwrite: Overwrite = False,
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Train a new run.

    Settings are taken from the family, then from --like, --config, --recipe, --set, and the other options; later ones
    override earlier ones.
    """
    options = option_values(
        data=data, latent_dim=latent_dim, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed,
        threads=threads, fraction=FIRST_LOOK if first_look else None,
    )  # fmt: skip
    config, dataset = GivenSettings(model, like, config_file, recipe, settings, options).resolve(), None
    if save_config is not None or dry_run:
        config, dataset = _write_settings(config, save_config)
    if dry_run:
        print_config(config, as_json)
    else:
        _train_new(config, dataset, out, device, overwrite, log, as_json)


def _write_settings(config: "RunConfig", file: Path | None) -> "tuple[RunConfig, Dataset | None]":
    """Put the number of epochs in place of 0, and write the config to a file if there is one.

    The default depends on the number of samples, and a later version may have another one. Return the config, and the
    data if it was read.
    """
    from explorer.data import catalog
    from explorer.jobs.runs.train_run import with_epochs

    dataset = None
    if file is not None:
        check_config_file(file)
    if not config.train.epochs:
        with loading() as context:
            dataset = catalog.load(config.data, context)
        config = with_epochs(config, dataset)
    if file is not None:
        write_config(file, config)
    return config, dataset


def _train_new(
    config: "RunConfig",
    dataset: "Dataset | None",
    out: Path | None,
    device: str,
    overwrite: bool,
    log: str | None,
    as_json: bool,
) -> None:
    from explorer.data import catalog
    from explorer.jobs.runs.settings import free_run_path
    from explorer.jobs.runs.train_run import new_run
    from explorer.jobs.tracking.tracker import find_trackers

    trackers = find_trackers(log)
    # A name of its own: a training never overwrites a run unless it is asked to.
    out = out or free_run_path(runs_folder(), f"{Path(config.data.source).stem}-{config.model.family}")
    with loading() as context:
        job = new_run(config, out, dataset=dataset, device=device, overwrite=overwrite, context=context)
    if config.data.source not in catalog.names():
        echo_report(job.dataset.report)
    for warning in job.warnings:
        typer.echo(f"note: {warning}", err=True)
    _follow(job, as_json, trackers)


@app.command("resume", rich_help_panel=TRAIN)
def resume(
    run: RunPath,
    epochs: Annotated[
        int | None, typer.Option(help="Number of epochs in total, those already trained included.")
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, mps or xpu. Default: the device that the run was trained on.")
    ] = "",
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Continue training from the newest checkpoint.

    A run that stopped early now trains all its epochs: train.patience becomes 0.
    """
    from explorer.jobs.runs.train_run import resumed_run
    from explorer.jobs.tracking.tracker import find_trackers

    trackers = find_trackers(log)
    with loading() as context:
        job = resumed_run(run, epochs=epochs, device=device, context=context)
    if job.note:
        _warn(job.note)
    _follow(job, as_json, trackers)


def _follow(job: "TrainJob", as_json: bool, trackers: "Sequence[Tracker]") -> None:
    """Train to the end, or to the first Ctrl-C, and print a summary."""
    from explorer.jobs.reports.run_info import run_info

    started = time.monotonic()
    finished, received = _train(job, trackers)
    # Read back from disk: the summary shows what was saved.
    info = run_info(job.run.path)
    summary = training_summary(info.to_json(), finished, time.monotonic() - started)
    if as_json:
        print_json(summary)
    else:
        print_summary(summary, job)
    print_notices(info.notices)
    if finished.status == "stopped":
        line = shlex.join(["latent-explorer", "resume", str(job.run.path)])
        _leave(f"continue with: {line}", received)


def train_to_end(job: "TrainJob", how_to_continue: str) -> None:
    """Train one of several runs; the first Ctrl-C saves it, prints how to continue, and ends the program."""
    finished, received = _train(job)
    if finished.status == "stopped":
        _leave(how_to_continue, received)


def _train(job: "TrainJob", trackers: "Sequence[Tracker]" = ()) -> "tuple[Finished, list[int]]":
    from explorer.jobs.runs.train_run import run_training
    from explorer.jobs.tracking.track_training import track_training
    from explorer.training.control import Control

    control = Control()

    def stop(number: int) -> None:
        # Only a Ctrl-C is pressed twice on purpose: a closed terminal sends SIGHUP several times.
        if control.stopping and number == signal.SIGINT:
            raise KeyboardInterrupt
        control.stop()

    with end_signals(stop) as received:
        events = track_training(job, run_training(job, control), trackers, _warn)
        finished = _watch(events, has_loss=_has_loss(job))
    if finished.status == "failed":
        raise RunError(f"{job.run.path}: {finished.reason}")
    return finished, received


def _warn(sentence: str) -> None:
    typer.echo(f"note: {sentence}", err=True)


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
