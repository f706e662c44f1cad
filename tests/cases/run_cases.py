"""Small runs, checkpoints and latents for the tests of the run directory."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, RunConfig, config_to_json
from explorer.data.dataset import Column, Description
from explorer.data.transform import Transform
from explorer.models import catalog
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.latents import Latents
from explorer.runs.run_directory import RunDirectory
from explorer.runs.run_folders import create_run
from explorer.runs.run_json import Machine

DESCRIPTION = Description(
    name="made up",
    kind="vector",
    shape=(3,),
    transform=Transform(np.arange(3, dtype=np.float32), np.ones(3, np.float32)),
    unit_range=False,
    value_range=(0.0, 1.0),
    class_names=("a", "b"),
    fingerprint="f" * 64,
)
CONFIG = RunConfig(model=MODEL_CONFIGS["vae"](hidden_widths=(4,), likelihood="gaussian"))


def checkpoint(step: int, *, best_step: int | None = None, **changes: Any) -> Checkpoint:
    model = catalog.build(CONFIG.model, DESCRIPTION, torch.Generator().manual_seed(step))
    weights = dict(model.state_dict())
    optimizer = {f"{name}/exp_avg": tensor * 0.5 for name, tensor in weights.items()}
    optimizer["encoder.1.weight/step"] = torch.tensor(float(step))
    best_loss = None if best_step is None else 0.1 + 1 / (1 + best_step)
    values = {"weights": weights, "optimizer": optimizer, "best_loss": best_loss, "best_step": best_step}
    return Checkpoint(step=step, config=config_to_json(CONFIG), **(values | changes))


def make_run(path: Path, **options: Any) -> RunDirectory:
    return create_run(path, CONFIG, DESCRIPTION, Machine(), **options)


def latents(count: int = 7) -> Latents:
    rng = np.random.default_rng(0)
    return Latents(
        step=12,
        mean=rng.standard_normal((count, 2)).astype(np.float32),
        log_variance=rng.standard_normal((count, 2)).astype(np.float32),
        index=np.arange(count),
        split=np.array(["train", "test"])[np.arange(count) % 2],
        labels=rng.integers(-1, 2, count),
        reconstruction=rng.random(count).astype(np.float32),
        columns={
            "age/years": Column("age/years", rng.random(count), (), "a"),
            "index": Column("index", rng.integers(0, 2, count), ("ä", "b, c")),
        },
    )
