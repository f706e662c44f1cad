"""The functions of a user as a run: what is derived from them, and how unsuitable ones are reported."""

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from torch import nn

from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.queries.follow_sample import FollowSample, ForwardPass
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.user_model.user_prediction import AskClassifier, Prediction
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import SampleFormat, UserModelSpec
from explorer.models.latent_model import NotDefined

X: NDArray[np.float32] = (load_digits().data / 16).astype(np.float32)[:200]
Y = load_digits().target[:200]
PICTURES = X.reshape(-1, 8, 8)
LINEAR = PCA(2).fit(X)


def encode(x: NDArray[Any]) -> NDArray[Any]:
    return LINEAR.transform(x.reshape(len(x), -1))


def decode(z: NDArray[Any]) -> NDArray[Any]:
    return LINEAR.inverse_transform(z)


LINEAR_MODEL = UserModelSpec(encode=encode, decode=decode, samples=X, labels=Y)


def answer(question: Question, loaded: LoadedModel | None) -> Any:
    assert loaded is not None
    asking = question.ask(loaded)
    while True:
        try:
            next(asking)
        except StopIteration as stop:
            return stop.value


def plane_of(run: UserRun) -> PlaneCodes:
    opened = run.open()
    plane = answer(EmbedPlane(run.key, reconstruct=True), opened.loaded)
    assert isinstance(plane, PlaneCodes)
    return plane


def test_functions_of_numpy_give_the_codes_that_they_give() -> None:
    plane = plane_of(UserRun(LINEAR_MODEL))
    np.testing.assert_allclose(plane.mean, LINEAR.transform(X), atol=1e-5)
    assert plane.log_variance is None
    assert plane.labels is not None and (plane.labels == Y).all()
    # −log of a Gaussian of σ = 1 around the decode: of values in [0, 1] these are the model values themselves.
    squares = ((X - LINEAR.inverse_transform(LINEAR.transform(X))) ** 2).sum(1)
    np.testing.assert_allclose(plane.reconstruction, 0.5 * squares + 32 * np.log(2 * np.pi), atol=1e-3)


@pytest.mark.parametrize(
    "samples",
    [
        PICTURES,
        PICTURES[:, None],
        PICTURES[..., None],
        np.repeat(PICTURES[..., None], 3, axis=3),
        np.repeat(PICTURES[:, None], 3, axis=1),
        (255 * PICTURES).astype(np.uint8),
        torch.from_numpy(PICTURES),
        X.astype(np.float64),
    ],
    ids=["NHW", "N1HW", "NHW1", "NHW3", "N3HW", "uint8", "tensor", "float64"],
)
@pytest.mark.parametrize("flat", [False, True])
def test_pictures_of_every_layout_come_back_as_they_were(samples: Any, flat: bool) -> None:
    seen: list[Any] = []

    def both(x: Any) -> Any:
        seen.append(x)
        return x.reshape(len(x), -1)

    size = int(np.prod(samples.shape[1:]))
    given = UserModelSpec(
        encode=both, decode=lambda z: z if flat else z.reshape(-1, *samples.shape[1:]), samples=samples
    )
    run = UserRun(given)
    opened = run.open()
    way = answer(FollowSample(run.key, 3), opened.loaded)
    assert isinstance(way, ForwardPass)
    assert opened.run.latent_dim == size
    np.testing.assert_allclose(way.decoded, way.x, atol=1e-4)
    assert seen[-1].shape[1:] == samples.shape[1:] and seen[-1].dtype == samples.dtype
    assert type(seen[-1]) is type(samples)


def test_a_posterior_makes_it_variational() -> None:
    given = replace(LINEAR_MODEL, encode=lambda x: (encode(x), np.full((len(x), 2), -1.0)))
    opened = UserRun(given).open()
    assert opened.run.capabilities.stochastic_posterior and opened.run.capabilities.prior
    way = answer(FollowSample(opened.run.key, 0, noise_seed=1), opened.loaded)
    mean = torch.from_numpy(LINEAR.transform(X[:1]).astype(np.float32))
    exact = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, torch.tensor(-0.5).exp()), torch.distributions.Normal(0.0, 1.0)
    ).sum()
    assert way.kl == pytest.approx(exact.item(), rel=1e-4)


