"""Whether stated errors are right, and whether equal models are called different, for every figure.

``python benchmarks/calibration.py --repeats 200 --samples 360`` trains five small models on 3,100 pictures of the MNIST
that comes with the program, reduced to 14×14 pixels, and prints three tables:

1. For every stated error, the ratio of its mean to the spread of the figure: over fresh samples for an error over
   samples, drawn from 6,900 pictures that no step was taken on; over other seeds of the evaluation for an error over
   draws. Wanted: 0.8 to 1.3. The finite stock of pictures is allowed for. From R repeats a ratio has a relative
   standard error of about 1/√(2(R − 1)), which is printed beside it.
2. For every figure, the share of pairs of equal models that `compare` calls different. Wanted: at most 7 %, at a stated
   level of 5 %. "Noise": two copies of a model on the same samples, each with independent noise on every code, of a
   tenth of the spread of the codes; a fresh set of samples for each pair. "Seeds": one model on the same samples with
   two seeds of the evaluation. "–" stands for a figure that is the same in all pairs.
3. For linear Gaussian VAEs, whose log p(x) is known, with a good and a bad encoder: how often the truth is within two
   stated errors, and how often the two encoders get a star. Wanted: at least 95 %, and none.

log p(x) is computed accurately for all samples in two dimensions, where they share a grid, but for only 32 in more, so
that the difference estimator is tested. log p(x) and the holes take most of the time: ``--every 4`` measures them, and
other seeds, in every fourth repeat only. An error over draws that is a bound, not a standard error (that of the grid in
one and two dimensions), has no spread to compare with, and is printed as "bound". ``--minutes`` ends each model's
repeats after this time.
"""

import argparse
import copy
import math
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
from torch import Tensor

import explorer
from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset
from explorer.latent.bound import split_likelihood
from explorer.latent.evaluation import evaluate as evaluation
from explorer.latent.evaluation.catalog import BY_NAME, FIGURES, MEASURES
from explorer.latent.evaluation.comparability import ComparisonBasis, better_runs, difference
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.codes import holes
from explorer.latent.metrics.figure import Figure
from explorer.models.latent_model import LatentModel, Posterior
from explorer.models.sparse_code import SparseCode

SIDE = 14
MODELS: dict[str, dict[str, Any]] = {
    "VAE, 2 dimensions": {"model": "vae", "latent_dim": 2},
    "VAE, 8 dimensions": {"model": "vae", "latent_dim": 8},
    "AE, 2 dimensions": {"model": "ae", "latent_dim": 2},
    "denoising AE, 4 dimensions": {"model": "denoising-ae", "latent_dim": 4},
    "sparse AE, 32 units": {"model": "sparse-ae", "latent_dim": 32},
}
NOISE = 0.1
"""Noise of the codes, in spreads of the codes; also that of log σ²."""
DROPPED = 0.02
"""Share of the units of a sparse code that the noise switches off."""
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
    corruption: Corruption

    def figures(self, model: LatentModel, rows: NDArray[np.int64], seed: int, draws: int) -> Figures:
        """Evaluate a model on some samples, log p(x) with some draws for each; without draws, leave out the holes."""
        evaluation.MEASURES = MEASURES if draws else tuple(one for one in MEASURES if one is not holes.measure)
        data = replace(self.dataset, splits=replace(self.dataset.splits, test=np.sort(rows)))
        return evaluation.evaluate(
            model, data, train_codes=self.train_codes, importance_samples=draws, corruption=self.corruption, seed=seed
        )

    def with_noise(self, seed: int) -> LatentModel:
        """Return a copy of the model whose codes have noise that is independent for every sample."""
        noisy, generator = copy.copy(self.model), torch.Generator().manual_seed(seed)
        scale = NOISE * torch.from_numpy(self.train_codes.std(axis=0))
        dropped = DROPPED if isinstance(self.model.config, SparseCode) else 0.0

        def encode(x: Tensor, condition: Tensor | None = None) -> Posterior:
            found = self.model.encode(x, condition)
            moved = found.mean + scale * torch.randn(found.mean.shape, generator=generator)
            kept = (found.mean != 0) & (torch.rand(found.mean.shape, generator=generator) >= dropped)
            if found.log_variance is None:
                return replace(found, mean=moved * kept)
            widths = found.log_variance + NOISE * torch.randn(found.mean.shape, generator=generator)
            return replace(found, mean=moved * kept, log_variance=widths)

        noisy.encode = encode  # type: ignore[method-assign]
        return noisy


@dataclass(frozen=True)
class Repeats:
    """Figures of pairs of noisy models on fresh samples, and of one model with other seeds of the evaluation."""

    pairs: Sequence[tuple[Figures, Figures]]
    redrawn: Sequence[Figures]


