"""The Wasserstein autoencoder: its MMD against sums in numpy, its loss, and codes that approach the prior."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from model_cases import build, draw
from training_cases import config_of, train_whole

from explorer.api import load_run
from explorer.models.autoencoders.wae_mmd import squared_mmd
from explorer.models.latent_model import Batch


def summed(codes: np.ndarray, draws: np.ndarray) -> float:
    """Add up the paper's estimator pair by pair, in float64."""
    n, scale = len(codes), 2 * codes.shape[1]

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return scale / (scale + float(((a - b) ** 2).sum()))

    within = sum(k(x[i], x[j]) for x in (codes, draws) for i in range(n) for j in range(n) if i != j)
    between = sum(k(codes[i], draws[j]) for i in range(n) for j in range(n))
    return within / (n * (n - 1)) - 2 * between / n**2


@pytest.mark.parametrize(("count", "dim", "shift"), [(2, 1, 0.0), (9, 2, 0.5), (20, 3, 100.0)])
def test_mmd_is_the_papers_sum(count: int, dim: int, shift: float) -> None:
    rng = np.random.default_rng(0)
    codes, draws = rng.normal(shift, 2, (count, dim)), rng.normal(size=(count, dim))
    found = squared_mmd(torch.from_numpy(codes), torch.from_numpy(draws)).item()
    assert found == pytest.approx(summed(codes, draws), rel=1e-12)


def test_mmd_is_unbiased_for_draws_of_the_prior_itself() -> None:
    draws = torch.randn(2, 400, 16, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = torch.stack([squared_mmd(one, other) for one, other in zip(*draws, strict=True)])
    assert abs(found.mean()) < 4 * found.std() / math.sqrt(len(found))
    assert (found < 0).any() and (found > 0).any()


def test_slopes_are_finite_where_codes_coincide_and_lie_far_away() -> None:
    codes = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1e4, 0.0]], requires_grad=True)
    squared_mmd(codes, torch.zeros(3, 2)).backward()
    assert torch.isfinite(codes.grad).all()


def test_the_loss_is_the_reconstruction_and_the_weighted_mmd() -> None:
    x, noise = draw((6, 1, 3, 3)), torch.randn(6, 2, generator=torch.Generator().manual_seed(2))
    model = build("wae-mmd", (1, 3, 3), hidden_widths=(4,), mmd_weight=7.0)
    losses = model.losses(Batch(x, x, noise))
    code = model.encode(x).mean
    assert losses.terms["mmd"].item() == squared_mmd(code, noise).item()
    assert losses.total.item() == pytest.approx((losses.terms["reconstruction"] + 7 * losses.terms["mmd"]).item())
    single = model.losses(Batch(x[:1], x[:1], noise[:1]))
    assert single.terms["mmd"].item() == 0 and single.total.requires_grad


def test_without_weight_it_is_a_plain_autoencoder() -> None:
    x, noise = draw((6, 1, 3, 3)), torch.zeros(6, 2)
    both = [build("ae", (1, 3, 3)), build("wae-mmd", (1, 3, 3), mmd_weight=0.0)]
    assert len({model.losses(Batch(x, x, noise)).total.item() for model in both}) == 1


def test_training_moves_the_codes_to_the_prior(tmp_path: Path, digits) -> None:
    far = {}
    for weight in (0.0, 10.0):
        model = {"hidden_widths": (64,), "mmd_weight": weight}
        run = train_whole(tmp_path / f"{weight:g}", config_of("wae-mmd", model=model, epochs=15, batch_size=64), digits)
        codes = torch.from_numpy(load_run(run).latents.mean)
        draws = torch.randn(codes.shape, generator=torch.Generator().manual_seed(0))
        far[weight] = squared_mmd(codes, draws).item()
    assert far[10.0] < 0.02 < 0.1 < far[0.0]
