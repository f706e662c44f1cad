"""The families on one data set: reconstruction, classes in the codes, and training time.

``python benchmarks/families.py`` trains every family that suits pictures on MNIST, two latent dimensions, dense layers
512-256, batch 256, and prints a table in Markdown. ``--data digits --epochs 5`` gives a first look. A run that is in
``--out`` already is not trained again.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from explorer.config import ConfigError, ModelConfig, RunConfig, TrainConfig, replace
from explorer.data import catalog as datasets
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.evaluation.figures import Figures
from explorer.models import catalog
from explorer.runs.run_directory import RunDirectory, open_run

FIGURES = ("reconstruction", "kl", "elbo", "log_likelihood", "mse", "knn_accuracy")
HEAD = ("family", "reconstruction", "KL", "ELBO", "log p(x), estimate", "squared error", "kNN accuracy", "seconds")
DENSE = {"latent_dim": 2, "network": "dense", "hidden_widths": (512, 256)}
OWN_WIDTHS = {"shallow-ae", "linear-ae"}
"""Families whose number of layers is what they are."""
NOT_FLAT = {"conv-ae", "residual-ae", "sparse-ae", "overcomplete-ae"}
"""Families that a dense network with two latent dimensions says nothing about."""


@dataclass(frozen=True)
class Row:
    """One family's figures and its seconds of training."""

    title: str
    figures: Figures
    seconds: float


def main() -> None:
    """Train, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--families", nargs="*", default=[], help="these alone, by their catalogue names")
    parser.add_argument("--out", type=Path, default=None, help="where the runs go; a temporary folder without it")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(chosen.threads))
    with tempfile.TemporaryDirectory() as folder:
        print("| " + " | ".join(HEAD) + " |")
        print("| --- |" + " --- |" * (len(HEAD) - 1))
        for row in rows(chosen, chosen.out or Path(folder)):
            print(text_of(row), flush=True)


def rows(chosen: argparse.Namespace, out: Path) -> Iterator[Row]:
    """Train and evaluate the families in the catalogue's order."""
    train = TrainConfig(epochs=chosen.epochs, batch_size=256, threads=chosen.threads)
    data = replace(RunConfig().data, source=chosen.data)
    dataset = datasets.load(data)
    for family in catalog.families():
        if family.name in NOT_FLAT or (chosen.families and family.name not in chosen.families):
            continue
        own = {name: getattr(family.train, name) for name in ("corruption", "corruption_level")}
        config = RunConfig(data=data, model=dense(family.defaults.model), train=replace(train, **own))
        try:
            catalog.resolve(config.model, dataset.description)
        except ConfigError:
            continue  # a family of words, or of other pictures
        run, seconds = trained(config, out / family.name, dataset)
        yield Row(family.title, figures_of(run, dataset), seconds)


def dense(model: ModelConfig) -> ModelConfig:
    """Return a family's own settings with the networks of the table."""
    known = {field.name for field in fields(model)}
    wanted = {"latent_dim": 2} if model.family in OWN_WIDTHS else DENSE
    return replace(model, **{name: value for name, value in wanted.items() if name in known})


def trained(config: RunConfig, path: Path, dataset: Dataset) -> tuple[RunDirectory, float]:
    """Train a run, or open it where it is; its seconds are kept beside it."""
    clock = path.with_suffix(".seconds")
    if not clock.exists():
        started = time.perf_counter()
        for _ in run_training(new_run(config, path, dataset=dataset, device="cpu", overwrite=True)):
            pass
        clock.write_text(str(time.perf_counter() - started))
    return open_run(path), float(clock.read_text())


def figures_of(run: RunDirectory, dataset: Dataset) -> Figures:
    """Evaluate a run on the test split."""
    model, _ = run.load_model()
    return evaluate(model, dataset)


def text_of(row: Row) -> str:
    """Return a row of the table."""
    values = [getattr(row.figures, name) for name in FIGURES]
    cells = ["not defined" if value is None else f"{value:.4g}" for value in values]
    return f"| {' | '.join([row.title, *cells, f'{row.seconds:.0f}'])} |"


if __name__ == "__main__":
    try:
        main()
    except (ConfigError, DataError) as error:
        raise SystemExit(str(error)) from error
