"""``ablate`` and ``ladder``: train several runs that differ only in the loss, and compare them."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.assets import runs_folder
from explorer.cli import settings as given
from explorer.cli.output import AsJson, followed, loading, print_json
from explorer.cli.program import TRAIN, app
from explorer.cli.training import train_to_end
from explorer.runs.files import RunError

if TYPE_CHECKING:
    from explorer.jobs.experiments.loss_experiment import LossExperiment
    from explorer.jobs.experiments.loss_report import LossReport

Out = Annotated[Path | None, typer.Option(help="Folder of the runs and the report. Default: a new one.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Train all runs again; otherwise unfinished ones continue.")
]


@app.command("ablate", rich_help_panel=TRAIN)
def ablate(
    data: given.Data = None,
    model: given.Model = None,
    latent_dim: given.LatentDim = None,
    epochs: given.Epochs = None,
    batch_size: given.BatchSize = None,
    seed: given.Seed = None,
    threads: given.Threads = None,
    device: given.Device = "auto",
    with_autoencoder: Annotated[
        bool, typer.Option("--with-autoencoder", help="Also train an autoencoder with the same networks.")
    ] = False,
    settings: given.Settings = None,
    config_file: given.ConfigFile = None,
    like: given.LikeRun = None,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train with only KL, only reconstruction, and both.

    The runs start from the same weights. The report describes what each term of the loss does, with measured figures.
    """
    from explorer.jobs.experiments.loss_experiment import ablation

    options = given.option_values(
        data=data, latent_dim=latent_dim, epochs=epochs, batch_size=batch_size, seed=seed, threads=threads
    )
    config = given.GivenSettings(model, like, config_file, None, settings, options).resolve()
    _run(ablation(config, with_autoencoder=with_autoencoder), out, "ablation", overwrite, device, as_json)


@app.command("ladder", rich_help_panel=TRAIN)
def ladder(
    betas: Annotated[str, typer.Option(help="Values of β, separated by commas.")] = "0.1,0.5,1,2,4",
    data: given.Data = None,
    model: given.Model = None,
    latent_dim: given.LatentDim = None,
    epochs: given.Epochs = None,
    batch_size: given.BatchSize = None,
    seed: given.Seed = None,
    threads: given.Threads = None,
    device: given.Device = "auto",
    settings: given.Settings = None,
    config_file: given.ConfigFile = None,
    like: given.LikeRun = None,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train once for each β; report the rate–distortion curve.

    The runs start from the same weights.
    """
    from explorer.jobs.experiments.loss_experiment import ladder as ladder_of
    from explorer.jobs.experiments.loss_experiment import read_betas

    options = given.option_values(
        data=data, latent_dim=latent_dim, epochs=epochs, batch_size=batch_size, seed=seed, threads=threads
    )
    config = given.GivenSettings(model, like, config_file, None, settings, options).resolve()
    _run(ladder_of(config, read_betas(betas)), out, "ladder", overwrite, device, as_json)


def _run(
    experiment: "LossExperiment", out: Path | None, kind: str, overwrite: bool, device: str, as_json: bool
) -> None:
    from explorer.jobs.experiments.run_experiment import ExperimentFolder, check_folder, jobs_of, load_data, report_of

    first = experiment.members[0].config
    # No number is appended to the name: the same command must find its runs again.
    target = ExperimentFolder(out or runs_folder() / f"{Path(first.data.source).stem}-{first.model.family}-{kind}")
    with loading() as context:
        dataset = load_data(experiment, context)
    # All folders are checked before the first training starts.
    check_folder(experiment, target, dataset, overwrite=overwrite)
    failed: list[str] = []
    for number, (member, job) in enumerate(jobs_of(experiment, target, dataset, device=device), start=1):
        if not as_json:
            typer.echo(f"{number}/{len(experiment.members)} {member.title}: {member.loss}", err=True)
        # This run was finished by an earlier call.
        if job is None:
            continue
        try:
            train_to_end(job, f"run the same command again to continue in {shlex.quote(str(target.folder))}")
        except RunError as error:  # the remaining runs are still worth training
            typer.echo(f"failed: {error}", err=True)
            failed.append(member.title)
    report = followed(report_of(experiment, target, dataset), "part")
    _save(report, target.folder)
    if as_json:
        print_json(report.to_json())
    else:
        _print(report, target.folder)
    # After the report: it shows the runs that succeeded.
    if failed:
        raise RunError(f"{len(failed)} of {len(experiment.members)} trainings failed: {', '.join(failed)}")


def _save(report: "LossReport", folder: Path) -> None:
    from explorer.runs.files import replace_bytes, replace_json

    # Each file is replaced in one step, so that a crash leaves the old report whole.
    replace_json(folder / "report.json", report.to_json())
    replace_bytes(folder / "report.md", report.to_markdown().encode())


def _print(report: "LossReport", folder: Path) -> None:
    table = (report.heads, *report.rows())
    # Plain columns: tables of rich would wrap in narrow terminals and in pipes.
    widths = [max(len(row[column]) for row in table) for column in range(len(report.heads))]
    for row in table:
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo("")
    for line in report.sentences():
        typer.echo(line)
    typer.echo("")
    typer.echo(f"report: {folder / 'report.md'}")
    typer.echo(f"open it with: {shlex.join(['latent-explorer', str(folder)])}")
