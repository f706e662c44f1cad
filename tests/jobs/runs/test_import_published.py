"""What a file of weights does not tell is found by the reconstruction, and said; then the run computes as the original.

The originals are trained for a few seconds on a part of MNIST.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from published_dense import ExampleVae, Published
from published_models import PUBLISHED, trained

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.import_plan import ImportPlan, ImportRequest, plan_import
from explorer.models import catalog as models

SETTINGS = {"data.source": "mnist-small"}


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    return datasets.load(DataConfig(source="mnist-small"))


def original(name: str, dataset: Dataset, steps: int) -> Published:
    model = PUBLISHED[name]()
    return trained(model, torch.from_numpy(dataset.model_inputs(np.arange(3_000))), steps)


def assert_computes_as(plan: ImportPlan, model: Published) -> None:
    """Assert that codes, log-variances and decodes are those of the original to 1e-4."""
    made = models.restore(plan.config.model, plan.dataset.description, plan.weights.weights).eval()
    x = torch.from_numpy(plan.dataset.model_inputs(np.arange(5)))
    with torch.no_grad():
        posterior = made.encode(x)
        code = model.code(model.prepare(x))
        decode = model.restore(model.decode(code)).reshape(x.shape)
        torch.testing.assert_close(posterior.mean, code, atol=1e-4, rtol=0)
        torch.testing.assert_close(made.decode(code).mean, decode, atol=1e-4, rtol=0)
        if model.is_variational:
            assert posterior.log_variance is not None
            torch.testing.assert_close(posterior.log_variance, model.heads(model.prepare(x))[1], atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["ExampleVae", "DeepAe", "LogStdVae", "GaussianVae", "LayerNormVae"])
def test_a_trained_model_is_told_by_its_reconstruction(name: str, mnist: Dataset, tmp_path: Path) -> None:
    model = original(name, mnist, 300)
    torch.save({"epoch": 3, "state_dict": model.state_dict()}, tmp_path / "net.pt")
    plan = plan_import(ImportRequest(tmp_path / "net.pt", SETTINGS), dataset=mnist)
    assert plan.reconstructs and len(plan.choices) > 1
    assert_computes_as(plan, model)


def test_untrained_weights_say_so_and_take_the_usual_choice(mnist: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = ExampleVae()
    torch.save(model.state_dict(), tmp_path / "net.pt")
    plan = plan_import(ImportRequest(tmp_path / "net.pt", SETTINGS), dataset=mnist)
    assert not plan.reconstructs and "No choice reconstructs mnist-small" in plan.certainty
    assert plan.config.model.family == "vae"
    assert_computes_as(plan, model)


def test_another_choice_can_be_taken(mnist: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(ExampleVae().state_dict(), tmp_path / "net.pt")
    plan = plan_import(ImportRequest(tmp_path / "net.pt", SETTINGS), dataset=mnist)
    other = plan.choose(1)
    assert other.choice is plan.choices[1] and other.config.model == plan.choices[1].model
    with pytest.raises(ValueError, match="no number 99"):
        plan.choose(98)
    given = plan_import(ImportRequest(tmp_path / "net.pt", {**SETTINGS, "model.activation": "tanh"}), dataset=mnist)
    assert all(choice.words.startswith("tanh") for choice in given.choices)


def test_a_network_for_larger_pictures_resizes_the_data(mnist: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = PUBLISHED["Disentangling"]().eval()
    torch.save(model.state_dict(), tmp_path / "model.pt")
    plan = plan_import(ImportRequest(tmp_path / "model.pt", SETTINGS), dataset=mnist)
    assert plan.config.data.picture_size == 32 and plan.dataset.description.shape == (1, 32, 32)
    assert any("resized to 32" in note for note in plan.notes)
    assert_computes_as(plan, model)


def test_the_message_of_a_refusal_ends_with_lines_for_python(mnist: Dataset, tmp_path: Path) -> None:
    torch.save(torch.nn.GRU(28, 16).state_dict(), tmp_path / "net.pt")
    with pytest.raises(DataError, match=r"recurrent layer(.|\n)*explorer\.explore\(model, data='mnist-small'\)"):
        plan_import(ImportRequest(tmp_path / "net.pt", SETTINGS), dataset=mnist)


def test_relu_and_its_leaky_twin_stand_side_by_side(mnist: Dataset, tmp_path: Path) -> None:
    torch.save(original("ExampleVae", mnist, 200).state_dict(), tmp_path / "net.pt")
    plan = plan_import(ImportRequest(tmp_path / "net.pt", SETTINGS), dataset=mnist)
    first, second = plan.choices[:2]
    assert first.words.startswith("relu in") and second.words.startswith("leaky_relu 0.01 in")
    assert plan.certainty.startswith("The data does not tell relu from leaky_relu 0.01 (")


def test_a_generator_or_classifier_alone_is_refused_by_its_ends(mnist: Dataset, tmp_path: Path) -> None:
    for layers, ends in (((784, 10), "784 numbers(.|\n)*returns 10"), ((100, 784), "100 numbers(.|\n)*returns 784")):
        network = torch.nn.Sequential(torch.nn.Linear(layers[0], 64), torch.nn.ReLU(), torch.nn.Linear(64, layers[1]))
        torch.save(network.state_dict(), tmp_path / "net.pt")
        with pytest.raises(DataError, match=f"no chain(.|\n)*takes {ends}"):
            plan_import(ImportRequest(tmp_path / "net.pt", SETTINGS), dataset=mnist)
