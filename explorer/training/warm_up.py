"""What torch does at its first use, done before anyone waits for it."""

import torch


def warm_up() -> None:
    """Build an optimizer, which imports some 800 modules the first time, and take one step with it."""
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([weight], fused=True)
    weight.sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
