"""What the replay of a training will take, said before it is trained."""

from explorer.config import ConfigError, RunConfig, replace
from explorer.data.dataset import DataError, Dataset
from explorer.models import catalog
from explorer.runs.replay import size_words
from explorer.training.replay_plan import planned_replay


def replay_words(config: RunConfig, dataset: Dataset) -> str:
    """Say how many frames the replay of a training will have and about how much they take; "" where it is not known.

    Parameters
    ----------
    config
        As the form has it; its model section need not be resolved.
    """
    if not catalog.family(config.model.family).model_type.trained_by_steps:
        return ""
    if config.train.replay == 0:
        return "No replay is kept"
    try:
        resolved = replace(config, model=catalog.resolve(config.model, dataset.description))
        plan = planned_replay(resolved, dataset)
    except (ConfigError, DataError):  # told where it belongs
        return ""
    if not plan.steps:
        return f"No replay: a single frame takes {size_words(plan.frame_size)}; allow more on disk"
    return f"Replay: {len(plan.steps)} frames, ≈ {size_words(plan.size)} on disk"
