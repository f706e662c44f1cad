"""How fast a dense VAE 784-400-20 trains in batches of 128: ours, a plain per-sample loop, its matrix products alone.

``python benchmarks/training_speed.py [--threads N] [--rounds N]``. The figures are ratios of times measured in turns in
one run, the best of each; the data is made up, as the time does not depend on what the pictures show. Ours is the whole
job headless: the run directory, curves, validation after the epoch and the final checkpoint are in its time.
"""

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.data.dataset import Dataset, Description, fingerprint
from explorer.data.splits import make_splits
from explorer.data.transform import Transform
from explorer.models import catalog
from explorer.models.latent_model import Batch
from explorer.runs.run_folders import create_run
from explorer.runs.run_json import Machine
from explorer.training.control import Context
from explorer.training.loop import train

WIDTHS, LATENT_DIM, BATCH, EPOCHS = (784, 400, 20), 20, 128, 3
MODEL = MODEL_CONFIGS["vae"](hidden_widths=(400,), latent_dim=LATENT_DIM, likelihood="bernoulli")


def made_up_pictures(count: int) -> Dataset:
    samples = np.random.default_rng(0).integers(0, 256, (count, 1, 28, 28), np.uint8)
    description = Description(
        name="made up",
        kind="image",
        shape=(1, 28, 28),
        transform=Transform(np.float32(0), np.float32(255)),
        unit_range=True,
        value_range=(0.0, 255.0),
        fingerprint=fingerprint(samples, None),
    )
    return Dataset(description, samples, make_splits(DataConfig(), count, name="made up"))


class PerSample(TorchDataset[tuple[torch.Tensor, int]]):
    """A data set as tutorials write it: each picture becomes a float tensor when it is read.

    The steps are those of torchvision's ``MNIST`` with ``ToTensor``.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.samples = torch.from_numpy(dataset.samples[dataset.splits.train])
        self.targets = torch.zeros(len(self.samples), dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self.samples[index, 0].numpy())
        tensor = torch.from_numpy(np.array(picture, copy=True)).view(28, 28, 1).permute(2, 0, 1).contiguous()
        return tensor.to(torch.float32).div(255), int(self.targets[index])


class BarePerSample(PerSample):
    """The cheapest possible data set that returns single samples."""

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.samples[index] / 255, 0


def ours(dataset: Dataset, threads: int) -> Callable[[], float]:
    """Return a function that trains some epochs and gives its seconds per training sample."""
    config = RunConfig(model=MODEL, train=TrainConfig(epochs=EPOCHS, batch_size=BATCH, threads=threads))

    def measure() -> float:
        with tempfile.TemporaryDirectory() as folder:
            run = create_run(Path(folder) / "run", config, dataset.description, Machine(threads=threads))
            started = time.perf_counter()
            for _ in train(config, dataset, Context(run, threads=threads)):
                pass
            return (time.perf_counter() - started) / (EPOCHS * len(dataset.splits.train))

    return measure


def per_sample_loop(samples: PerSample, description: Description) -> Callable[[], float]:
    """Return the same for the same network in a plain loop over a ``DataLoader``, without validation or saving."""
    loader = DataLoader(samples, batch_size=BATCH, shuffle=True)
    model = catalog.build(MODEL, description, torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def measure() -> float:
        started = time.perf_counter()
        total = 0.0
        for batch, _ in loader:
            optimizer.zero_grad()
            noise = torch.randn(len(batch), LATENT_DIM)
            loss = model.losses(Batch(batch, batch, noise)).total
            loss.backward()
            optimizer.step()
            total += loss.item()
        return (time.perf_counter() - started) / len(samples)

    return measure


def best_product_rate() -> float:
    """Return the machine's best floating point operations per second in a float32 matrix product."""
    rates = []
    for size in (256, 512, 1024):
        a, b, c = torch.rand(size, size), torch.rand(size, size), torch.empty(size, size)
        repeats = 2 * 1024**3 // size**3
        for _ in range(4):
            started = time.perf_counter()
            for _ in range(repeats):
                torch.mm(a, b, out=c)
            rates.append(2 * size**3 * repeats / (time.perf_counter() - started))
    return max(rates)


def operations_per_sample() -> int:
    """Count the operations of all matrix products of a step: forward, the weights' gradients, the inputs' gradients."""
    layers = [(784, 400), (400, 2 * LATENT_DIM), (LATENT_DIM, 400), (400, 784)]
    weights = sum(before * after for before, after in layers)
    return 2 * (3 * weights - 784 * 400)  # no gradient with respect to the pictures is needed


def products_alone() -> float:
    return operations_per_sample() / best_product_rate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--samples", type=int, default=20_000)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    dataset = made_up_pictures(arguments.samples)
    measures = {
        "ours": ours(dataset, arguments.threads),
        "DataLoader loop": per_sample_loop(PerSample(dataset), dataset.description),
        "DataLoader loop, the barest": per_sample_loop(BarePerSample(dataset), dataset.description),
        "matrix products alone": products_alone,
    }
    seconds = dict.fromkeys(measures, float("inf"))
    for _ in range(arguments.rounds):
        for name, measure in measures.items():
            seconds[name] = min(seconds[name], measure())
    print(f"dense VAE {'-'.join(map(str, WIDTHS))}, batch {BATCH}, CPU, {arguments.threads} threads")
    for name, value in seconds.items():
        print(f"{name:28} {1 / value:12,.0f} samples/s {value / seconds['ours']:8.2f} × the time of ours")
    loop, products = seconds["DataLoader loop"], seconds["matrix products alone"]
    faster, slower, most = loop / seconds["ours"], seconds["ours"] / products, loop / products
    verdict = "kept" if faster >= 3 else f"MISSED (products alone would be {most:.2f})"
    print(f"ours / DataLoader loop, speed   {faster:5.2f}   budget ≥ 3.0   {verdict}")
    print(f"ours / products alone, time     {slower:5.2f}   budget ≤ 2.5   {'kept' if slower <= 2.5 else 'MISSED'}")
    if importlib.util.find_spec("pythae") is None:
        print("pythae is not installed: not compared")
    else:
        print("pythae is installed, but its trainer is not measured here")


if __name__ == "__main__":
    main()
