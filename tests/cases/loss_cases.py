"""Made-up findings of experiments on the loss."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.jobs.experiments.loss_experiment import ablation, ladder
from explorer.jobs.experiments.loss_findings import Finding
from explorer.latent.evaluation.figures import Figures

CONFIG = RunConfig(model=MODEL_CONFIGS["vae"](hidden_widths=(8,)), train=TrainConfig(epochs=3, batch_size=8, threads=1))
PLAIN = Figures(
    "test",
    10_000,
    reconstruction=137.0,
    kl=6.0,
    knn_accuracy=0.80,
    knn_accuracy_error=0.004,
    extent=3.0,
    posterior_sigma=0.1,
    sigma_over_spread=0.1,
    decode_difference=0.2,
    hull_holes=0.4,
    hull_holes_error=0.01,
    hole_codes=2000,
)
AS_THEORY_SAYS: dict[str, dict[str, Any]] = {
    "only-kl": {"kl": 2e-9, "reconstruction": 544.0, "posterior_sigma": 1.0, "sigma_over_spread": 2e4,
                "decode_difference": 2e-6, "hull_holes": 0.93, "knn_accuracy": 0.15},
    "only-reconstruction": {"kl": 34.4, "posterior_sigma": 0.0032, "sigma_over_spread": 0.0007, "hull_holes": 0.56,
                            "extent": 20.6},
    "both": {},
    "autoencoder": {"kl": None, "posterior_sigma": None, "sigma_over_spread": None, "hull_holes": 0.55, "extent": 20.0},
}  # fmt: skip


def ablated(**members: dict[str, Any]) -> tuple[Finding, ...]:
    """Return a measured ablation with some figures of some members changed; the names have _ for -."""
    changed = {name.replace("_", "-"): figures for name, figures in members.items()}
    experiment = ablation(CONFIG, with_autoencoder=True)
    found = []
    for member in experiment.members:
        figures = replace(PLAIN, **(AS_THEORY_SAYS[member.name] | changed.get(member.name, {})))
        group = experiment.group(member, "abc")
        found.append(Finding(Path(member.name), group, member.config, 3.0, figures=figures))
    return tuple(found)


def laddered(values: dict[float, tuple[float, float]], **more: Any) -> tuple[Finding, ...]:
    """Return a measured ladder of KL and reconstruction by β."""
    experiment = ladder(CONFIG, tuple(values))
    found = []
    for member in experiment.members:
        kl, reconstruction = values[member.config.model.beta]  # type: ignore[attr-defined]
        figures = replace(PLAIN, kl=kl, reconstruction=reconstruction, **more)
        found.append(Finding(Path(member.name), experiment.group(member, "abc"), member.config, 3.0, figures=figures))
    return tuple(found)


def sentence(words: tuple[str, ...], beginning: str) -> str:
    """Return the first sentence with this beginning, or "" if there is none."""
    return next((line for line in words if line.startswith(beginning)), "")
