"""Adam for each parameter group of a model, its learning rate over time, and its state as named tensors."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from explorer.config import TrainConfig
from explorer.models.latent_model import LatentModel

BETA2 = 0.999
"""Decay rate of Adam's running mean of squared gradients; the default of Adam."""

STAGES = 8
"""Number of stages of the schedule "stages": 1 + 3 + … + 3⁷ = 3,280 epochs in total."""

Optimizers = Mapping[str, torch.optim.Adam]
"""The optimizer of each parameter group, by the group's name."""


def build_optimizers(model: LatentModel, config: TrainConfig) -> Optimizers:
    """Return an Adam optimizer (Kingma and Ba 2015, arXiv 1412.6980) for each parameter group of the model."""
    # The fused kernel updates all weights in one call, which matters for small networks.
    fused = model.device.type in {"cpu", "cuda", "mps", "xpu"}
    return {
        group: torch.optim.Adam(
            weights, lr=config.learning_rate, betas=(config.beta1, BETA2), weight_decay=config.weight_decay, fused=fused
        )
        for group, weights in model.parameter_groups.items()
        if weights
    }


def set_learning_rate(optimizers: Optimizers, rate: float) -> None:
    """Set the learning rate of all optimizers."""
    for optimizer in optimizers.values():
        for group in optimizer.param_groups:
            group["lr"] = rate


def optimizer_state(optimizers: Optimizers, model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of the state on the CPU as ``"<weight>/<slot>"`` to tensor; empty before the first step.

    With several parameter groups the keys are ``"<group>/<weight>/<slot>"``, as two groups may share weights.
    """
    return {
        f"{_prefix(group, optimizers)}{name}/{slot}": value.detach().to("cpu", copy=True)
        for group, optimizer in optimizers.items()
        for name, parameter in model.named_parameters()
        for slot, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer_state(optimizers: Optimizers, model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load the state that `optimizer_state` returned, moving each tensor to the device of its weight."""
    for group_name, optimizer in optimizers.items():
        prefix = _prefix(group_name, optimizers)
        # Tensors compare elementwise, so they are identified by id.
        moved = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        for name, parameter in model.named_parameters():
            slots = {
                key.rpartition("/")[2]: value for key, value in state.items() if key.rpartition("/")[0] == prefix + name
            }
            # Not by Optimizer.load_state_dict, which numbers the weights instead of naming them.
            if slots and id(parameter) in moved:
                optimizer.state[parameter] = {
                    slot: value.to(parameter.device, copy=True) for slot, value in slots.items()
                }


def _prefix(group: str, optimizers: Optimizers) -> str:
    return f"{group}/" if len(optimizers) > 1 else ""


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of a step, counted from 0; it depends on the step alone, so a resumed run keeps it."""
    return config.learning_rate * _FACTORS[config.learning_rate_schedule](step // steps_per_epoch, config.epochs)


def _constant(epoch: int, epochs: int) -> float:
    return 1.0


def _cosine(epoch: int, epochs: int) -> float:
    """Return a factor that falls from 1 to 0 along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983)."""
    return 0.5 * (1 + math.cos(math.pi * min(epoch, epochs) / epochs))


def _stages(epoch: int, epochs: int) -> float:
    """Return 10^(−i/7) in stage i, which lasts 3^i epochs (Burda et al. 2016, section 5): 0.1 from epoch 1,093 on."""
    stage, end = 0, 1
    while epoch >= end and stage < STAGES - 1:
        stage += 1
        end += 3**stage
    return float(10 ** (-stage / (STAGES - 1)))


_FACTORS: Mapping[str, Callable[[int, int], float]] = MappingProxyType(
    {"constant": _constant, "cosine": _cosine, "stages": _stages}
)


def warm_up() -> None:
    """Build an optimizer and take one step with it; the first time torch imports about 800 modules for it."""
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([weight], fused=True)
    weight.sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