def test_a_module_is_called_in_evaluation_mode_without_gradients_on_its_own_type() -> None:
    net = nn.Sequential(nn.Linear(64, 2), nn.Dropout(0.5)).double()
    seen: list[torch.Tensor] = []
    net.register_forward_hook(lambda *given: seen.append(given[2]))
    run = UserRun(UserModelSpec(encode=net, decode=nn.Linear(2, 64), samples=X))
    plane = plane_of(run)
    assert net.training and all(not part.requires_grad and part.dtype == torch.float64 for part in seen)
    with torch.no_grad():
        np.testing.assert_allclose(plane.mean, net[0](torch.from_numpy(X).double()).numpy(), atol=1e-5)


@pytest.mark.parametrize("data", [[Image.fromarray(np.uint8(255 * each)) for each in PICTURES], "digits"])
def test_pictures_are_scaled_to_the_range_of_the_decodes(data: Any) -> None:
    model = nn.ModuleDict({"encoder": nn.Linear(64, 2), "decoder": nn.Sequential(nn.Linear(2, 64), nn.Sigmoid())})
    opened = UserRun(UserModelSpec(model=model, samples=data)).open()
    assert opened.run.dataset is not None and opened.problem == ""
    np.testing.assert_allclose(opened.run.dataset.rows(np.arange(20))[:, 0], PICTURES[:20], atol=4e-3)


