"""Training a run from its settings to its saved plane: the same code for the command line and the window."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from explorer.config import ConfigError, RunConfig, replace
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.corruption import check_corruption
from explorer.data.dataset import Dataset
from explorer.jobs.errors import error_message
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.nearest_real import class_finder
from explorer.latent.codes.prior_plane import PriorDraws, draw
from explorer.models import catalog as models
from explorer.runs.latents import Latents
from explorer.runs.run_directory import Machine, RunDirectory, open_run
from explorer.runs.run_folders import create_run
from explorer.runs.run_group import RunGroup
from explorer.training.batches import steps_per_epoch, training_index
from explorer.training.control import Context, Control
from explorer.training.devices import choose_device, training_threads
from explorer.training.events import Event, Finished
from explorer.training.loop import train


@dataclass(frozen=True)
class TrainJob:
    """A run that is ready to train: on disk, with its data loaded and its device chosen."""

    run: RunDirectory
    dataset: Dataset
    device: torch.device

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its user should know before it is trained, in sentences."""
        return models.warnings(self.run.config, self.dataset.description)


def new_run(
    config: RunConfig,
    out: Path,
    *,
    dataset: Dataset | None = None,
    device: str = "auto",
    overwrite: bool = False,
    context: LoadContext | None = None,
    group: RunGroup | None = None,
) -> TrainJob:
    """Make a run directory for a config.

    Parameters
    ----------
    dataset
        The data that ``config.data`` names, if it is loaded already.
    group
        Which runs it is trained beside.

    Raises
    ------
    ConfigError, DataError, RunError
        For settings that do not fit the data, bad data, or a place that is taken.
    """
    dataset = datasets.load(config.data, context) if dataset is None else dataset
    config = resolved_config(config, dataset)
    check_corruption(config.train.corruption, dataset.description)
    chosen_samples = training_index(dataset, config.train)
    models.family(config.model.family).model_type.check_samples(config.model, dataset, chosen_samples)
    chosen = choose_device(device)
    _check_precision(config, chosen)
    threads = training_threads(config.train.threads)
    machine = Machine(str(chosen), threads, config.train.precision)
    run = create_run(out, config, dataset.description, machine, overwrite=overwrite, group=group)
    return TrainJob(run, dataset, chosen)


def resolved_config(config: RunConfig, dataset: Dataset) -> RunConfig:
    """Return a config as its run keeps it: checked against the data, nothing left "auto".

    Raises
    ------
    ConfigError
        For settings that do not fit the data.
    """
    return replace(config, model=models.resolve(config.model, dataset.description))


def resumed_run(
    path: Path,
    *,
    epochs: int | None = None,
    dataset: Dataset | None = None,
    device: str = "",
    context: LoadContext | None = None,
) -> TrainJob:
    """Take up a run where its newest checkpoint left it.

    Parameters
    ----------
    epochs
        Train to this many epochs in all, where more than the run was made for.
    device
        Another device than the run's own.

    Raises
    ------
    RunError
        When the run's data is not what it was trained on, or is not there.
    ConfigError
        For fewer epochs than it has been trained, or a device that this machine does not have.
    """
    run = open_run(path)
    dataset = data_of_run(run, context, dataset=dataset)
    chosen = choose_device(device or run.machine.device)
    _check_precision(run.config, chosen)
    if epochs is not None and epochs != run.config.train.epochs:
        _change_epochs(run, dataset, epochs)
    return TrainJob(run, dataset, chosen)


def run_training(
    job: TrainJob, control: Control | None = None, *, snapshots: bool = False, save_seconds: float = 30.0
) -> Generator[Event, None, None]:
    """Train a job's run and save the embedding of its plane; the last event is `Finished`.

    Raises
    ------
    RunError
        When another process trains this run.
    """
    context = Context(
        run=job.run,
        device=job.device,
        threads=job.run.machine.threads,
        control=control or Control(),
        snapshots=snapshots,
        save_seconds=save_seconds,
    )
    with job.run.acquire():
        try:
            for event in train(job.run.config, job.dataset, context):
                yield _with_plane(job, event) if isinstance(event, Finished) else event
        except Exception as error:  # not known to the loop: written down, so that the run is not taken for one at work
            job.run.set_status("failed", error_message(error))
            raise


def save_plane(run: RunDirectory, dataset: Dataset) -> Latents:
    """Embed the whole data set by the run's newest weights and keep the codes with the run.

    Of a model without an encoder, draws from its prior are kept.
    """
    model, step = run.load_model()
    if not model.capabilities.encoder:
        return _save_draws(run, draw(model, dataset.description, class_finder(dataset)), step)
    embedding = embed(model, dataset, reconstruct=True)
    latents = Latents(
        step=step,
        mean=embedding.mean,
        log_variance=embedding.log_variance,
        index=embedding.index,
        split=dataset.splits.of_each_sample(),
        labels=dataset.labels,
        reconstruction=embedding.reconstruction,
        columns={**dataset.columns, **dataset.factors},
        scale_tril=embedding.scale_tril,
    )
    run.save_latents(latents)
    return latents


def _save_draws(run: RunDirectory, draws: PriorDraws, step: int) -> Latents:
    latents = Latents(
        step=step,
        mean=draws.z,
        log_variance=None,
        index=draws.index,
        split=np.full(len(draws.z), ""),
        labels=draws.labels,
        drawn=True,
        labelled_by=draws.labelled_by,
    )
    run.save_latents(latents)
    return latents


def _with_plane(job: TrainJob, event: Finished) -> Finished:
    """Save the plane if there are weights to make it from; a full disk then costs the plane, not the run."""
    if not job.run.checkpoint_paths():
        return event
    try:
        save_plane(job.run, job.dataset)
    except OSError as error:
        problem = f"the plane of {job.run.path} could not be saved ({error.strerror or error})"
        return Finished(event.status, event.step, f"{event.reason}; {problem}" if event.reason else problem)
    return event


def _change_epochs(run: RunDirectory, dataset: Dataset, epochs: int) -> None:
    train = replace(run.config.train, epochs=epochs)
    done = run.state.step / steps_per_epoch(dataset, train)
    if epochs < done:
        raise ConfigError(f"train.epochs = {epochs}: {run.path} has been trained for {done:.3g} already; ask for more")
    run.acquire().release()
    run.set_config(replace(run.config, train=train))


def _check_precision(config: RunConfig, device: torch.device) -> None:
    if config.train.precision == "bfloat16" and device.type == "cpu":
        raise ConfigError("train.precision = bfloat16 is for GPUs; on the CPU use float32")
