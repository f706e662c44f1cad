"""What can be wrong with a run directory."""


class RunError(ValueError):
    """A run or checkpoint that cannot be used; the message names the file, the fault and what would be right."""