def main() -> None:
    """Print the tables."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--repeats", type=int, default=200)
    words.add_argument("--every", type=int, default=1, help="which repeats have log p(x), holes, and other seeds")
    words.add_argument("--samples", type=int, default=360)
    words.add_argument("--draws", type=int, default=16, help="draws per sample for log p(x)")
    words.add_argument("--minutes", type=float, default=math.inf, help="limit for the repeats of each model")
    words.add_argument("--linear-repeats", type=int, default=40)
    words.add_argument("--only", nargs="+", choices=("linear", *MODELS), default=["linear", *MODELS], metavar="MODEL")
    asked = words.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    work, split_likelihood.WORK = split_likelihood.WORK, 0  # as few accurate values as possible
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in MODELS.items():
            if name in asked.only:
                of_model(name, trained(Path(folder) / settings["model"] / name, settings), asked)
    split_likelihood.WORK = work
    if "linear" in asked.only:
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
    return Trained(model, dataset, stock, np.concatenate(codes), run.corruption)


@torch.inference_mode()
def codes_of(model: LatentModel, dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the means of q(z|x)."""
    mean: NDArray[np.float32] = model.encode(torch.from_numpy(dataset.model_inputs(rows)), None).mean.numpy()
    return mean


def of_model(name: str, model: Trained, asked: argparse.Namespace) -> None:
    """Print the first two tables of one model."""
    found = repeated(model, asked)
    # Sets of samples from a finite stock vary a little less than those from the whole population.
    finite = (1 - asked.samples / len(model.stock)) ** 0.5
    print(f"\n## {name}, {len(found.pairs)} repeats, {len(found.redrawn)} of them with log p(x), holes, other seeds\n")
    print("| figure | value | error over | stated | spread | ratio | called different: noise | seeds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for figure in FIGURES:
        values = defined(found.redrawn, figure.name)
        if not values:
            continue
        seeds = list(zip(found.redrawn[1:], found.redrawn, strict=False))
        called = f"{called_different(figure, found.pairs)} | {called_different(figure, seeds)}"
        rows = list(ratios(figure.name, found, finite)) or [("–", "–", "–", "–")]
        for row in rows:
            print(f"| {figure.title} | {np.mean(values):.5g} | {' | '.join(row)} | {called} |", flush=True)


def repeated(model: Trained, asked: argparse.Namespace) -> Repeats:
    """Evaluate a model, with noise and without, until the repeats or the time are used up."""
    rng, began = np.random.default_rng(0), time.perf_counter()
    first, pairs, redrawn = None, [], []
    for seed in range(asked.repeats):
        draws = 0 if seed % asked.every else asked.draws
        rows = rng.choice(model.stock, asked.samples, replace=False)
        first = rows if first is None else first
        one, other = (model.figures(model.with_noise(2 * seed + noise), rows, seed, draws) for noise in range(2))
        pairs.append((one, other))
        if draws:
            redrawn.append(model.figures(model.model, first, seed, draws))
        if time.perf_counter() - began > 60 * asked.minutes:
            break
    return Repeats(pairs, redrawn)


def called_different(figure: Figure, pairs: Sequence[tuple[Figures, Figures]]) -> str:
    """Return the share of pairs that differ by the rule of `compare`; "–" if all are equal or there is no verdict."""
    found = [one for pair in pairs if (one := difference(figure, *pair)) is not None and not one.why_unknown]
    if all(one.value == 0 for one in found):
        return "–"
    return f"{100 * np.mean([one.counts for one in found]):.1f} %"


def ratios(name: str, found: Repeats, finite: float) -> Iterator[tuple[str, str, str, str]]:
    """Return what each stated error is over, its mean, the spread, and their ratio."""
    for key, error in BY_NAME[name].errors_by_key():
        of_samples = error.over == "samples"
        figures = [one for one, _ in found.pairs] if of_samples else found.redrawn
        stated, values = defined(figures, key), defined(figures, name)
        if len(stated) < 2:
            continue
        spread = float(np.std(values, ddof=1)) / (finite if of_samples else 1.0)
        mean = float(np.sqrt(np.mean(np.square(stated))))
        is_bound = spread < max(NO_SPREAD, 1e-3 * mean)
        ratio = mean / max(spread, NO_SPREAD)
        text = "bound" if is_bound else f"{ratio:.2f} ± {ratio / math.sqrt(2 * (len(values) - 1)):.2f}"
        yield error.over, f"{mean:.3g}", f"{spread:.3g}", text


def defined(all_figures: Sequence[Figures], key: str) -> list[float]:
    """Return the values of a figure, or of an error, where it is defined."""
    return [value for figures in all_figures if (value := figures[key]) is not None]


def of_linear_models(repeats: int) -> None:
    """Print the third table."""
    figure = BY_NAME["log_likelihood"]
    print("\n## Linear Gaussian VAEs\n\n| latent dimensions | encoder | log p(x), truth | estimate | stated error |")
    print("| --- | --- | --- | --- | --- |")
    for latent, features in LINEAR:
        stars, covered, rows = 0, {EXACT: 0, BAD: 0}, {}
        for seed in range(repeats):
            found = []
            for encoder in (EXACT, BAD):
                model, dataset, truth = linear_gaussian(latent, features, encoder, seed)
                figures = evaluation.evaluate(model, dataset, seed=seed)
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
