"""The adversarial families: the optimal discriminator is the known ratio, and training finds simple targets."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm
from torch import nn

from explorer.config import ConfigError, replace
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.models import catalog
from explorer.models.adversarial.gan import (
    build_discriminator,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from explorer.models.latent_model import Batch, NotDefined
from explorer.models.layers import initialise


def description(kind="vector", shape=(2,), unit=False):
    return Description("made up", kind, shape, Transform(np.float32(0), np.float32(1)), unit, (0.0, 1.0))


def build(family, about=None, **settings):
    about = about or description()
    config = catalog.resolve(catalog.family(family).config_type(**settings), about)
    return catalog.build(config, about, torch.Generator().manual_seed(0))


def batch(count=16, shape=(2,), noise=(2, 2), seed=0):
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand((count, *shape), generator=draw)
    return Batch(x=x, target=x, noise=torch.randn((count, *noise), generator=draw))


def test_discriminator_of_two_discrete_distributions_is_their_ratio():
    """D = p/(p + q), and the loss is 2 log 2 − 2 JS: Goodfellow et al. 2014, proposition 1 and theorem 1."""
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.7])
    real = torch.eye(3)[np.repeat(np.arange(3), (10 * p).round().astype(int))]
    made = torch.eye(3)[np.repeat(np.arange(3), (10 * q).round().astype(int))]
    judge = nn.Linear(3, 1, bias=False)
    optimizer = torch.optim.LBFGS(judge.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = discriminator_loss(judge(real), judge(made))
        loss.backward()
        return loss

    optimizer.step(closure)
    assert torch.sigmoid(judge.weight[0]).tolist() == pytest.approx((p / (p + q)).tolist(), abs=1e-3)
    middle = (p + q) / 2
    js = 0.5 * (p * np.log(p / middle)).sum() + 0.5 * (q * np.log(q / middle)).sum()
    assert closure().item() == pytest.approx(2 * math.log(2) - 2 * js, abs=1e-5)


def test_discriminator_of_two_gaussians_is_their_ratio():
    draw = torch.Generator().manual_seed(0)
    judge = build_discriminator(1, (32, 32))
    initialise(judge, draw)
    optimizer = torch.optim.Adam(judge.parameters(), lr=3e-3)
    for _ in range(800):
        real = torch.randn((512, 1), generator=draw)
        made = 1.5 + torch.randn((512, 1), generator=draw)
        optimizer.zero_grad()
        discriminator_loss(judge(real), judge(made)).backward()
        optimizer.step()
    points = np.linspace(-1.5, 3, 19)
    p, q = norm.pdf(points), norm.pdf(points, loc=1.5)
    with torch.no_grad():
        found = torch.sigmoid(judge(torch.tensor(points[:, None], dtype=torch.float32)))[:, 0].numpy()
        real, made = torch.randn((50_000, 1), generator=draw), 1.5 + torch.randn((50_000, 1), generator=draw)
        loss = discriminator_loss(judge(real), judge(made)).item()
    assert np.abs(found - p / (p + q)).max() < 0.06

    def cost(x):
        p, q = norm.pdf(x), norm.pdf(x, loc=1.5)
        return -p * math.log(p / (p + q)) - q * math.log(q / (p + q))

    assert loss == pytest.approx(quad(cost, -8, 9)[0], abs=0.02)


def test_losses_of_an_undecided_discriminator():
    zeros = torch.zeros(5, 1)
    assert discriminator_loss(zeros, zeros).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(zeros).item() == pytest.approx(math.log(2))


def test_gradient_penalty_of_a_linear_judge_is_half_its_square():
    judge = nn.Linear(3, 1)
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    penalty = gradient_penalty(judge, x)
    assert penalty.item() == pytest.approx(0.5 * judge.weight.square().sum().item(), rel=1e-5)
    penalty.backward()
    assert torch.allclose(judge.weight.grad, judge.weight)


@pytest.mark.parametrize("family", ["gan", "adversarial-ae"])
def test_each_step_gives_a_gradient_to_its_parameter_group_only(family):
    model = build(family, gradient_penalty=1.0)
    given = batch(noise=model.noise_shape)
    turns = model.optimizer_steps(given)
    seen = []
    try:
        while True:
            group, loss = next(turns)
            model.zero_grad()
            loss.backward()
            assert all(weight.grad is not None for weight in model.parameter_groups[group])
            seen.append(group)
    except StopIteration as end:
        assert set(end.value.terms) == {term.name for term in model.terms}
    assert seen == list(model.parameter_groups)


def test_gan_logs_both_losses_and_their_sum():
    model = build("gan")
    losses = model.losses(batch())
    terms = {name: value.item() for name, value in losses.terms.items()}
    assert losses.total.item() == pytest.approx(terms["discriminator"] + terms["generator"])
    assert losses.kl_per_dimension is None


def test_gan_has_no_encoder_and_no_density():
    model = build("gan", description("image", (1, 4, 5), unit=True), latent_dim=3)
    with pytest.raises(NotDefined, match="a GAN has no encoder"):
        model.encode(torch.zeros(1, 1, 4, 5))
    decoded = model.decode(torch.zeros(2, 3))
    assert decoded.mean.shape == (2, 1, 4, 5)
    assert decoded.mean.min() >= 0 and decoded.mean.max() <= 1
    for call in (lambda: decoded.sample(torch.Generator()), lambda: decoded.log_prob(decoded.mean)):
        with pytest.raises(NotDefined, match="one sample from each z"):
            call()
    assert not model.capabilities.encoder and not model.capabilities.density and model.capabilities.prior


def test_gan_refuses_what_it_cannot_make():
    config = catalog.family("gan").config_type()
    assert catalog.resolve(config, description("image", (1, 8, 8), unit=True)).output == "sigmoid"
    assert catalog.resolve(config, description()).output == "identity"
    for changes, about, words in (
        ({}, description("text"), "needs pictures or vectors, but made up is text"),
        ({"output": "sigmoid"}, description(), "use identity"),
        ({"generator_widths": (0,)}, description(), "between 1 and 16384"),
    ):
        with pytest.raises(ConfigError, match=words):
            catalog.resolve(replace(config, **changes), about)


def test_adversarial_autoencoder_counts_the_reconstruction_alone():
    model = build("adversarial-ae", hidden_widths=(4,))
    given = batch(noise=model.noise_shape)
    losses = model.losses(given)
    assert losses.total is losses.terms["reconstruction"]
    plain = -model.decode(model.encode(given.x).mean).log_prob(given.target).mean()
    assert losses.total.item() == pytest.approx(plain.item())
    assert model.encode(given.x).log_variance is None
    judge = set(model.discriminator.parameters())
    assert not judge & set(model.parameter_groups["autoencoder"])
    assert set(model.parameter_groups["generator"]) == set(model.encoder.parameters())
