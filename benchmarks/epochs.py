"""How many epochs each family needs: its default run, trained for longer and longer.

``python benchmarks/epochs.py`` trains the default run of the families in `FAST` with one seed, which takes a few
minutes, and prints a table in Markdown: the validation loss after 20, 40, 80, … epochs, the knee, the lowest loss, and
the default number of epochs. ``--full`` trains all families with three seeds, which takes more than an hour.
``--families`` and ``--seeds`` choose; ``--data mnist-small`` uses other data than the default of each family.

1. A constant learning rate: one training of the most epochs has all numbers on its curve.
2. A learning rate that falls to 0 depends on the length of the training, so each number of epochs is a training.
3. The loss at n epochs is the mean over the last twentieth of them, at least three, and over the seeds.
4. The knee is the first number of epochs from which no doubling lowers the loss by 1 % of its whole fall or more.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.config import ConfigError, RunConfig, replace
from explorer.data import catalog as datasets
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.diagnosis.evidence import MIN_WINDOW, WINDOW_SHARE, loss_curves
from explorer.jobs.runs.train_run import new_run, run_training, with_epochs
from explorer.models import catalog
from explorer.training.batches import steps_per_epoch

FAST = ("shallow-ae", "ae", "overcomplete-ae", "vae")
"""Families whose epochs are short, with a small and a large default number of epochs among them."""
GAIN = 0.01
"""Smallest gain of twice as many epochs that counts, as a share of the whole fall of the loss."""


@dataclass(frozen=True)
class Row:
    """The losses (n,) of one family by number of epochs, its initial loss, and seconds for 100 epochs."""

    name: str
    losses: np.ndarray
    initial: float
    lowest_at: float
    default: int
    steps: int
    seconds: float


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="the data set; by default that of each family")
    parser.add_argument("--fraction", type=float, default=1.0, help="share of the training samples")
    parser.add_argument(
        "--first", type=int, default=20, help="the smallest number of epochs; the others are its doubles"
    )
    parser.add_argument("--most", type=int, default=640, help="the largest number of epochs")
    parser.add_argument("--seeds", type=int, default=0, help="by default 1, with --full 3")
    parser.add_argument("--families", nargs="*", default=[], help="only these, by their catalogue names")
    parser.add_argument("--full", action="store_true", help="all families, three seeds")
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    chosen.seeds = chosen.seeds or (3 if chosen.full else 1)
    chosen.families = chosen.families or ([] if chosen.full else FAST)
    counts = [chosen.first * 2**i for i in range(int(np.log2(chosen.most / chosen.first)) + 1)]
    head = ["family", "seeds", "steps per epoch", "0", *map(str, counts)]
    head += ["knee", "lowest at", "default", "s for 100 epochs"]
    print(f"| {' | '.join(head)} |\n| --- |{' --- |' * (len(head) - 1)}")
    for row in rows(chosen, counts):
        print(text_of(row, chosen.seeds, counts), flush=True)


def rows(chosen: argparse.Namespace, counts: list[int]) -> Iterator[Row]:
    """Train the families that have a validation loss, in the catalogue's order."""
    for family in catalog.families():
        kind = family.model_type
        if chosen.families and family.name not in chosen.families:
            continue
        if not (kind.trained_by_steps and kind.has_validation_loss):
            continue
        defaults = family.defaults
        config = replace(defaults, data=replace(defaults.data, source=chosen.data or defaults.data.source))
        train = replace(config.train, threads=1, replay=0, log_likelihood=0, fraction=chosen.fraction)
        try:
            yield row(replace(config, train=train), counts, chosen.seeds)
        except (ConfigError, DataError) as error:
            print(f"| {family.name} | {error} |", flush=True)


def row(config: RunConfig, counts: list[int], seeds: int) -> Row:
    """Return the row of a family: means over the seeds."""
    dataset = datasets.load(config.data)
    started = time.perf_counter()
    found = [
        curves_of(replace(config, train=replace(config.train, seed=seed)), counts, dataset) for seed in range(seeds)
    ]
    seconds = time.perf_counter() - started
    curves = np.mean([curve for curve, _ in found], axis=0)
    trained = sum(counts) if config.train.learning_rate_schedule == "cosine" else counts[-1]
    return Row(
        name=config.model.family,
        losses=curves[1:],
        initial=float(curves[0]),
        lowest_at=float(np.mean([at for _, at in found])),
        default=with_epochs(config, dataset).train.epochs,
        steps=steps_per_epoch(dataset, config.train),
        seconds=100 * seconds / seeds / trained,
    )


def curves_of(config: RunConfig, counts: list[int], dataset: Dataset) -> tuple[np.ndarray, float]:
    """Return the loss before training and at each number of epochs, (1 + n,), and the epoch of the lowest loss."""
    if config.train.learning_rate_schedule == "cosine":
        ends = [validation_losses(config, count, dataset) for count in counts]
        losses = [smoothed(loss, count) for loss, count in zip(ends, counts, strict=True)]
        return np.array([ends[0][0], *losses]), float(ends[-1].argmin())
    loss = validation_losses(config, counts[-1], dataset)
    return np.array([loss[0], *(smoothed(loss, count) for count in counts)]), float(loss.argmin())


def validation_losses(config: RunConfig, epochs: int, dataset: Dataset) -> np.ndarray:
    """Train and return the validation loss after 0, 1, … epochs; without a validation split, the training loss."""
    config = replace(config, train=replace(config.train, epochs=epochs))
    with tempfile.TemporaryDirectory() as folder:
        job = new_run(config, Path(folder) / "run", dataset=dataset, device="cpu")
        for _ in run_training(job):
            pass
        losses = loss_curves(job.run.history)
    if np.isfinite(losses.validation).all():
        return losses.validation
    return np.concatenate([losses.train[:1], losses.train])  # the loss before the training is not logged


def smoothed(losses: np.ndarray, epochs: int) -> float:
    """Return the mean loss over the end of the first ``epochs`` epochs."""
    window = max(MIN_WINDOW, epochs // WINDOW_SHARE)
    return float(losses[epochs + 1 - window : epochs + 1].mean())


def knee(row: Row, counts: list[int]) -> int | None:
    """Return the first number of epochs from which no doubling gains `GAIN`; None if the last one still does."""
    fall = row.initial - row.losses.min()
    gains = row.losses[:-1] - row.losses[1:]
    worthwhile = np.flatnonzero(gains >= GAIN * fall)
    at = int(worthwhile[-1]) + 1 if len(worthwhile) else 0
    return counts[at] if at < len(gains) else None


def text_of(row: Row, seeds: int, counts: list[int]) -> str:
    """Return a row of the table."""
    at = knee(row, counts)
    cells = [row.name, str(seeds), str(row.steps), f"{row.initial:.2f}", *(f"{loss:.2f}" for loss in row.losses)]
    cells += [f"more than {counts[-2]}" if at is None else str(at), f"{row.lowest_at:.0f}", str(row.default)]
    return f"| {' | '.join([*cells, f'{row.seconds:.0f}'])} |"


if __name__ == "__main__":
    main()
