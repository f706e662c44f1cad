"""How a loss changes over a training: by the epochs that are behind, which are infinite at a schedule's end."""


def ramp(epoch: float, epochs: float) -> float:
    """Return the share of a linear rise that is behind after ``epoch`` of ``epochs``: 0 to 1, and 1 without a rise."""
    return 1.0 if epoch >= epochs else epoch / epochs
