"""Whether stated errors are right: beside the spread over fresh samples and fresh draws, for every figure.

``python benchmarks/calibration.py --repeats 200 --samples 360`` trains three small models on 3,000 pictures of the
MNIST that comes with the program, reduced to 14×14 pixels, and prints three tables:

1. For every stated error, the ratio of its mean to the spread of the figure: over fresh samples for an error over
   samples, drawn from 6,900 pictures that no step was taken on; over other seeds of the evaluation for an error over
   draws. Wanted: 0.8 to 1.3. The finite stock of pictures is allowed for.
2. For every figure, the share of pairs of equal models, evaluated on the same samples with other seeds, that
   `compare` calls different. Wanted: at most 7 %, at a stated level of 5 %.
3. For linear Gaussian VAEs, whose log p(x) is known, with a good and a bad encoder: how often the truth is within two
   stated errors, and how often the two encoders get a star. Wanted: at least 95 %, and none.

An error over draws that is a bound, not a standard error (that of the grid in one and two dimensions), has no spread to
compare with, and is printed as "bound".
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _linear_gaussian import BAD, EXACT, linear_gaussian
from numpy.typing import NDArray

import explorer
from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import Dataset
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.comparability import ComparisonBasis, better_runs, differ
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.evaluation.figures import Figures
from explorer.models.latent_model import LatentModel

SIDE = 14
MODELS: dict[str, dict[str, Any]] = {
    "VAE, 2 dimensions": {"model": "vae", "latent_dim": 2},
    "VAE, 8 dimensions": {"model": "vae", "latent_dim": 8},
    "AE, 2 dimensions": {"model": "ae", "latent_dim": 2},
}
NO_SPREAD = 1e-9
LINEAR = ((2, 5), (8, 12))
"""Latent dimensions and features of the linear models."""
BASIS = ComparisonBasis("the same", "the same", "the same", "the same")


@dataclass(frozen=True)
class Trained:
    """A model, its data, and the rows of the pictures that it has not seen."""

    model: LatentModel
    dataset: Dataset
    stock: NDArray[np.int64]
    train_codes: NDArray[np.float32]

    def figures(self, rows: NDArray[np.int64], seed: int, draws: int) -> Figures:
        """Evaluate the model on some samples, log p(x) with some draws for each."""
        splits = replace(self.dataset.splits, test=np.sort(rows))
        data = replace(self.dataset, splits=splits)
        return evaluate(self.model, data, train_codes=self.train_codes, importance_samples=draws, seed=seed)


def main() -> None:
    """Print the tables."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--repeats", type=int, default=200)
    words.add_argument("--samples", type=int, default=360)
    words.add_argument("--draws", type=int, default=16, help="draws per sample for log p(x)")
    words.add_argument("--linear-repeats", type=int, default=40)
    words.add_argument("--only", choices=("figures", "linear"))
    asked = words.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    if asked.only != "linear":
        with tempfile.TemporaryDirectory() as folder:
            for name, settings in MODELS.items():
                of_model(name, trained(Path(folder) / name.replace(" ", ""), settings), asked)
    if asked.only != "figures":
        of_linear_models(asked.linear_repeats)
    print(f"\n{time.perf_counter() - began:.0f} s")


