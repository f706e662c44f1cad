"""Train a run, from its settings to its saved plane. The command line and the window share this code.

Making a run (`new_run`):

1. Load the data, unless the caller has it; data in memory becomes a file of the run.
2. Resolve the config: check it against the data and replace every "auto".
3. Check samples, corruption, device and precision, so that bad settings fail before anything is written.
4. Create the run folder with its ``run.json``, and write data in memory into it.

Resuming a run (`resumed_run`):

1. Open the folder and check that the data has the fingerprint of the training.
2. Choose the device: the given one, or that of the run.
3. If more epochs are requested, write the new config, and if the run stopped early, end its patience. The loop
   continues from the newest checkpoint.

Training and finishing (`run_training`):

1. Take the lock of the run, so that no other process trains it.
2. Pass on the events of the loop. An unexpected exception sets the status to "failed" before it is raised again.
3. Before `Finished` is passed on, embed all samples with the newest weights and save the plane.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from explorer.config import ConfigError, RunConfig, replace
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.corruption import check_corruption
from explorer.data.dataset import DataError, Dataset
from explorer.data.live.live_data import LiveData
from explorer.data.live.live_dataset import load_live
from explorer.data.live.live_file import live_arrays, write_live
from explorer.jobs.questions import error_message
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.codes.draws import PriorDraws, draw
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.nearest_real import class_finder
from explorer.models import catalog as models
from explorer.runs.checkpoint import SAVE_SECONDS
from explorer.runs.files import RunError, replace_file
from explorer.runs.latents import Latents
from explorer.runs.replay import size_words
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import create_run, remove_run
from explorer.runs.run_group import RunGroup
from explorer.runs.run_json import MAX_BYTES, Machine, own_data, with_own_data
from explorer.training.batches import steps_per_epoch, trained_samples, training_index
from explorer.training.control import Context, Control
from explorer.training.devices import choose_device, training_threads
from explorer.training.early_stopping import check_patience
from explorer.training.events import Event, Finished
from explorer.training.loop import train
from explorer.training.replay_plan import planned_replay

LIVE_NAME = "data"
"""Name of a data set that comes from memory."""


@dataclass(frozen=True)
class TrainJob:
    """A run that is ready to train: its folder exists, its data is loaded and its device is chosen.

    ``note`` says which settings were changed so that the training continues; "" if none was.
    """

    run: RunDirectory
    dataset: Dataset
    device: torch.device
    note: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user about settings that are allowed but doubtful."""
        return models.warnings(self.run.config, self.dataset.description)


def new_run(
    config: RunConfig,
    out: Path,
    *,
    dataset: Dataset | None = None,
    live: LiveData | None = None,
    device: str = "auto",
    overwrite: bool = False,
    context: LoadContext | None = None,
    group: RunGroup | None = None,
) -> TrainJob:
    """Create the run folder for a config.

    Parameters
    ----------
    dataset
        The data of ``config.data``, if it is already loaded.
    live
        Data in memory, instead of ``config.data.source``. The run keeps it in its folder, up to 1 GiB.
    group
        The experiment that the run belongs to.

    Raises
    ------
    ConfigError, DataError, RunError
        If the settings do not fit the data, the data is bad, or the folder exists and ``overwrite`` is False.
    """
    if live is not None:
        config = with_own_data(config, out)
        dataset = load_live(live, config.data, LIVE_NAME, context)
    elif overwrite and config.data.source == str(own_data(out)):
        raise RunError(f"{out}: its data would be deleted with the run that is replaced; choose another name")
    dataset = datasets.load(config.data, context) if dataset is None else dataset
    config = resolved_config(config, dataset)
    check_corruption(config.train.corruption, dataset.description)
    check_patience(config, dataset)
    # A family may refuse the samples, for example fewer samples than dimensions for PCA.
    chosen_samples = training_index(dataset, config.train)
    models.family(config.model.family).model_type.check_samples(config.model, dataset, chosen_samples)
    chosen = choose_device(device)
    _check_precision(config, chosen)
    threads = training_threads(config.train.threads)
    # Recorded in run.json, since equal weights need the same device, threads and precision.
    machine = Machine(str(chosen), threads, config.train.precision)
    run = create_run(out, config, dataset.description, machine, overwrite=overwrite, group=group)
    if live is not None:
        _keep(run, live)
    return TrainJob(run, dataset, chosen)


def _keep(run: RunDirectory, live: LiveData) -> None:
    """Write data in memory into the run's folder, unless it is too large."""
    arrays = live_arrays(live)
    if sum(array.nbytes for array in arrays.values()) > MAX_BYTES:
        return
    try:
        replace_file(own_data(run.path), lambda part: write_live(part, arrays))
    except OSError as error:
        remove_run(run.path)
        raise RunError(f"{run.path}: the data cannot be written there ({error.strerror})") from error


def resolved_config(config: RunConfig, dataset: Dataset) -> RunConfig:
    """Return a config as it is saved with its run: checked against the data, with "auto" and 0 epochs replaced.

    Raises
    ------
    ConfigError
        If the settings do not fit the data.
    """
    # The model first: it knows best why it does not fit the data.
    return with_epochs(replace(config, model=models.resolve(config.model, dataset.description)), dataset)


