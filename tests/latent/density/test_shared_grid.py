"""log p(x) on grids that samples share: exact for linear Gaussian models, and equal to grids of single samples."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from known_models import dataset_of
from linear_gaussian import LinearGaussianCase
from torch import Tensor

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS
from explorer.latent.bound.true_posterior import true_posterior
from explorer.latent.density import shared_grid
from explorer.latent.density.shared_decodes import can_share, shared_decodes
from explorer.latent.density.shared_grid import SharedLikelihoods, expected_decodes, shared_likelihoods
from explorer.latent.inputs import Inputs, in_double
from explorer.latent.steps import at_once
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, NotDefined, Posterior
from explorer.models.likelihoods.angles import VonMises
from explorer.models.likelihoods.bernoulli import Bernoulli
from explorer.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from explorer.models.likelihoods.counts import NegativeBinomial, Poisson
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.priors import StandardNormal

RNG = np.random.default_rng
WEIGHT = torch.from_numpy(RNG(0).normal(size=(2, 5)).astype(np.float32))
Decode = Callable[[Tensor], Likelihood]


class DecodedBy(LatentModel):
    """p(x|z) by any function, and q(z|x) = N(0, width²) whatever x is; codes may be set."""

    def __init__(self, decode: Decode, latent: int = 2, width: float = 0.5) -> None:
        super().__init__()
        self.config = MODEL_CONFIGS["vae"]()
        self.capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True)
        self.register_buffer("_weight", WEIGHT)  # a model has a device
        self._decode, self._latent, self._width = decode, latent, width

    @property
    def latent_dim(self) -> int:
        return self._latent

    @property
    def prior(self) -> StandardNormal:
        return StandardNormal(self._latent)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        mean = torch.zeros(len(x), self._latent)
        return Posterior(mean, torch.full_like(mean, 2 * float(np.log(self._width))))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        return self._decode(z)

    def losses(self, batch: Batch) -> Losses:
        raise AssertionError("this model is never trained")


def inputs(values: np.ndarray) -> Inputs:
    x = torch.from_numpy(np.asarray(values, np.float32))
    return Inputs(x, x)


def shared(model: LatentModel, given: Inputs) -> SharedLikelihoods:
    q = in_double(model.encode(given.x))
    return at_once(shared_likelihoods(at_once(shared_decodes(model, given, q.mean)), q, 256))


def by_single_grids(model: LatentModel, given: Inputs) -> np.ndarray:
    rows = [Inputs(given.x[[row]], given.target[[row]]) for row in range(len(given.x))]
    return np.array([at_once(true_posterior(model, one)).log_evidence for one in rows])


@pytest.mark.parametrize(("latent", "features"), [(1, 4), (2, 5)])
@pytest.mark.parametrize(("shift", "width"), [(0, 1), (3, 0.3), (6, 0.05), (0, 4)])
def test_it_is_exact_wherever_q_lies(latent: int, features: int, shift: float, width: float) -> None:
    case = LinearGaussianCase.of(latent, features)
    data = case.samples(20, 1)
    found = shared(case.model(shift, width), inputs(data.samples))
    assert found.log_likelihood == pytest.approx(case.log_likelihood(data), abs=0.001)
    assert found.errors.max() < 0.011


def counts(z: Tensor) -> Tensor:
    return z @ WEIGHT * 0.5 + 1


LIKELIHOODS: dict[str, tuple[Decode, Callable[[np.random.Generator], np.ndarray]]] = {
    "bernoulli": (lambda z: Bernoulli(3 * z @ WEIGHT), lambda rng: rng.random((9, 5)).round()),
    "continuous bernoulli": (lambda z: ContinuousBernoulli(3 * z @ WEIGHT), lambda rng: rng.random((9, 5))),
    "gaussian": (lambda z: Gaussian(torch.tanh(z @ WEIGHT), 0.2), lambda rng: rng.normal(size=(9, 5))),
    "learned sigma": (lambda z: Gaussian(z @ WEIGHT, torch.tensor(0.3)), lambda rng: rng.normal(size=(9, 5))),
    "poisson": (lambda z: Poisson(counts(z)), lambda rng: rng.poisson(3.0, (9, 5))),
    "negative binomial": (
        lambda z: NegativeBinomial(counts(z), torch.linspace(-1, 2, 5)),
        lambda rng: rng.poisson(3.0, (9, 5)),
    ),
}


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_product_of_natural_parameters_is_log_p_of_each_pair(name: str) -> None:
    decode, draw = LIKELIHOODS[name]
    model, given, z = DecodedBy(decode), inputs(draw(RNG(1))), RNG(2).normal(size=(7, 2)).astype(np.float32)
    assert can_share(model, given)
    terms = at_once(shared_decodes(model, given, torch.zeros(9, 2).double()))
    found = terms.joint(np.arange(9), *terms.at(z))
    codes = torch.from_numpy(z)
    direct = torch.stack([model.decode(codes).log_prob(x.expand(7, -1)) for x in given.x]) + model.prior.log_prob(codes)
    assert found.numpy() == pytest.approx(direct.numpy(), rel=1e-5)


@pytest.mark.parametrize("name", ["bernoulli", "gaussian", "negative binomial"])
def test_it_agrees_with_grids_of_single_samples(name: str) -> None:
    decode, draw = LIKELIHOODS[name]
    model, given = DecodedBy(decode), inputs(draw(RNG(1))[:3])
    assert shared(model, given).log_likelihood == pytest.approx(by_single_grids(model, given), abs=0.005)


def test_no_digits_cancel_with_an_offset_of_1000_and_a_sigma_of_a_hundredth() -> None:
    model = DecodedBy(lambda z: Gaussian(1000 + z @ WEIGHT, 0.01))
    values = 1000 + RNG(3).normal(size=(6, 2)) @ WEIGHT.numpy() + RNG(4).normal(size=(6, 5)) / 100
    given, z = inputs(values), RNG(5).normal(size=(4, 2)).astype(np.float32)
    terms = at_once(shared_decodes(model, given, torch.zeros(6, 2).double()))
    found = terms.joint(np.arange(6), *terms.at(z)).numpy()
    mean = model.decode(torch.from_numpy(z)).mean.double()
    squares = ((given.x[:, None].double() - mean) / 0.01).square().sum(-1)
    constant = 5 * (0.5 * np.log(2 * np.pi) + np.log(0.01))
    log_prior = model.prior.log_prob(torch.from_numpy(z)).double()
    assert found == pytest.approx((log_prior - 0.5 * squares - constant).numpy(), rel=1e-12)
    assert shared(model, given).log_likelihood == pytest.approx(by_single_grids(model, given), abs=0.01)


def test_a_posterior_outside_the_first_box_is_found_in_a_larger_one() -> None:
    model = DecodedBy(lambda z: Gaussian(0.1 * z, 0.001), latent=1)
    variance = 0.1**2 + 0.001**2
    x = np.array([[2.5], [0.0]])
    exact = -0.5 * (x[:, 0] ** 2 / variance + np.log(2 * np.pi * variance))
    found = shared(model, inputs(x))
    assert found.log_likelihood == pytest.approx(exact, rel=1e-4) and found.errors.max() < 0.011


def test_decodes_that_are_no_numbers_do_not_count() -> None:
    def decode(z: Tensor) -> Likelihood:
        return Gaussian(torch.where(z[:, :1] < 0, torch.nan, 1.0) * (z @ WEIGHT), 1.0)

    model, given = DecodedBy(decode), inputs(RNG(6).normal(size=(3, 5)))
    assert shared(model, given).log_likelihood == pytest.approx(by_single_grids(model, given), abs=0.02)
    with pytest.raises(NotDefined, match="no finite number"):
        shared(DecodedBy(lambda z: Gaussian(torch.nan * (z @ WEIGHT), 1.0)), given)


def test_the_error_of_an_unfinished_grid_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_grid, "MAX_TILES", 70)
    found = shared(DecodedBy(lambda z: Gaussian(z @ WEIGHT, 0.02)), inputs(np.zeros((2, 5))))
    assert np.isposinf(found.errors).all() and np.isfinite(found.log_likelihood).all()


def test_samples_with_the_same_codes_share_decodes() -> None:
    case = LinearGaussianCase.of(2, 5)
    model, data = case.model(), case.samples(64, 2)
    one, many = (shared(model, inputs(data.samples[:count])).decodes for count in (1, 64))
    assert many < 16 * one
    q = in_double(model.encode(torch.from_numpy(data.samples)))
    assert 0.3 < expected_decodes(q) / many < 3


def test_angles_have_no_shared_grid() -> None:
    data = dataset_of(np.zeros((2, 2)))
    assert not can_share(DecodedBy(lambda z: VonMises(z, torch.tensor(1.0))), inputs(data.samples))