def trained(out: Path, settings: dict[str, Any]) -> Trained:
    """Train a small model on some of the pictures."""
    whole = datasets.load(DataConfig(source="mnist-small"))
    pictures = whole.model_inputs().reshape(-1, SIDE, 28 // SIDE, SIDE, 28 // SIDE).mean(axis=(2, 4))
    run = explorer.train(
        data=pictures, labels=whole.labels, out=out, hidden_widths=(64,), epochs=60, validation_fraction=0.24,
        test_fraction=0.45, **settings,
    )  # fmt: skip
    dataset = run.dataset()
    model = run._model
    codes = [codes_of(model, dataset, rows) for rows in np.array_split(dataset.splits.train, 10)]
    stock = np.concatenate([dataset.splits.validation, dataset.splits.test])
    return Trained(model, dataset, stock, np.concatenate(codes))


@torch.inference_mode()
def codes_of(model: LatentModel, dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the means of q(z|x)."""
    mean: NDArray[np.float32] = model.encode(torch.from_numpy(dataset.model_inputs(rows)), None).mean.numpy()
    return mean


def of_model(name: str, model: Trained, asked: argparse.Namespace) -> None:
    """Print the first two tables of one model."""
    rng, samples, seeds = np.random.default_rng(0), asked.samples, range(asked.repeats)
    sets = [rng.choice(model.stock, samples, replace=False) for _ in seeds]
    fresh = [model.figures(rows, seed, asked.draws) for rows, seed in zip(sets, seeds, strict=True)]
    redrawn = [model.figures(sets[0], seed, asked.draws) for seed in seeds]
    # Sets of samples from a finite stock vary a little less than those from the whole population.
    finite = (1 - samples / len(model.stock)) ** 0.5
    print(f"\n## {name}\n\n| figure | value | error over | stated | spread | ratio | called different |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for figure in FIGURES:
        values = defined(redrawn, figure.name)
        if not values:
            continue
        pairs = [(redrawn[number - 1], redrawn[number]) for number in range(len(redrawn))]
        called = np.mean([differ(figure, one, other) for one, other in pairs])
        rows = list(ratios(figure.name, fresh, redrawn, finite)) or [("–", "–", "–", "–")]
        for row in rows:
            print(f"| {figure.title} | {np.mean(values):.5g} | {' | '.join(row)} | {100 * called:.1f} % |")


def ratios(
    name: str, fresh: Sequence[Figures], redrawn: Sequence[Figures], finite: float
) -> Iterator[tuple[str, str, str, str]]:
    """Return what each stated error is over, its mean, the spread, and their ratio."""
    for key, error in next(figure for figure in FIGURES if figure.name == name).errors_by_key():
        found = fresh if error.over == "samples" else redrawn
        stated, values = defined(found, key), defined(found, name)
        if len(stated) < 2:
            continue
        spread = float(np.std(values, ddof=1)) / (finite if error.over == "samples" else 1.0)
        mean = float(np.sqrt(np.mean(np.square(stated))))
        is_bound = spread < max(NO_SPREAD, 1e-3 * mean)
        yield error.over, f"{mean:.3g}", f"{spread:.3g}", "bound" if is_bound else f"{mean / spread:.2f}"


def defined(all_figures: Sequence[Figures], key: str) -> list[float]:
    """Return the values of a figure, or of an error, where it is defined."""
    return [value for figures in all_figures if (value := figures[key]) is not None]


def of_linear_models(repeats: int) -> None:
    """Print the third table."""
    figure = next(figure for figure in FIGURES if figure.name == "log_likelihood")
    print("\n## Linear Gaussian VAEs\n\n| latent dimensions | encoder | log p(x), truth | estimate | stated error |")
    print("| --- | --- | --- | --- | --- |")
    for latent, features in LINEAR:
        stars, covered, rows = 0, {EXACT: 0, BAD: 0}, {}
        for seed in range(repeats):
            found = []
            for encoder in (EXACT, BAD):
                model, dataset, truth = linear_gaussian(latent, features, encoder, seed)
                figures = evaluate(model, dataset, seed=seed)
                value, error = figures["log_likelihood"], figures["monte_carlo_error"]
                assert value is not None and error is not None
                covered[encoder] += abs(value - truth) <= 2 * error
                rows[encoder] = (truth, value, error)
                found.append(figures)
            stars += any(better_runs(figure, found, [BASIS] * 2))
        for encoder, (truth, value, error) in rows.items():
            print(f"| {latent} | {encoder} | {truth:.5f} | {value:.5f} | {error:.2g} |")
        shares = ", ".join(f"{encoder} encoder {100 * count / repeats:.0f} %" for encoder, count in covered.items())
        print(f"\nTruth within two stated errors in {repeats} repeats: {shares}; stars: {stars}.\n")


if __name__ == "__main__":
    main()
