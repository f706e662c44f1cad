"""Callbacks that show a model in the window while the user's own program trains it.

A plain loop:

>>> view = ExplorerCallback(model, x, labels=y)  # doctest: +SKIP
>>> for batch in batches:  # doctest: +SKIP
...     loss = train_one_step(model, batch)
...     view.step(loss=loss)
>>> view.finish()  # doctest: +SKIP

Lightning:

>>> Trainer(callbacks=[LightningExplorer(x, labels=y)]).fit(model, loader)  # doctest: +SKIP

Neither Qt nor Lightning is imported with this package.
"""

from explorer.callbacks.explorer_callback import ExplorerCallback
from explorer.callbacks.lightning_explorer import LightningExplorer

__all__ = ["ExplorerCallback", "LightningExplorer"]
