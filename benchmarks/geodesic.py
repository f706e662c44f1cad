"""Time of a geodesic between two samples, relative to 1,000 decodes, for the included runs.

The first geodesic of a model also makes the graph of its codes; later ones reuse it. A worker answers other questions
between two chunks, so the longest chunk is what a moving probe may wait for.
"""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import explorer
from explorer.jobs.queries.path_questions import FollowPath
from explorer.jobs.questions import LoadedModel

ROOT = Path(__file__).resolve().parent.parent
PAIRS = ((3, 17), (40, 99), (5, 21))


def chunks(question: FollowPath, loaded: LoadedModel) -> list[float]:
    """Answer a question and return the processor seconds of each chunk."""
    work, seconds = question.ask(loaded), []
    while True:
        begun = time.thread_time()
        try:
            next(work)
        except StopIteration:
            return seconds
        finally:
            seconds.append(time.thread_time() - begun)


def main() -> None:
    """Print a line per run and metric."""
    torch.set_num_threads(1)
    print(f"{'run':<12} {'metric':<8} {'first':>9} {'later':>9} {'ratio':>7} {'chunk p99':>10} {'longest':>9}")
    for name in ("digits-ae", "digits-vae", "mnist-ae", "mnist-vae"):
        run = explorer.load(ROOT / "checkpoints" / name)
        z = np.random.default_rng(0).standard_normal((1000, run.latent_dim)).astype(np.float32)
        run.decode(z)
        decodes = []
        for _ in range(5):
            begun = time.thread_time()
            run.decode(z)
            decodes.append(time.thread_time() - begun)
        model, step = run._run.load_model()
        loaded = LoadedModel("r", step, model, run.description)
        for metric in ("decoder", "density"):
            asked = FollowPath("r", (), ("geodesic",), codes=run.plane_codes, metric=metric, measured=False)
            each = []
            for pair in PAIRS:
                waypoints = tuple(tuple(map(float, run.code_of(sample))) for sample in pair)
                each.append(chunks(replace(asked, waypoints=waypoints), loaded))
            first, later = sum(each[0]), float(np.mean([sum(one) for one in each[1:]]))
            every = np.concatenate(each)
            ratio = later / min(decodes)
            print(
                f"{name:<12} {metric:<8} {first:>7.2f} s {later:>7.2f} s {ratio:>7.1f} "
                f"{1000 * np.percentile(every, 99):>7.1f} ms {1000 * every.max():>6.1f} ms"
            )


if __name__ == "__main__":
    main()
