"""Early stopping: a training ends once the validation loss has not become lower for ``train.patience`` epochs.

The decision depends only on the step, the step of the best weights, and the config, all of which a checkpoint holds.
So a resumed training ends at the same epoch as an uninterrupted one.
"""

from explorer.config import ConfigError, ModelConfig, RunConfig, describe_fields
from explorer.data.dataset import Dataset
from explorer.models import catalog

SCHEDULES = ("kl_warm_up", "capacity_epochs", "active_units_after")
"""Settings, in epochs, of schedules that change the loss at the start of a training."""
STOPPED_EARLY = "stopped early"
"""Prefix of `Finished.reason` of a training that ended early."""


def schedules_end(config: ModelConfig) -> float:
    """Return the epoch at which all schedules are over, so that the loss is that of the config."""
    values = vars(config)
    # A schedule without effect, because of other settings, does not delay anything.
    known = [field for field in describe_fields(type(config)) if field.name in SCHEDULES]
    return max((float(values[field.name]) for field in known if field.matters(values)), default=0.0)


class EarlyStopping:
    """Decides after each epoch whether the training ends before its last one."""

    def __init__(self, config: RunConfig, steps_per_epoch: int) -> None:
        self._patience = config.train.patience
        self._settled = schedules_end(config.model)
        self._steps_per_epoch = steps_per_epoch

    @property
    def is_on(self) -> bool:
        """Whether the training may end early."""
        return self._patience > 0

    def is_due(self, step: int, best_step: int | None) -> bool:
        """Return whether the training ends after ``step`` steps, with the lowest validation loss at ``best_step``."""
        if not self.is_on or step % self._steps_per_epoch != 0:
            return False
        # During a schedule another loss is minimized, so the patience begins at its end.
        counted_from = max((best_step or 0) / self._steps_per_epoch, self._settled)
        return step / self._steps_per_epoch - counted_from >= self._patience

    def reason(self, step: int, best_step: int | None) -> str:
        """Return why the training ended, with the epochs of the last and of the best weights."""
        epoch, best = step // self._steps_per_epoch, (best_step or 0) // self._steps_per_epoch
        return (
            f"{STOPPED_EARLY} at epoch {epoch}: no lower validation loss for {epoch - best} epochs; "
            f"best at epoch {best}; the weights of both are kept"
        )


def check_patience(config: RunConfig, dataset: Dataset) -> None:
    """Check that a training with early stopping has a validation loss.

    Raises
    ------
    ConfigError
        If the family or the data has none.
    """
    patience, family = config.train.patience, catalog.family(config.model.family)
    if patience == 0 or not family.model_type.trained_by_steps:
        return
    if not family.model_type.has_validation_loss:
        problem = f"{family.short_title} has no validation loss that ranks its weights; set train.patience = 0"
    elif len(dataset.splits.validation) == 0:
        problem = f"{dataset.name} has no validation samples; assign some, or set train.patience = 0"
    else:
        return
    raise ConfigError(f"train.patience = {patience}: {problem}")
