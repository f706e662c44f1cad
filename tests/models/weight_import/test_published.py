"""The networks of published autoencoders are read from the names and shapes of their weights alone.

The weights here are random, so that nothing can be measured: a test builds the choice that describes the original, and
compares it with the original to 1e-4. `tests/jobs/runs/test_import_published.py` measures trained weights.
"""

from dataclasses import replace

import pytest
import torch
from published_models import PUBLISHED
from torch import Tensor, nn

from explorer.models.layer_list import build_layers
from explorer.models.weight_import.file_layers import file_layers
from explorer.models.weight_import.layer_lists import Choice, LayerList, decoder_list, encoder_list
from explorer.models.weight_import.network_parts import NetworkParts, network_parts
from explorer.models.weight_import.network_sizes import SizedParts, sized_parts
from explorer.models.weight_import.open_questions import GREY_RANGES, PIXEL_RANGES, ValueRange

RANGES = {values.words: values for values in (*PIXEL_RANGES, *GREY_RANGES)}
SIGMOID = RANGES["sigmoid at the end, values from 0 to 1"]
TANH = RANGES["tanh at the end, values from −1 to 1"]
SCALED = RANGES["no activation at the end, values scaled by 0.1307 and 0.3081"]
ORIGINAL: dict[str, dict[str, object]] = {
    "PythaeConv": {"activates_maps": False},
    "Disentangling": {"order": "interleaved"},
    "VanillaVae": {"activation": "leaky_relu 0.01", "values": TANH, "activates_maps": False},
    "DeepAe": {"values": TANH},
    "LogStdVae": {"activation": "tanh"},
    "GaussianVae": {"activation": "elu", "values": SCALED},
    "InterpolatingVae": {"activation": "silu", "groups": 4},
    "DcganAe": {"activation": "leaky_relu 0.2"},
    "LayerNormVae": {"order": "log-variance first"},
}
"""What the files do not tell and is not the usual."""


def read(weights: dict[str, Tensor]) -> tuple[NetworkParts, list[SizedParts]]:
    for parts in network_parts(file_layers(weights), (1, 28, 28)):
        if sizes := sized_parts(parts, (1, 28, 28)):
            return parts, sizes
    raise AssertionError("no chain fits")


def filled(layers: LayerList, shape: tuple[int, ...], after: tuple[str, ...] = ()) -> nn.Sequential:
    network = build_layers([*layers.texts, *after], shape)
    network.load_state_dict({name.partition(".")[2]: each.tensor for name, each in layers.tensors.items()})
    return network.eval()


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_layers_of_a_published_model_compute_what_it_computes(name: str) -> None:
    torch.manual_seed(0)
    model = PUBLISHED[name]().eval()
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d) and norm.running_mean is not None:
            norm.running_mean.uniform_(-0.1, 0.1)
    weights = dict(model.state_dict())
    parts, sizes = read(weights)
    x = torch.rand(3, 1, model.side, model.side)
    with torch.no_grad():
        code = model.code(model.prepare(x))
        decoded = model.restore(model.decode(code)).flatten(1)
        errors: list[float] = []
        for size in (each for each in sizes if each.shape == (1, model.side, model.side)):
            choice = replace(Choice("relu", SIGMOID, "mean first", size), **ORIGINAL.get(name, {}))
            values = choice.values
            assert isinstance(values, ValueRange)
            encoder = filled(encoder_list(parts, choice, weights), size.shape)
            decoder = filled(decoder_list(parts, choice, weights), (size.latent_dim,), values.after)
            outputs = encoder(x)
            made = decoder(outputs[:, : size.latent_dim]).flatten(1)
            made = made.sigmoid() if values.likelihood == "bernoulli" else made
            wanted = torch.cat(model.heads(model.prepare(x)), 1) if model.is_variational else code
            # Other strides may lead to another number of values.
            if outputs.shape == wanted.shape:
                errors.append(float(max((outputs - wanted).abs().max(), (made - decoded).abs().max())))
    assert min(errors) < 1e-4
    assert parts.heads.has_variance == model.is_variational
