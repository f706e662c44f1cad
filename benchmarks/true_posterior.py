"""log p(x) by the refined grid, against a grid twice as fine and against long importance sampling.

``python benchmarks/true_posterior.py [RUN ...] --samples 12 --draws 200000`` takes samples spread over the test split
of each run (by default the shipped VAE) and prints a row for each. The long estimate draws half of its z from q(z|x),
half from the prior, so that no weight is far from the others where q misses a mode. Wanted: less than 0.05 nats between
the grids, and the grid within three standard errors of the long estimate.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.assets import shipped_runs
from explorer.data.dataset import Dataset
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.bound.sample_bound import bound_of_sample
from explorer.latent.bound.true_posterior import JOINT, densities_of
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import at_once
from explorer.models.latent_model import LatentModel
from explorer.runs.run_directory import open_run

HEAD = (
    "sample",
    "log p(x)",
    "± grid",
    "finer grid",
    "off",
    "long sampling",
    "± draws",
    "errors off",
    "gap",
    "decodes",
    "s",
)


def main() -> None:
    """Print a table for each run."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("runs", nargs="*", type=Path)
    words.add_argument("--samples", type=int, default=12)
    words.add_argument("--draws", type=int, default=200_000)
    asked = words.parse_args()
    torch.set_num_threads(1)
    for path in asked.runs or [path for path in shipped_runs() if path.name == "digits-vae"]:
        run = open_run(path)
        (model, _), dataset = run.load_model(), data_of_run(run)
        print(f"{run.name}, {dataset.name}, test split, {asked.draws:,} draws")
        print(" | ".join(HEAD))
        index = dataset.splits.test
        rows = []
        for sample in index[np.linspace(0, len(index) - 1, asked.samples).round().astype(int)]:
            rows.append(row_of(model, dataset, int(sample), asked.draws))
            print(" | ".join(f"{value:,.4f}" if isinstance(value, float) else f"{value:,}" for value in rows[-1]))
        off, errors = (max(row[column] for row in rows) for column in (4, 7))
        print(f"at most {off:.4f} nats off the finer grid, {errors:.1f} standard errors off long sampling")


def row_of(model: LatentModel, dataset: Dataset, sample: int, draws: int) -> tuple[float | int, ...]:
    """Measure one sample."""
    began = time.perf_counter()
    bound = at_once(bound_of_sample(model, dataset, sample))
    seconds = time.perf_counter() - began
    assert bound.posterior is not None and bound.gap is not None
    given = inputs_of(model, dataset, np.array([sample]))
    finer = bound.posterior.grid.twice_as_fine(lambda z: densities_of(model, given, None, z), JOINT)
    sampled, error = long_sampling(model, dataset, sample, draws)
    off = abs(bound.log_likelihood - finer)
    errors = abs(bound.log_likelihood - sampled) / error
    found = (sample, bound.log_likelihood, bound.error, finer, off)
    return (*found, sampled, error, errors, bound.gap, bound.decodes, seconds)


def long_sampling(model: LatentModel, dataset: Dataset, sample: int, draws: int) -> tuple[float, float]:
    """Return log p(x) and its standard error by draws of ½ q(z|x) + ½ p(z), in nats."""
    given = inputs_of(model, dataset, np.array([sample]))
    prior, half, logs = model.prior, 5_000, []
    assert prior is not None
    rng, seeded = np.random.default_rng(11), torch.Generator().manual_seed(11)
    with torch.inference_mode():
        q = model.encode(given.x, given.condition).rows(torch.zeros(half, dtype=torch.int64))
        for _ in range(max(1, draws // (2 * half))):
            noise = torch.from_numpy(rng.standard_normal((half, model.latent_dim)).astype(np.float32))
            z = torch.cat([q.sample(noise), prior.sample(half, seeded)]).double().numpy()
            found = densities_of(model, given, model.encode(given.x, given.condition), z)
            logs.append(_log_weights(found, prior.log_prob(torch.from_numpy(z).float()).double().numpy()))
    weights = np.exp(np.concatenate(logs) - max(map(np.max, logs)))
    mean = float(weights.mean())
    return max(map(np.max, logs)) + float(np.log(mean)), float(weights.std() / mean / np.sqrt(len(weights)))


def _log_weights(found: NDArray[np.float64], log_prior: NDArray[np.float64]) -> NDArray[np.float64]:
    proposal = np.logaddexp(found[:, 1], log_prior) - np.log(2)
    return np.asarray(found[:, JOINT] - proposal)


if __name__ == "__main__":
    main()
