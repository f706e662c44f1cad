"""Adam, and its state as named tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from explorer.config import TrainConfig


def build_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Adam:
    """Give Adam (Kingma and Ba 2015) over all weights, fused where the device has it."""
    device = next(model.parameters()).device
    fused = device.type in {"cpu", "cuda", "mps", "xpu"}
    return torch.optim.Adam(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=fused)


def optimizer_state(optimizer: torch.optim.Optimizer, model: nn.Module) -> dict[str, Tensor]:
    """Give a copy of the state, ``"<weight>/<slot>"`` to tensor; empty before the first step."""
    return {
        f"{name}/{slot}": value.detach().to("cpu", copy=True)
        for name, parameter in model.named_parameters()
        for slot, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer_state(optimizer: torch.optim.Optimizer, model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_state` gave; every weight's slots, on the weight's own device."""
    for name, parameter in model.named_parameters():
        slots = {key.rpartition("/")[2]: value for key, value in state.items() if key.rpartition("/")[0] == name}
        if slots:
            optimizer.state[parameter] = {slot: value.to(parameter.device, copy=True) for slot, value in slots.items()}
