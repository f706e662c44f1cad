"""`LightningExplorer`: an `ExplorerCallback` for Lightning's trainer.

1. Creating one makes a class that also is a `Callback` of the Lightning that is installed, under whichever name.
2. The trainer calls its methods; each calls the method of an `ExplorerCallback` for the same event.
"""

import re
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from explorer.callbacks.explorer_callback import ExplorerCallback
from explorer.config import ConfigError

LIGHTNING = ("lightning.pytorch", "pytorch_lightning")
"""The packages that may hold Lightning."""
TRAIN, VALIDATION = re.compile(r"^train(ing)?[_/]"), re.compile(r"^val(id|idation)?[_/]")
"""Beginnings of the names of metrics that a Lightning module logs in training and in validation."""


class LightningExplorer:
    """Shows the model of a Lightning module while `Trainer.fit` trains it: a callback for ``Trainer(callbacks=[…])``.

    The window opens in the process of rank 0 when the fit begins. The loss that ``training_step`` returns and all
    metrics that the module logs become curves; those that begin with ``val_`` are drawn as validation curves. The
    window stays open after the fit: ``callback.view.window.wait()`` runs it until it is closed.

    Parameters
    ----------
    data, labels
        As `explorer.explore` takes them.
    part
        Returns what to show of the module, for example ``lambda module: module.vae``; by default the module itself.
    options
        Further arguments of `ExplorerCallback` and `explorer.explore`.

    Attributes
    ----------
    view
        The `ExplorerCallback` of the newest fit; None before the first one.

    Raises
    ------
    ConfigError
        If Lightning is not installed.
    """

    def __new__(cls, *_: Any, **__: Any) -> "LightningExplorer":
        """Return an object that also is a callback of Lightning: the trainer accepts no other."""
        return super().__new__(_with_lightning(cls))

    def __init__(
        self, data: Any, labels: Any = None, *, part: Callable[[Any], Any] | None = None, **options: Any
    ) -> None:
        super().__init__()
        self._data, self._labels, self._part, self._options = data, labels, part, options
        self.view: ExplorerCallback | None = None

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Open the window; Lightning calls it before the first validation."""
        if trainer.is_global_zero:
            model = pl_module if self._part is None else self._part(pl_module)
            self.view = ExplorerCallback(model, self._data, self._labels, **self._options)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Note the losses of a step."""
        if self.view is None:
            return
        # Lightning computes its metrics whenever they are asked for.
        metrics = trainer.callback_metrics if self.view.is_due else {}
        losses = {TRAIN.sub("", name): value for name, value in metrics.items() if not VALIDATION.match(name)}
        # training_step may return the loss, or a dictionary with it.
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        self.view.step(**(losses if loss is None else {**losses, "loss": loss}))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Note the losses of the validation."""
        # The check before the training validates a few batches of an untrained model.
        if self.view is not None and not trainer.sanity_checking:
            metrics = trainer.callback_metrics
            logged = {VALIDATION.sub("", name): value for name, value in metrics.items() if VALIDATION.match(name)}
            self.view.validation(**logged)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Show the last weights."""
        if self.view is not None:
            self.view.finish()


def _with_lightning(cls: type) -> type:
    """Return the class with Lightning's own `Callback` as a base.

    Raises
    ------
    ConfigError
        If Lightning is not installed.
    """
    # Whoever has a trainer has imported its package; if both are imported, either may check.
    loaded = [name for name in LIGHTNING if name in sys.modules]
    bases = [import_module(name).Callback for name in loaded] or [_import_callback()]
    return type(cls.__name__, (cls, *dict.fromkeys(bases)), {"__doc__": cls.__doc__, "__module__": cls.__module__})


def _import_callback() -> Any:
    for name in LIGHTNING:
        try:
            return import_module(name).Callback
        except ImportError:
            continue
    raise ConfigError("LightningExplorer needs Lightning: pip install lightning")
