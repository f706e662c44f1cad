"""−log p(x) of a VAE and of an importance-weighted autoencoder on binarized MNIST, against the published figures.

``python benchmarks/importance_bound.py OUT --model vae --epochs 40`` trains in ``OUT/vae`` and estimates −log p(x) of
test pictures by 5,000 importance samples at each mark of the learning curve; ``--model iwae`` trains with k = 50.
Called again with more epochs, it resumes. Rows are kept in ``OUT/vae.json`` and ``OUT/vae.csv``; the table
has the rows of both models. MNIST is taken from the folder ``LATENT_EXPLORER_DATA``, or downloaded.

Published (Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519, table 1): 86.76 (VAE) and 84.78 (IWAE, k = 50) nats.

Followed: one stochastic layer of 50, two hidden layers of 200 tanh units each way, pixels binarized at random in each
epoch, Adam (β 0.9 and 0.999) on batches of 20, learning rate 10⁻³·10^(−i/7) for 3^i epochs, i = 0 … 7 (3,280 epochs in
all), 5,000 importance samples on the published test pictures, binarized once. The stages begin with the first epoch, so
that a shortened run is the beginning of a full one.

Not followed: weights begin uniform within 1/√inputs, not by Glorot and Bengio; Adam's ε is 10⁻⁸, not 10⁻⁴; 600 of the
60,000 training pictures are kept for the validation curve.
"""

import argparse
import csv
import json
import math
import os
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import TrainJob, new_run, resumed_run, run_training
from explorer.latent.density.likelihood_estimate import weight_parts
from explorer.latent.inputs import inputs_of
from explorer.models.latent_model import LatentModel
from explorer.runs.run_directory import open_run
from explorer.training.batches import steps_per_epoch
from explorer.training.events import Finished, Progress

PUBLISHED = {"vae": 86.76, "iwae": 84.78}
FULL_EPOCHS = 3280
MARKS = (1, 2, 4, 7, 13, 20, 30, 40, 60, 80, 121, 180, 240, 364, 600, 800, 1093, 1600, 2200, FULL_EPOCHS)
"""Epochs at which −log p(x) is estimated; 1, 4, 13, 40, … end a stage of the learning rate."""

HEAD = (
    "model",
    "epochs",
    "−log p(x)",
    "± draws",
    "± pictures",
    "−ELBO",
    "gap",
    "pictures",
    "s per epoch",
    "published, 3,280 epochs",
)

Result = TypeVar("Result")
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """The figures of a model after ``epochs``, in nats, with errors over draws and over pictures."""

    model: str
    epochs: int
    seconds: float
    pictures: int
    importance_samples: int
    negative_log_likelihood: float
    monte_carlo_error: float
    error_over_pictures: float
    negative_elbo: float
    gap: float


def main() -> None:
    """Train from mark to mark, estimate at each, print the table."""
    chosen = arguments()
    os.environ.setdefault("OMP_NUM_THREADS", str(chosen.threads))
    dataset = datasets.load(DataConfig(source=chosen.data, binarise=True, validation_fraction=0.01))
    chosen.out.mkdir(parents=True, exist_ok=True)
    for model in chosen.model:
        follow(model, dataset, chosen)
    rows = [row for model in PUBLISHED for row in read_rows(chosen.out / f"{model}.json")]
    print(table(rows))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder of the runs and the results")
    parser.add_argument("--model", nargs="+", choices=tuple(PUBLISHED), default=list(PUBLISHED))
    parser.add_argument("--epochs", type=int, default=FULL_EPOCHS)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no stretch that would end after them")
    parser.add_argument("--marks", nargs="+", type=int, default=list(MARKS))
    parser.add_argument("--pictures", type=int, default=1000, help="test pictures at each mark, drawn by a fixed seed")
    parser.add_argument("--last-pictures", type=int, default=10_000, help="test pictures at the last epoch")
    parser.add_argument("--samples", type=int, default=5000, help="importance samples for each of them")
    parser.add_argument("--k", type=int, default=50, help="draws of the IWAE's objective")
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def config_of(model: str, epochs: int, chosen: argparse.Namespace) -> RunConfig:
    """Return the settings of the paper, for a number of epochs."""
    own = {"samples": chosen.k} if model == "iwae" else {}
    network = {"latent_dim": 50, "hidden_widths": (200, 200), "activation": "tanh", "likelihood": "bernoulli"}
    return RunConfig(
        data=DataConfig(source=chosen.data, binarise=True, validation_fraction=0.01),
        model=MODEL_CONFIGS[model](**network, **own),
        train=TrainConfig(
            epochs=epochs,
            batch_size=chosen.batch,
            learning_rate=1e-3,
            learning_rate_schedule="stages",
            seed=chosen.seed,
            threads=chosen.threads,
        ),
    )


def follow(model: str, dataset: Dataset, chosen: argparse.Namespace) -> None:
    """Train one model from mark to mark and note a row at each; what is there already is not done again."""
    path, results = chosen.out / model, chosen.out / f"{model}.json"
    began = time.monotonic()
    for mark in marks_of(chosen):
        rows = read_rows(results)
        if any(row.epochs >= mark for row in rows):
            continue
        last = rows[-1] if rows else None
        left = 60 * chosen.minutes - (time.monotonic() - began)
        if last is not None and seconds_per_epoch(last) * (mark - last.epochs) > left:
            print(f"{model}: stopped before epoch {mark}: not enough time left")
            return
        seconds = train_to(path, mark, model, dataset, chosen)
        row = measure(model, path, mark, seconds + (last.seconds if last else 0.0), dataset, chosen)
        write_rows(results, [*rows, row])
        print(
            f"{model}: epoch {mark}, −log p(x) {row.negative_log_likelihood:.2f} ± {row.monte_carlo_error:.2f} "
            f"(published {PUBLISHED[model]}), {seconds_per_epoch(row):.3g} s per epoch, "
            f"{seconds_per_epoch(row) * FULL_EPOCHS / 3600:.3g} h for all {FULL_EPOCHS:,}",
            flush=True,
        )


