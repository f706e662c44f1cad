"""The ablation of MNIST in docs/ablation.md agrees with the theory of the loss terms."""

from pathlib import Path

import pytest

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.jobs.experiments.loss_experiment import ablation
from explorer.jobs.experiments.run_experiment import ExperimentFolder, jobs_of, load_data, report_of
from explorer.jobs.runs.train_run import run_training
from explorer.latent.steps import at_once


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_ablation_of_mnist_agrees_with_theory(mnist_folder: Path, tmp_path: Path) -> None:
    config = RunConfig(
        data=DataConfig(source=str(mnist_folder)),
        model=MODEL_CONFIGS["vae"](latent_dim=2, hidden_widths=(512, 256)),
        train=TrainConfig(epochs=15, batch_size=128, seed=0),
    )
    experiment, target = ablation(config, with_autoencoder=True), ExperimentFolder(tmp_path)
    dataset = load_data(experiment)
    for _, job in jobs_of(experiment, target, dataset, device="cpu"):
        assert job is not None
        list(run_training(job))
    report = at_once(report_of(experiment, target, dataset))
    figures = {finding.group.member: finding.figures for finding in report.findings}
    only_kl, only_reconstruction = figures["only-kl"], figures["only-reconstruction"]
    both, autoencoder = figures["both"], figures["autoencoder"]
    assert only_kl and only_reconstruction and both and autoencoder
    assert only_kl.kl is not None and only_kl.kl < 0.05
    assert only_kl.decode_difference is not None and only_kl.decode_difference < 0.01
    assert only_reconstruction.sigma_over_spread is not None and only_reconstruction.sigma_over_spread <= 1 / 100
    assert both.kl is not None and 4 <= both.kl <= 9
    assert both.hull_holes is not None and autoencoder.hull_holes is not None
    assert both.hull_holes < autoencoder.hull_holes
    text = " ".join(report.sentences())
    assert "Only KL: z ignores x" in text and "Only reconstruction: the posteriors have shrunk to points" in text
    assert "Both: the latent space is regular" in text
