"""Adam, one for each player, and its state as named tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from explorer.config import TrainConfig
from explorer.models.latent_model import LatentModel

BETA2 = 0.999
"""How long Adam remembers the size of its steps; Adam's own."""

Optimizers = Mapping[str, torch.optim.Adam]
"""An optimiser by the name of the player whose weights it moves."""


def build_optimizers(model: LatentModel, config: TrainConfig) -> Optimizers:
    """Return Adam (Kingma and Ba 2015) over each player's weights, fused where the device has it."""
    fused = model.device.type in {"cpu", "cuda", "mps", "xpu"}
    return {
        player: torch.optim.Adam(
            weights, lr=config.learning_rate, betas=(config.beta1, BETA2), weight_decay=config.weight_decay, fused=fused
        )
        for player, weights in model.parameter_groups.items()
        if weights
    }


def set_learning_rate(optimizers: Optimizers, rate: float) -> None:
    """Let every player's next step have this size."""
    for optimizer in optimizers.values():
        for group in optimizer.param_groups:
            group["lr"] = rate


def optimizer_state(optimizers: Optimizers, model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of the state, ``"<weight>/<slot>"`` to tensor; empty before the first step.

    With several players it is ``"<player>/<weight>/<slot>"``: two of them may move the same weights.
    """
    return {
        f"{_prefix(player, optimizers)}{name}/{slot}": value.detach().to("cpu", copy=True)
        for player, optimizer in optimizers.items()
        for name, parameter in model.named_parameters()
        for slot, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer_state(optimizers: Optimizers, model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_state` gave; every weight's slots, on the weight's own device."""
    for player, optimizer in optimizers.items():
        prefix = _prefix(player, optimizers)
        moved = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        for name, parameter in model.named_parameters():
            slots = {
                key.rpartition("/")[2]: value for key, value in state.items() if key.rpartition("/")[0] == prefix + name
            }
            if slots and id(parameter) in moved:
                optimizer.state[parameter] = {
                    slot: value.to(parameter.device, copy=True) for slot, value in slots.items()
                }


def _prefix(player: str, optimizers: Optimizers) -> str:
    return f"{player}/" if len(optimizers) > 1 else ""