def with_epochs(config: RunConfig, dataset: Dataset) -> RunConfig:
    """Return a config with the default number of epochs in place of 0; a closed form has no epochs and keeps 0."""
    family, train = models.family(config.model.family), config.train
    if train.epochs or not family.model_type.trained_by_steps:
        return config
    epochs = family.epochs_for(trained_samples(len(dataset.splits.train), train.fraction))
    return replace(config, train=replace(train, epochs=epochs))


def replay_estimate(config: RunConfig, dataset: Dataset) -> str:
    """Return the number of frames and the size of a replay as text; "" if there is none or it is not known.

    Parameters
    ----------
    config
        The settings of the form; the model section need not be resolved.
    """
    if not models.family(config.model.family).model_type.trained_by_steps:
        return ""
    if config.train.replay == 0:
        return "No replay is saved"
    try:
        # Sizes depend on the resolved widths and on the shape of the data.
        plan = planned_replay(resolved_config(config, dataset), dataset)
    except (ConfigError, DataError):  # the form reports it next to the setting
        return ""
    if not plan.steps:
        return f"No replay: one frame takes {size_words(plan.frame_size)}; allow more disk space"
    return f"Replay: {len(plan.steps)} frames, ≈ {size_words(plan.size)} on disk"


def resumed_run(
    path: Path,
    *,
    epochs: int | None = None,
    dataset: Dataset | None = None,
    device: str = "",
    context: LoadContext | None = None,
) -> TrainJob:
    """Prepare a run to continue from its newest checkpoint; a run that stopped early now trains all its epochs.

    Parameters
    ----------
    epochs
        New total number of epochs.
    device
        Device to use; "" for that of the run.

    Raises
    ------
    RunError
        If the data of the run is missing or has changed.
    ConfigError
        If the run has already been trained for more epochs, or this machine does not have the device.
    """
    run = open_run(path)
    dataset = data_of_run(run, context, dataset=dataset)
    # The device of the run by default, so that resumed weights equal those of one uninterrupted training.
    chosen = choose_device(device or run.machine.device)
    _check_precision(run.config, chosen)
    return TrainJob(run, dataset, chosen, _change_length(run, dataset, epochs))


def run_training(
    job: TrainJob, control: Control | None = None, *, snapshots: bool = False, save_seconds: float = SAVE_SECONDS
) -> Generator[Event, None, None]:
    """Train the run of a job and save its plane; the last event is `Finished`.

    Raises
    ------
    RunError
        If another process trains this run.
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
                # The plane is saved inside the lock: no other process may write the folder now.
                yield _with_plane(job, event) if isinstance(event, Finished) else event
        except Exception as error:  # the loop handles the expected ones; without a status the run would look busy
            job.run.set_status("failed", error_message(error))
            raise


def save_plane(run: RunDirectory, dataset: Dataset) -> Latents:
    """Embed the whole data set with the newest weights and save the codes with the run.

    A model without an encoder has no codes; draws from its prior are saved instead.
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
        # Draws belong to no split, but the file format needs a value per row.
        split=np.full(len(draws.z), ""),
        labels=draws.labels,
        drawn=True,
        labelled_by=draws.labelled_by,
    )
    run.save_latents(latents)
    return latents


def _with_plane(job: TrainJob, event: Finished) -> Finished:
    """Save the plane if the run has weights; if the disk is full, only the plane is lost."""
    # A training that failed at once has nothing to embed.
    if not job.run.checkpoint_paths():
        return event
    try:
        save_plane(job.run, job.dataset)
    except OSError as error:
        problem = f"the plane of {job.run.path} could not be saved ({error.strerror or error})"
        # The training itself succeeded, so the status stays and only the reason grows.
        return Finished(event.status, event.step, f"{event.reason}; {problem}" if event.reason else problem)
    return event


def _change_length(run: RunDirectory, dataset: Dataset, epochs: int | None) -> str:
    """Change the number of epochs; a run that stopped early also loses its patience, or it would end at once.

    Return a sentence on the latter, else "".
    """
    train, state = run.config.train, run.state
    # Compare in epochs, since the number of steps in an epoch depends on the batch size.
    done = state.step / steps_per_epoch(dataset, train)
    if epochs is not None and epochs < max(done, 1):
        raise ConfigError(
            f"train.epochs = {epochs}: {run.path} has already been trained for {done:.3g} epochs; choose more"
        )
    stopped_early = train.patience > 0 and state.status == "finished" and done < train.epochs
    changed = replace(
        train, epochs=train.epochs if epochs is None else epochs, patience=0 if stopped_early else train.patience
    )
    if changed != train:
        lock = run.acquire()  # raises if another process trains this run
        try:
            run.set_config(replace(run.config, train=changed))
        finally:
            lock.release()
    if not stopped_early:
        return ""
    return (
        f"{run.name} stopped early, at epoch {done:.4g}; it now trains to epoch {changed.epochs} without early "
        "stopping (train.patience = 0)"
    )


def _check_precision(config: RunConfig, device: torch.device) -> None:
    if config.train.precision == "bfloat16" and device.type == "cpu":
        raise ConfigError("train.precision = bfloat16 needs a GPU; use float32 on the CPU")
