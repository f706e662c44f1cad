"""Estimate the size of the replay of a training before it starts."""

from explorer.config import ConfigError, RunConfig, replace
from explorer.data.dataset import DataError, Dataset
from explorer.models import catalog
from explorer.runs.replay import size_words
from explorer.training.replay_plan import planned_replay


def replay_estimate(config: RunConfig, dataset: Dataset) -> str:
    """Return the number of frames and the size of a replay as text; "" if there is none or it is not known.

    Parameters
    ----------
    config
        The settings of the form; the model section need not be resolved.
    """
    if not catalog.family(config.model.family).model_type.trained_by_steps:
        return ""
    if config.train.replay == 0:
        return "No replay is saved"
    try:
        # Sizes depend on the resolved widths and on the shape of the data.
        resolved = replace(config, model=catalog.resolve(config.model, dataset.description))
        plan = planned_replay(resolved, dataset)
    except (ConfigError, DataError):  # the form reports it next to the setting
        return ""
    if not plan.steps:
        return f"No replay: one frame takes {size_words(plan.frame_size)}; allow more disk space"
    return f"Replay: {len(plan.steps)} frames, ≈ {size_words(plan.size)} on disk"
