"""Files that no list of layers describes are refused with their layers and the reason."""

import pytest
import torch
from model_cases import description
from torch import Tensor, nn

from explorer.config import ConfigError
from explorer.models.weight_import.read_network import read_network

PICTURES = description((1, 28, 28))


class Codebook(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 4, 2, 1))
        self.codebook = nn.Embedding(32, 8)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1))


def residual() -> nn.Module:
    block = nn.ModuleDict({"conv1": nn.Conv2d(8, 8, 3, padding=1), "conv2": nn.Conv2d(8, 8, 3, padding=1)})
    return nn.ModuleDict({"conv1": nn.Conv2d(1, 8, 3), "layer1": nn.ModuleList([nn.ModuleDict({"resblock": block})])})


def conditional() -> nn.Module:
    return nn.ModuleDict(
        {"fc1": nn.Linear(794, 40), "fc21": nn.Linear(40, 2), "fc22": nn.Linear(40, 2), "fc3": nn.Linear(12, 784)}
    )


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (nn.ModuleDict({"encoder": nn.GRU(28, 16), "out": nn.Linear(16, 28)}), "recurrent"),
        (nn.TransformerEncoderLayer(16, 2), "attention"),
        (residual(), "residual"),
        (Codebook(), "codebook"),
        (conditional(), "no chain from the samples"),
        (nn.Sequential(nn.Linear(784, 40), nn.ReLU(), nn.Linear(40, 2)), "no chain from the samples"),
        (nn.Sequential(nn.Conv1d(1, 8, 3)), "is of a kind that is not known"),
    ],
)
def test_other_networks_are_refused_with_their_layers(model: nn.Module, problem: str) -> None:
    weights: dict[str, Tensor] = dict(model.state_dict())
    with pytest.raises(ConfigError, match=problem) as caught:
        read_network(weights, PICTURES)
    assert "Layers: " in str(caught.value)
    assert len(str(caught.value)) < 1200


def test_a_discriminator_beside_an_autoencoder_is_left_out() -> None:
    model = nn.ModuleDict(
        {
            "encoder": nn.Sequential(nn.Linear(784, 40), nn.ReLU(), nn.Linear(40, 3)),
            "decoder": nn.Sequential(nn.Linear(3, 40), nn.ReLU(), nn.Linear(40, 784)),
            "discriminator": nn.Sequential(nn.Linear(3, 40), nn.ReLU(), nn.Linear(40, 1)),
        }
    )
    read = read_network(dict(model.state_dict()), PICTURES)
    assert read.family == "ae" and read.sizes[0].latent_dim == 3
    assert [layer.name for layer in read.left_out] == ["discriminator.0", "discriminator.2"]


def test_vectors_need_the_number_of_features_of_the_file() -> None:
    model = nn.ModuleDict({"encoder": nn.Linear(7, 2), "decoder": nn.Linear(2, 7)})
    assert read_network(dict(model.state_dict()), description((7,))).sizes[0].latent_dim == 2
    with pytest.raises(ConfigError, match="takes 7 numbers"):
        read_network(dict(model.state_dict()), description((8,)))


def test_the_layers_are_found_in_any_order() -> None:
    model = nn.ModuleDict(
        {"a": nn.Linear(784, 40), "b": nn.Linear(40, 3), "c": nn.Linear(3, 40), "d": nn.Linear(40, 784)}
    )
    state = model.state_dict()
    shuffled = {name: state[name] for name in sorted(state, reverse=True)}
    read = read_network(shuffled, PICTURES)
    assert [block.layer.name for block in read.parts.encoder] == ["a"]
    assert read.parts.heads.first.name == "b"
    assert torch.equal(shuffled["a.weight"], state["a.weight"])
