"""What is logged of a training: its settings, the values of each step by name, and pictures at its end.

The pictures are the latent plane, and samples above their decodes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from explorer.config import ConfigError, config_to_json
from explorer.data.dataset import DataError
from explorer.jobs.runs.train_run import TrainJob
from explorer.jobs.tracking.tracker import TrackedRun
from explorer.models import catalog
from explorer.rendering.drawing import Pixels
from explorer.runs.files import RunError
from explorer.runs.history import Metric
from explorer.training.batches import steps_per_epoch
from explorer.training.events import Progress
from explorer.training.optimizer import learning_rate

MAX_DIMENSIONS = 64
"""Maximum number of latent dimensions whose KL is logged, each as a curve of its own."""
PLANE_SIDE = 640
"""Width and height of the plane in pixels."""
COLUMNS, SIDE = 8, 96
"""Number of samples, and the side of each picture in pixels."""


def tracked_run(job: TrainJob) -> TrackedRun:
    """Return the facts on a run that trackers begin with."""
    settings = {
        f"{section}.{name}": value if isinstance(value, int | float | str) else _text(value)
        for section, values in config_to_json(job.run.config).items()
        for name, value in (values.items() if isinstance(values, dict) else [("value", values)])
    }
    return TrackedRun(job.run.name, job.run.path, settings, job.run.state.step)


def values_of(job: TrainJob, event: Progress) -> dict[int, dict[str, float]]:
    """Return the values of each step that was logged since the last event, by name.

    Names are those of the terms with their split: ``"reconstruction/validation"``, in nats per sample.
    """
    found: dict[int, dict[str, float]] = {}
    for metric in event.metrics:
        values = found.setdefault(metric.step, {})
        values |= _losses(job, metric) | _kl(metric)
        values |= {f"figures/{name}": value for name, value in metric.figures.items()}
        if metric.split == "train":
            train = job.run.config.train
            # The rate of the step that led to these losses; steps are counted from 0.
            rate = learning_rate(train, metric.step - 1, steps_per_epoch(job.dataset, train))
            values |= {"learning_rate": rate, "epoch": metric.epoch}
            if event.samples_per_second:
                values["samples_per_second"] = event.samples_per_second
    return found


def losses_of(event: Progress) -> dict[str, float]:
    """Return the newest losses of the validation split, by the names of the terms."""
    losses: dict[str, float] = {}
    for metric in event.metrics:
        if metric.split == "validation":
            losses |= metric.terms
    return losses


def _losses(job: TrainJob, metric: Metric) -> dict[str, float]:
    # The sum of opposed losses of a GAN means nothing.
    has_total = catalog.family(job.run.config.model.family).model_type.has_validation_loss
    return {f"{name}/{metric.split}": value for name, value in metric.terms.items() if has_total or name != "total"}


def _kl(metric: Metric) -> dict[str, float]:
    dimensions = (metric.kl_per_dimension or ())[:MAX_DIMENSIONS]
    return {f"kl_per_dimension_{metric.split}/z{number}": value for number, value in enumerate(dimensions, 1)}


def _text(value: Any) -> str:
    return "" if value is None else ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def run_pictures(job: TrainJob) -> Iterator[tuple[str, Pixels]]:
    """Yield pictures by name; one that the run cannot have is left out."""
    for name, draw in (("plane", _plane), ("decodes", _decodes)):
        try:
            yield name, draw(job)
        except (ConfigError, DataError, RunError, OSError):  # such as a run without any weights
            continue


def _plane(job: TrainJob) -> Pixels:
    from explorer.jobs.reports.plane_layers import PlaneOptions, compute_plane
    from explorer.plot.figures import to_pixels
    from explorer.plot.plane_figure import new_plane

    return to_pixels(new_plane(compute_plane(job.run.path, PlaneOptions(())).contents, PLANE_SIDE))


@torch.inference_mode()
def _decodes(job: TrainJob) -> Pixels:
    """Draw samples of the test split above the decodes of their codes; without an encoder, decodes of draws."""
    from explorer.latent.codes.embedding import embed
    from explorer.plot.decodes.sheets import new_sheet, sheet_of
    from explorer.plot.figures import to_pixels

    model, _ = job.run.load_model()
    about = job.dataset.description
    if model.capabilities.encoder:
        splits = job.dataset.splits
        index = (splits.test if len(splits.test) else splits.train)[:COLUMNS]
        rows, codes = [*job.dataset.rows(index).astype(np.float32)], embed(model, job.dataset, index).mean
        labels = job.dataset.labels[index] if model.capabilities.condition and job.dataset.labels is not None else None
    else:
        rows, labels = [], None
        codes = np.random.default_rng(0).standard_normal((COLUMNS, model.latent_dim)).astype(np.float32)
    classes = None if labels is None else torch.from_numpy(labels)
    decodes = about.transform.invert(model.decode(torch.from_numpy(codes), classes).mean.numpy())
    return to_pixels(new_sheet(sheet_of([*rows, *decodes], about, SIDE, columns=len(codes))))
