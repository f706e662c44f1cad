"""Small runs of every kind that the window shows differently, for the test that nothing is cut or hidden."""

from pathlib import Path

import numpy as np

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.jobs.experiments.loss_experiment import LossExperiment, ablation, ladder
from explorer.jobs.experiments.run_experiment import ExperimentFolder, jobs_of, load_data
from explorer.jobs.runs.train_run import new_run, run_training

TRAIN = TrainConfig(epochs=1, batch_size=128, threads=1, fraction=0.3)
SPECIES = ("Adelie penguin", "Chinstrap penguin", "Gentoo penguin, the largest of the three")
LONG = "a-vae-with-64-dimensions-on-40-classes-as-one-run-of-a-sweep-may-be-called"
"""Name of a run in which everything is long: its name, its code, the names of its classes."""
COLUMNS = ("bill length in millimetres", "bill depth", "flipper length", "body mass in grams")


def train_small_runs(folder: Path) -> Path:
    """Train the runs into a folder, and put ``penguins.csv``, the data of one of them, beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    table, plain = folder / "penguins.csv", folder / "unlabelled.npz"
    table.write_text(_penguins())
    many = folder / "forty.csv"
    many.write_text(_forty_classes())
    np.savez(plain, samples=np.random.default_rng(0).random((60, 8, 8)).astype(np.float32))
    vae = {"hidden_widths": (16,)}
    runs = {
        "table": ("vae", DataConfig(source=str(table), label_column="species"), vae),
        LONG: ("vae", DataConfig(source=str(many), label_column="species"), {**vae, "latent_dim": 64}),
        "unlabelled": ("ae", DataConfig(source=str(plain)), vae),
        "ten-dimensions": ("vae", DataConfig(source="digits"), {**vae, "latent_dim": 10}),
        "skip-gram": ("skip-gram", DataConfig(source="topics-words", vocabulary=150), {"latent_dim": 4}),
        "mixture-of-six-components": ("mixture-vae", DataConfig(source="digits"), vae),
        "components": ("pca", DataConfig(source="digits"), {}),
        "gan": ("gan", DataConfig(source="digits"), {}),
        "conditional": ("conditional-vae", DataConfig(source="digits"), vae),
    }
    for name, (family, data, model) in runs.items():
        config = RunConfig(data=data, model=MODEL_CONFIGS[family](**model), train=TRAIN)
        list(run_training(new_run(config, folder / name, device="cpu")))
    base = RunConfig(data=DataConfig(source="digits"), model=MODEL_CONFIGS["vae"](**vae), train=TRAIN)
    _train_experiment(ablation(base, with_autoencoder=True), folder, "digits-ablation")
    _train_experiment(ladder(base, (0.1, 1, 8)), folder, "digits-ladder")
    return folder


def _train_experiment(experiment: LossExperiment, folder: Path, stem: str) -> None:
    target = ExperimentFolder(folder / stem, stem)
    for _, job in jobs_of(experiment, target, load_data(experiment), device="cpu"):
        assert job is not None
        list(run_training(job))


def _forty_classes() -> str:
    rng = np.random.default_rng(0)
    rows = [",".join(("species", *(f"measurement number {number}" for number in range(16))))]
    for number in range(240):
        name = f"species {number % 40} of the western shore, which is hard to tell from its neighbours"
        values = rng.normal(1e7 * (number % 40), 1e6, 16)
        rows.append(",".join((f'"{name}"', *(f"{value:.1f}" for value in values))))
    return "\n".join(rows) + "\n"


def _penguins() -> str:
    rng = np.random.default_rng(0)
    rows = [",".join(("species", *COLUMNS))]
    for number in range(90):
        values = rng.normal((39 + 5 * (number % 3), 18, 190, 3700), (3, 1, 8, 400))
        rows.append(",".join((f'"{SPECIES[number % 3]}"', *(f"{value:.1f}" for value in values))))
    return "\n".join(rows) + "\n"
