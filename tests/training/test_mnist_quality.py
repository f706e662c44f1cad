"""The defaults on MNIST are as good as a plain implementation of the same networks.

A plain PyTorch program with the same networks, batches and optimizer reaches 138.8 to 141.3 nats over seeds (VAE), and
a squared error of 27.4 per picture (autoencoder).
"""

from pathlib import Path

import pytest

from explorer.api import train_new_run

SETTINGS = {"latent_dim": 2, "hidden_widths": (512, 256), "epochs": 40, "batch_size": 256, "learning_rate": 1e-3}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("family", "figure", "most"), [("vae", "elbo", 142.0), ("ae", "mse", 28.5)])
def test_mnist_is_learned_as_well_as_it_can_be(
    family: str, figure: str, most: float, mnist_folder: Path, tmp_path: Path
) -> None:
    run = train_new_run(out=tmp_path / family, data=str(mnist_folder), model=family, seed=0, **SETTINGS)
    figures = run.evaluate("test")
    assert figures.samples == 10_000
    assert abs(getattr(figures, figure)) <= most
