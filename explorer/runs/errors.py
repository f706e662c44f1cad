"""The error that all of `explorer.runs` raises."""


class RunError(ValueError):
    """A run or a file of it cannot be used; the message names the file, the fault and what to do."""
