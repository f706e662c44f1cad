"""Own input encoded: digits land where they belong, errors have their rank, the KL is right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cases.job_cases import loaded_model, pictures
from sklearn.neighbors import KNeighborsClassifier

from explorer.api import encode_input, load_run
from explorer.config import MODEL_CONFIGS
from explorer.data.own_input.fitting import FittedInput
from explorer.data.own_input.open_picture import picture_of_array
from explorer.data.own_input.sources import TextSource
from explorer.jobs.queries.own_input_questions import EncodeInput
from explorer.latent.codes.embedding import embed
from explorer.latent.codes.encode_input import encode_input as encode
from explorer.latent.steps import Absent, at_once
from explorer.models import catalog

SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints"


@pytest.fixture(scope="module")
def mnist():
    return load_run(SHIPPED / "mnist-vae")


def drawn(digit, rng):
    """Return a digit ten times as large, dark on bright, at a random place of a larger canvas."""
    top, left = rng.integers(0, 120, 2)
    canvas = np.ones((400, 400))
    canvas[top : top + 280, left : left + 280] -= np.kron(digit[0] / 255, np.ones((10, 10)))
    return canvas


def test_drawn_test_digits_get_the_class_of_their_originals(mnist):
    data, rng = mnist.dataset(), np.random.default_rng(0)
    index = data.splits.test[:50]
    vote = KNeighborsClassifier(15).fit(mnist.encode(data.rows(data.splits.train))[0], data.labels[data.splits.train])
    originals = vote.predict(mnist.encode(data.rows(index))[0])
    found = [encode_input(mnist, picture_of_array(drawn(digit, rng))) for digit in data.rows(index)]
    assert np.mean([one.near.label == label for one, label in zip(found, originals, strict=True)]) >= 0.9
    # Two dimensions do not separate all digits; the drawn ones are no worse than the originals.
    right, of_originals = (
        np.mean([*labels] == data.labels[index]) for labels in ([o.near.label for o in found], originals)
    )
    assert right >= of_originals - 0.05


def test_a_test_sample_has_its_own_error_code_and_rank():
    loaded = loaded_model(pictures())
    data = loaded.dataset
    sample = int(data.splits.test[2])
    fitted = FittedInput(data.rows(slice(sample, sample + 1))[0].astype(np.float32))
    found = at_once(encode(loaded.model, data.description, data, fitted))
    own = embed(loaded.model, data, data.splits.test, reconstruct=True)
    assert found.mean == pytest.approx(own.mean[2], abs=1e-5)
    assert found.log_variance == pytest.approx(own.log_variance[2], abs=1e-5)
    assert found.error.nats == pytest.approx(own.reconstruction[2], rel=1e-5)
    assert found.error.percentile == pytest.approx((own.reconstruction < own.reconstruction[2] - 1e-4).mean())
    assert (found.error.compared, found.error.split) == (len(data.splits.test), "test")
    assert found.error.median == pytest.approx(np.median(own.reconstruction))
    codes = embed(loaded.model, data, data.splits.train).mean
    nearest = data.splits.train[np.linalg.norm(codes - found.mean, axis=1).argsort()[:15]]
    assert found.near.index.tolist() == nearest.tolist() and (np.diff(found.near.distances) >= 0).all()
    kl = 0.5 * (found.mean**2 + np.exp(found.log_variance) - 1 - found.log_variance)
    assert found.kl_per_dimension == pytest.approx(kl, rel=1e-4) and found.kl == pytest.approx(kl.sum(), rel=1e-4)


def test_noise_is_more_unusual_than_any_digit(mnist):
    noise = picture_of_array(np.random.default_rng(0).random((28, 28)))
    found = encode_input(mnist, noise)
    assert found.error.is_unusual and found.error.text.endswith("unusual")


def test_a_kl_without_closed_form_is_estimated_with_its_error():
    loaded = loaded_model(pictures())
    config = catalog.resolve(MODEL_CONFIGS["mixture-vae"](latent_dim=2), loaded.description)
    model = catalog.build(config, loaded.description, torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    fitted = FittedInput(np.zeros((1, 4, 5), np.float32))
    found = at_once(encode(model, loaded.description, loaded.dataset, fitted))
    with torch.inference_mode():
        posterior = model.encode(torch.zeros(1, 1, 4, 5))
        many = posterior.rows(torch.zeros(200_000, dtype=torch.int64))
        z = many.sample(torch.randn(200_000, 2, generator=torch.Generator().manual_seed(1)))
        wanted = float((many.log_prob(z) - model.prior.log_prob(z)).mean())
    assert abs(found.kl - wanted) < 4 * found.kl_error and isinstance(found.kl_per_dimension, Absent)


def test_window_and_notebook_get_the_same_bits(mnist):
    source = picture_of_array(drawn(mnist.dataset().rows(slice(7, 8))[0], np.random.default_rng(1)))
    question = EncodeInput("run", source, (("centre", False),))
    assert hash(question) == hash(replace(question))
    asked, called = mnist.ask(question), encode_input(mnist, source, {"centre": False})
    for name in ("mean", "log_variance", "reconstruction"):
        assert np.array_equal(getattr(asked, name), getattr(called, name)), name
    assert asked.error.nats == called.error.nats


@pytest.mark.parametrize("missing", ["data", "labels", "test split", "classes of one"])
def test_what_is_missing_leaves_the_rest_defined(missing):
    loaded = loaded_model(pictures(labels=missing != "labels"))
    data = loaded.dataset
    if missing == "data":
        data = None
    if missing == "test split":
        data = replace(data, splits=replace(data.splits, test=np.empty(0, np.int64), validation=np.empty(0, np.int64)))
    if missing == "classes of one":
        data = replace(data, labels=np.full(len(data), -1))
    found = at_once(encode(loaded.model, loaded.description, data, FittedInput(np.ones((1, 4, 5), np.float32))))
    assert np.isfinite(found.mean).all() and np.isfinite(found.error.nats)
    assert (found.error.percentile is None) == (missing in ("data", "test split"))
    if missing == "data":
        assert isinstance(found.near, Absent)
    else:
        assert (found.near.label < 0) == (missing in ("labels", "classes of one"))


def test_what_does_not_fit_is_told():
    loaded = loaded_model(pictures())
    found = at_once(EncodeInput("run", TextSource("cat")).ask(loaded))
    assert isinstance(found, Absent) and "the input is a text" in found.why
    config = catalog.resolve(MODEL_CONFIGS["gan"](latent_dim=2), loaded.description)
    gan = replace(loaded, model=catalog.build(config, loaded.description, torch.Generator().manual_seed(0)).eval())
    found = at_once(EncodeInput("run", picture_of_array(np.eye(8))).ask(gan))
    assert isinstance(found, Absent) and "no encoder" in found.why


@pytest.mark.parametrize("family", ["ae", "vae", "conditional-vae", "iwae", "vamp-vae", "wae-mmd", "pca"])
def test_every_family_encodes_a_drawing(family):
    loaded = loaded_model(pictures())
    config = catalog.resolve(MODEL_CONFIGS[family](latent_dim=2), loaded.description)
    model = catalog.build(config, loaded.description, torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    model.fit(loaded.dataset, loaded.dataset.splits.train)
    found = at_once(EncodeInput("run", picture_of_array(np.eye(30))).ask(replace(loaded, model=model)))
    assert np.isfinite(found.mean).all() and found.reconstruction.shape == (1, 4, 5)
    assert isinstance(found.error, Absent) or np.isfinite(found.error.nats)