def test_trial_calls_leave_the_random_numbers_of_a_training_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    net = Net()
    torch.manual_seed(7)
    UserRun(UserModelSpec(encode=lambda x: torch.randn(len(x), 2), decode=net.decode, samples=torch.from_numpy(X)))
    assert torch.equal(torch.rand(3), expected)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.front, self.back = nn.Linear(64, 2), nn.Linear(2, 64)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return self.front(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return self.back(z)


def test_methods_of_a_module_are_a_copy_until_renewed() -> None:
    net = Net()
    run = UserRun(UserModelSpec(encode=net.encode, decode=net.decode, samples=X))
    opened = run.open()
    with torch.no_grad():
        before = net.front(torch.from_numpy(X)).numpy()
        net.front.weight.mul_(2)
    question = EmbedPlane(run.key)
    np.testing.assert_allclose(answer(question, opened.loaded).mean, before, atol=1e-5)
    renewed = run.renew()
    assert renewed.run.step == opened.run.step + 1
    with torch.no_grad():
        after = net.front(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(answer(question, renewed.loaded).mean, after, atol=1e-5)


def test_a_function_that_cannot_be_copied_is_called_under_the_lock() -> None:
    held: list[bool] = []
    net = Net()

    def front(x: torch.Tensor) -> torch.Tensor:
        other = threading.Thread(target=lambda: held.append(not run.lock.acquire(blocking=False)))
        other.start()
        other.join()
        return net.front(x)

    run: Any = SimpleNamespace(lock=threading.RLock())  # until it is there
    run = UserRun(UserModelSpec(encode=front, decode=net.decode, samples=torch.from_numpy(X)))
    held.clear()
    answer(EmbedPlane(run.key, np.arange(5)), run.open().loaded)
    assert held == [True]


def test_decode_alone_has_a_plane_of_draws_coloured_by_the_classifier() -> None:
    given = UserModelSpec(decode=nn.Linear(3, 64), classify=lambda x: (x.sum(1) > 0).astype(int))
    opened = UserRun(given).open()
    assert not opened.run.capabilities.encoder and opened.run.latent_dim == 3 and opened.run.dataset is None
    plane = answer(EmbedPlane(opened.run.key), opened.loaded)
    assert plane.drawn and set(np.unique(plane.labels)) <= {-1, 0, 1}
    decoded = answer(DecodePoints(opened.run.key, ((0.0, 0.0, 0.0),)), opened.loaded)
    assert isinstance(decoded, Decodes) and decoded.pictures.shape == (1, 64)
    with pytest.raises(ConfigError, match="give latent_dim or codes"):
        UserRun(UserModelSpec(decode=decode))
    assert UserRun(UserModelSpec(decode=decode, latent_dim=2)).open().run.latent_dim == 2


def test_codes_stand_for_encode() -> None:
    z = LINEAR.transform(X)
    run = UserRun(UserModelSpec(decode=decode, samples=X, labels=Y, codes=z))
    np.testing.assert_allclose(plane_of(run).mean, z, atol=1e-6)
    loaded = run.renew(codes=2 * z).loaded
    assert loaded is not None
    np.testing.assert_allclose(answer(EmbedPlane(run.key), loaded).mean, 2 * z, atol=1e-6)
    with pytest.raises(NotDefined, match="only your samples have codes"):
        loaded.model.encode(torch.rand(1, 64))
    alone = UserRun(UserModelSpec(decode=decode, codes=(z, 0 * z), labels=Y)).open()
    assert alone.run.plane is not None and alone.run.plane.labels is not None
    assert alone.run.plane.log_variance is not None and (alone.run.plane.labels == Y).all()


def test_equal_samples_with_different_codes_are_reported() -> None:
    z = np.arange(400.0).reshape(200, 2)
    opened = UserRun(UserModelSpec(decode=decode, samples=np.repeat(X[:100], 2, axis=0), codes=z)).open()
    assert "100 samples equal other samples but have different codes" in opened.problem


def test_new_labels_are_taken() -> None:
    run = UserRun(LINEAR_MODEL)
    opened = run.renew(labels=["even" if label % 2 == 0 else "odd" for label in Y])
    assert opened.run.description.class_names == ("even", "odd")
    assert opened.run.dataset is not None and opened.run.dataset.labels is not None
    assert (opened.run.dataset.labels == Y % 2).all()


SCORES = np.log(np.array([0.1, 0.2, 0.7]))


@pytest.mark.parametrize(
    ("classify", "expected"),
    [
        (lambda x: np.full(len(x), 2), Prediction("c")),
        (lambda x: np.tile(SCORES, (len(x), 1)), Prediction("c", 0.7)),
        (lambda x: np.tile(SCORES + 5, (len(x), 1)), Prediction("c", 0.7)),
        (lambda x: np.tile(np.exp(SCORES), (len(x), 1)), Prediction("c", 0.7)),
        (lambda x: np.full((len(x), 1), 12), Prediction("12")),
    ],
    ids=["ids", "log-probabilities", "logits", "probabilities", "unnamed"],
)
def test_a_prediction_is_read_from_ids_and_scores(classify: Callable[[Any], Any], expected: Prediction) -> None:
    given = replace(LINEAR_MODEL, classify=classify, labels=None, class_names=("a", "b", "c"))
    opened = UserRun(given).open()
    prediction = answer(AskClassifier(opened.run.key, X[0]), opened.loaded)
    assert prediction.class_name == expected.class_name
    assert prediction.share == (None if expected.share is None else pytest.approx(expected.share, abs=1e-6))


def test_a_signal_has_its_axis() -> None:
    opened = UserRun(replace(LINEAR_MODEL, sample_format=SampleFormat(axis=np.linspace(0, 1, 64)))).open()
    axis = opened.run.description.axis
    assert axis is not None and axis.values[-1] == 1


def test_samples_in_other_units_than_the_decode_are_reported() -> None:
    bright = (255 * PICTURES).astype(np.uint8)
    opened = UserRun(
        UserModelSpec(encode=lambda x: encode(x / 255.0), decode=lambda z: decode(z).clip(0, 1), samples=bright)
    ).open()
    assert "give samples in the units of decode" in opened.problem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": encode(X)}, "encode or codes, not both"),
        ({"samples": None, "labels": None}, "encode needs samples"),
        ({"labels": Y[:-1]}, "199 labels for 200 samples"),
        ({"samples": X[:, 0]}, "give \\(n, features\\), or pictures"),
        ({"encode": lambda x: encode(x)[:, 0]}, "codes have shape"),
        ({"encode": lambda x: encode(x) * np.nan}, "encode returns NaN or infinity for 8 of 8 rows"),
        ({"encode": lambda x: encode(x[:3])}, "must return one row for each"),
        ({"encode": lambda x: (encode(x),) * 3}, "encode returns 3 arrays; return z or"),
        ({"encode": lambda x: (encode(x), encode(x)[:, :1])}, "log_variance has shape"),
        ({"encode": lambda x: np.c_[encode(x), encode(x)]}, "decode fails on codes of shape \\(8, 4\\): ValueError"),
        ({"encode": "vae"}, "encode is str; pass a function"),
        (
            {"decode": lambda z: decode(z)[:, 1:]},
            "decode returns shape \\(63,\\) for one code, but one sample",
        ),
        ({"decode": lambda z: "nothing"}, "decode returns str"),
        ({"decode": lambda z: decode(z) / 0}, "decode returns NaN or infinity"),
        ({"classify": lambda x: x[:, 0] * 0 + 0.5}, "not class ids 0, 1, 2, …; return scores"),
        ({"classify": lambda x: np.zeros((len(x), 2, 2))}, "class ids \\(n,\\) or scores"),
        ({"latent_dim": 3}, "latent_dim = 3, but codes have 2"),
        ({"class_names": ["a", "b"]}, "class_names has 2 names"),
        ({"likelihood": "normal"}, "choose from none, gaussian, bernoulli"),
        ({"samples": np.where(X > 0.9, np.nan, X)}, "NaN"),
        ({"sample_format": SampleFormat(shape=(7, 7))}, "shape = \\(7, 7\\)"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_does_not_fit_is_said_in_one_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises((ConfigError, DataError), match=message) as raised:
        UserRun(replace(LINEAR_MODEL, **change))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encode": lambda x: ()}, "encode returns an empty tuple"),
        ({"decode": lambda z: []}, "decode returns an empty list"),
        ({"encode": lambda x: exit(3)}, "encode exits the program"),
        ({"classify": lambda x: np.zeros((len(x), 0))}, "class ids"),
        ({"sample_format": SampleFormat(layout="XYZ")}, "choose from HWC, CHW"),
        ({"device": "nonsense"}, "device = 'nonsense'"),
        ({"encode": None, "samples": None, "labels": None, "latent_dim": 2.5}, "a whole number from 1 to"),
        ({"encode": None, "samples": None, "labels": None, "latent_dim": 0}, "a whole number from 1 to"),
    ],
)
def test_what_breaks_no_rule_of_types_is_refused_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        UserRun(replace(LINEAR_MODEL, **changes))


def test_a_function_that_changes_later_is_reported_and_the_worker_continues() -> None:
    def late(first: Callable[[Any], Any], then: Callable[[Any], Any]) -> Callable[[Any], Any]:
        functions = iter([first])
        return lambda values: next(functions, then)(values)

    exiting = UserRun(replace(LINEAR_MODEL, decode=late(decode, lambda z: exit(1)))).open().loaded
    with pytest.raises(ConfigError, match="decode exits the program"):
        answer(DecodePoints("run", ((0.0, 0.0),)), exiting)
    pair = late(lambda x: (encode(x), encode(x)), encode)
    single = UserRun(replace(LINEAR_MODEL, encode=pair)).open().loaded
    with pytest.raises(ConfigError, match="it returned the pair"):
        answer(FollowSample("run", 0), single)


def test_a_name_with_control_characters_is_a_path_all_the_same() -> None:
    assert UserRun(replace(LINEAR_MODEL, name="my\0net\nnew")).open().run.name == "my-net-new"


def test_a_bernoulli_of_decodes_beyond_the_range_is_refused() -> None:
    model = UserRun(replace(LINEAR_MODEL, likelihood="bernoulli")).open().loaded.model
    assert model.decode(torch.zeros(1, 2)).mean.max() <= 1
    with pytest.raises(ConfigError, match="end it with a sigmoid, or choose gaussian"):
        model.decode(torch.full((1, 2), 1e3))
