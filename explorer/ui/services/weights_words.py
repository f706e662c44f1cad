"""Words on the weights in use, and their validation loss. No Qt."""

from explorer.jobs.runs.open_run import OpenRun
from explorer.runs.weights_choice import FINAL, RunWeights


def epoch_words(weights: RunWeights) -> str:
    """Return ``", epoch 31"``, or "" if the epoch is not known."""
    return "" if weights.epoch is None else f", epoch {weights.epoch:.4g}"


def with_weights(command: str, run: OpenRun) -> str:
    """Return a command about a run with the option for the weights in use; the final ones need none."""
    choice = FINAL if run.used is None else run.used.choice
    if not command or choice == FINAL:
        return command
    return f"{command} --weights={choice.step if choice.kind == 'step' else choice.kind}"


def validation_loss(run: OpenRun, step: int) -> float | None:
    """Return the validation loss of a step in nats per sample; None if none was measured then."""
    if not run.has_validation_loss:
        return None
    found = (metric for metric in run.history.metrics if metric.step == step and metric.split == "validation")
    metric = next(found, None)
    return None if metric is None else metric.terms.get("total")


def weights_forms(weights: RunWeights | None) -> tuple[str, ...]:
    """Return words on the weights in use, the longest first: ``"best weights, epoch 31"``, ``"best weights"``."""
    if weights is None or weights.is_only:
        return ("",)
    if weights.unfinished_text:
        of = "" if weights.epoch is None else f", epoch {weights.epoch:.4g} of {weights.epochs}"
        saved = f"last saved weights{of}"
        return f"{saved}; training {weights.unfinished_text}", saved, f"{weights.status}{of}", weights.status
    name = f"{weights.choice.kind} weights" if weights.choice.kind != "step" else f"weights of step {weights.step:,}"
    short = f"step {weights.step:,}" if weights.choice.kind == "step" else name
    return f"{name}{epoch_words(weights)}", name, short


def mark_word(weights: RunWeights) -> str:
    """Return a word for their epoch in a small plot: ``"best"``, ``"step 1,240"``."""
    return f"step {weights.step:,}" if weights.choice.kind == "step" else weights.choice.kind


def weights_words(weights: RunWeights | None) -> str:
    """Return words on the weights in use in full: ``"best weights, epoch 31"``; "" before there are any."""
    if weights is not None and weights.is_only:
        return weights.words
    return weights_forms(weights)[0]