def marks_of(chosen: argparse.Namespace) -> list[int]:
    """Return the epochs to stop at, the last one included."""
    return sorted({mark for mark in chosen.marks if mark < chosen.epochs} | {chosen.epochs})


def train_to(path: Path, epochs: int, model: str, dataset: Dataset, chosen: argparse.Namespace) -> float:
    """Train to so many epochs in all; gives the seconds that it took."""
    job = prepare(path, config_of(model, epochs, chosen), dataset, chosen.device)
    steps = epochs * steps_per_epoch(dataset, job.run.config.train)
    began = time.monotonic()
    with tqdm(
        total=steps, initial=job.run.state.step, desc=f"{model} to epoch {epochs}", leave=False, disable=None
    ) as bar:
        for event in run_training(job):
            if isinstance(event, Progress):
                bar.update(event.step - bar.n)
            if isinstance(event, Finished) and event.status != "finished":
                raise SystemExit(f"{path}: {event.reason or event.status}")
    return time.monotonic() - began


def prepare(path: Path, config: RunConfig, dataset: Dataset, device: str) -> TrainJob:
    """Make the run, or resume it."""
    if path.exists():
        return resumed_run(path, epochs=config.train.epochs, dataset=dataset, device=device)
    return new_run(config, path, dataset=dataset, device=device)


def measure(model: str, path: Path, epochs: int, seconds: float, dataset: Dataset, chosen: argparse.Namespace) -> Row:
    """Estimate −log p(x) of test pictures by the run's newest weights."""
    network, _ = open_run(path).load_model()
    network = network.to(chosen.device)
    index = test_pictures(dataset, chosen.last_pictures if epochs == chosen.epochs else chosen.pictures)
    log_p, elbo, error = finished(published_estimate(network, dataset, index, chosen.samples))
    return Row(
        model,
        epochs,
        seconds,
        len(index),
        chosen.samples,
        -float(log_p.mean()),
        error,
        float(log_p.std(ddof=1)) / math.sqrt(len(log_p)),
        -float(elbo.mean()),
        float((log_p - elbo).mean()),
    )


def published_estimate(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int
) -> Generator[tuple[int, int], None, tuple[Values, Values, float]]:
    """Return log p(x) and the ELBO of each picture by draws of q alone, as published, and the error over draws.

    The estimates of the program itself come from a mixture that adapts to p(z|x), and would be higher.
    """
    log_p, elbo, variance = [], [], 0.0
    for position, picture in enumerate(index):
        noise = np.random.default_rng((1, position)).standard_normal((1, draws, model.latent_dim))
        given = inputs_of(model, dataset, np.array([picture]))
        noises = torch.from_numpy(noise.astype(np.float32)).to(given.x.device).split(512, 1)
        with torch.inference_mode():
            parts = [torch.stack(weight_parts(model, given, part)) for part in noises]
        log_likelihood, log_prior, log_q = torch.cat(parts, 2)[:, 0].numpy()
        logs = log_likelihood + log_prior - log_q
        weights = np.exp(logs - logs.max())
        log_p.append(logs.max() + np.log(weights.mean()))
        elbo.append(logs.mean())
        variance += weights.var(ddof=1) / weights.mean() ** 2 / draws
        yield position + 1, len(index)
    return np.array(log_p), np.array(elbo), math.sqrt(variance) / len(index)


def test_pictures(dataset: Dataset, count: int) -> NDArray[np.int64]:
    """Choose test pictures by a fixed seed: the first ones of MNIST are easier than the others."""
    test = dataset.splits.test
    return np.sort(np.random.default_rng(0).permutation(test)[:count])


def finished(work: Generator[tuple[int, int], None, Result]) -> Result:
    """Run generators to their end and show a progress bar."""
    with tqdm(desc="estimating log p(x)", leave=False, disable=None) as bar:
        while True:
            try:
                done, bar.total = next(work)
                bar.update(done - bar.n)
            except StopIteration as stop:
                result: Result = stop.value
                return result


def seconds_per_epoch(row: Row) -> float:
    """Return what an epoch took on average."""
    return row.seconds / row.epochs


def read_rows(path: Path) -> list[Row]:
    """Read a model's rows; an empty list before the first one."""
    return [Row(**row) for row in json.loads(path.read_text())] if path.exists() else []


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write a model's rows as JSON and as CSV."""
    values = [asdict(row) for row in rows]
    path.write_text(json.dumps(values, indent=1))
    with path.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(values[0]))
        writer.writeheader()
        writer.writerows(values)


def table(rows: Sequence[Row]) -> str:
    """Return the learning curves as a table in Markdown."""
    lines = ["| " + " | ".join(HEAD) + " |", "| --- |" + " --- |" * (len(HEAD) - 1)]
    for row in rows:
        cells = (
            row.model,
            row.epochs,
            f"{row.negative_log_likelihood:.2f}",
            f"{row.monte_carlo_error:.3f}",
            f"{row.error_over_pictures:.2f}",
            f"{row.negative_elbo:.2f}",
            f"{row.gap:.2f}",
            row.pictures,
            f"{seconds_per_epoch(row):.3g}",
            PUBLISHED[row.model],
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
