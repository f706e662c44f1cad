"""Categories, angles and the likelihood by column: against scipy.stats, its own parts, and at the limits."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import torch
from model_cases import config_of, description
from torch import Tensor

from explorer.config import ConfigError
from explorer.data.dataset import Description, FeatureKind
from explorer.models import catalog
from explorer.models.architecture import architecture
from explorer.models.latent_model import Batch, LatentModel
from explorer.models.likelihoods.angles import VonMises
from explorer.models.likelihoods.by_column import ByColumn
from explorer.models.likelihoods.categories import Categorical
from explorer.models.likelihoods.column_layers import ColumnInputs

F64 = torch.float64
# Interleaved, so that no kind but the category is a run of columns.
KINDS: tuple[FeatureKind, ...] = (
    "number",
    "angle",
    "yes/no",
    "category",
    "category",
    "category",
    "count",
    "number",
    "angle",
)
FAMILIES = ("ae", "vae", "iwae", "conditional-vae", "mixture-vae", "vamp-vae", "wae-mmd", "adversarial-ae", "sparse-ae")


def table() -> Description:
    about = replace(description((9,)), feature_kinds=KINDS, category_sizes=(3,), class_names=("a", "b"))
    return about


def rows(count: int = 8) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    numbers = torch.randn(count, 2, generator=generator)
    angles = (torch.rand(count, 2, generator=generator) - 0.5) * 2 * math.pi
    word = torch.nn.functional.one_hot(torch.randint(3, (count,), generator=generator), 3)
    yes = torch.randint(2, (count, 1), generator=generator)
    counts = torch.randint(50, (count, 1), generator=generator)
    return torch.cat([numbers[:, :1], angles[:, :1], yes, word, counts, numbers[:, 1:], angles[:, 1:]], 1).float()


def build(family: str, about: Description, **settings: object) -> LatentModel:
    config = catalog.resolve(config_of(family, **settings), about)
    return catalog.build(config, about, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kappa", [1e-6, 0.5, 4.0, 2900.0, 1e6])
def test_von_mises_is_the_one_of_scipy(kappa: float) -> None:
    x, mean = torch.linspace(-9, 9, 37, dtype=F64)[:, None], torch.full((37, 1), 0.7, dtype=F64)
    wanted = scipy.stats.vonmises(kappa, loc=0.7).logpdf(x.numpy())[:, 0]
    found = VonMises(mean, torch.tensor(kappa, dtype=F64)).log_prob(x)
    np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-7)


def test_von_mises_draws_follow_their_distribution() -> None:
    found = VonMises(torch.full((20_000, 1), 3.0), torch.tensor(2.0)).sample(torch.Generator().manual_seed(0))
    turned = np.angle(np.exp(1j * (found.numpy()[:, 0] - 3.0)))  # around the mean, away from the seam at π
    assert scipy.stats.kstest(turned, scipy.stats.vonmises(2.0).cdf).pvalue > 0.01


def test_a_category_is_the_one_of_torch_and_an_unknown_one_adds_nothing() -> None:
    logits = torch.randn(5, 5, dtype=F64, generator=torch.Generator().manual_seed(1))
    likelihood = Categorical(logits, (2, 3))
    x = torch.tensor([[1.0, 0, 0, 0, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=F64)
    first, second = (torch.distributions.OneHotCategorical(logits=part) for part in logits[:2].split((2, 3), 1))
    wanted = first.log_prob(x[:2, :2]) + second.log_prob(x[:2, 2:])
    torch.testing.assert_close(likelihood.log_prob(x)[:2], wanted)
    torch.testing.assert_close(likelihood.log_prob(x)[2], logits[2, 2:].log_softmax(0)[1])
    assert likelihood.log_prob(x)[4] == 0
    torch.testing.assert_close(likelihood.mean[:, :2].sum(1), torch.ones(5, dtype=F64))
    drawn = likelihood.sample(torch.Generator().manual_seed(0))
    assert torch.equal(drawn[:, :2].sum(1), torch.ones(5, dtype=F64))
    assert torch.equal(drawn[:, 2:].sum(1), torch.ones(5, dtype=F64))


def test_the_gradients_of_a_mixed_row_are_those_of_differences() -> None:
    layer = build("vae", table()).double().likelihood
    parameters = torch.randn(2, 11, dtype=F64, generator=torch.Generator().manual_seed(3), requires_grad=True)
    assert torch.autograd.gradcheck(lambda values: layer(values).log_prob(rows(2).double()), (parameters,))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("likelihood", ["auto", "by column with learned sigma"])
def test_a_family_trains_on_a_mixed_table_and_logs_the_parts(family: str, likelihood: str) -> None:
    model, x = build(family, table(), likelihood=likelihood, hidden_widths=(12,), latent_dim=2), rows()
    noise = torch.randn(len(x), *model.noise_shape, generator=torch.Generator().manual_seed(2))
    losses = model.losses(Batch(x, x, noise, torch.zeros(len(x), dtype=torch.int64)))
    parts = [value for name, value in losses.terms.items() if name.startswith("reconstruction_")]
    assert len(parts) == 5
    torch.testing.assert_close(torch.stack(parts).sum(), losses.terms["reconstruction"])
    losses.total.backward()  # type: ignore[no-untyped-call]
    assert all(torch.isfinite(weight.grad).all() for weight in model.parameters() if weight.grad is not None)


def test_the_decode_has_the_features_in_their_order() -> None:
    model = build("vae", table())
    decoded = model.decode(torch.randn(6, 2, generator=torch.Generator().manual_seed(4)))
    assert isinstance(decoded, ByColumn)
    mean, drawn = decoded.mean, decoded.sample(torch.Generator().manual_seed(0))
    assert mean.shape == drawn.shape == (6, 9)
    torch.testing.assert_close(mean[:, 3:6].sum(1), torch.ones(6))
    assert ((mean[:, 2] > 0) & (mean[:, 2] < 1)).all()
    assert (mean[:, 6] > 0).all()
    assert (mean[:, [1, 8]].abs() <= math.pi).all()
    assert set(drawn[:, 2].unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(drawn[:, 6], drawn[:, 6].round())


@pytest.mark.parametrize(
    ("family", "settings"), [("vae", {}), ("ae", {}), ("ae", {"tied": True}), ("conditional-vae", {})]
)
def test_the_architecture_counts_the_weights_of_angles(family: str, settings: dict[str, object]) -> None:
    about = table()
    model = build(family, about, hidden_widths=(7, 5), **settings)
    found = architecture(config_of(family, hidden_widths=(7, 5), **settings), about)
    assert found is not None
    assert found.encoder_weights == sum(weight.numel() for weight in model.encoder.parameters())
    assert found.decoder_weights == sum(weight.numel() for weight in model.decoder.parameters())


def test_the_encoder_sees_logarithms_and_directions_and_leaves_other_columns() -> None:
    x = torch.tensor([[3.0, math.pi / 2, -4.0, 7.0], [-1.0, 0.0, 2.0, 8.0]])
    found = ColumnInputs((0,), (1,))(x)
    wanted = [[math.log(4), 0, -4, 7, 1], [0, 1, 2, 8, 0]]
    torch.testing.assert_close(found, torch.tensor(wanted), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    ("kinds", "unit_range", "wanted"),
    [
        ((), False, "gaussian"),
        ((), True, "gaussian"),
        (("yes/no",) * 3, True, "bernoulli"),
        (("count",) * 3, False, "negative binomial"),
        (("count", "number", "yes/no"), False, "by column"),
        (("angle",) * 3, False, "by column"),
    ],
)
def test_auto_follows_the_kinds(kinds: tuple[FeatureKind, ...], unit_range: bool, wanted: str) -> None:
    about = replace(description((3,), unit_range=unit_range), feature_kinds=kinds)
    resolved = catalog.resolve(config_of("vae"), about)
    assert resolved.likelihood == wanted  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["poisson", "zero-inflated negative binomial"])
def test_a_likelihood_of_counts_needs_counts(name: str) -> None:
    with pytest.raises(ConfigError, match="needs counts, whole numbers of 0 and more"):
        catalog.resolve(config_of("vae", likelihood=name), description((3,)))


def test_a_likelihood_by_column_needs_a_table() -> None:
    with pytest.raises(ConfigError, match="needs a table"):
        catalog.resolve(config_of("vae", likelihood="by column"), description((1, 4, 4)))
