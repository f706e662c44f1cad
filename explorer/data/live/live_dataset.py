"""Makes a data set of samples in memory, as the readers of files do of theirs."""

from dataclasses import replace
from typing import Any

import numpy as np

from explorer.config import DataConfig
from explorer.data.catalog import prepared
from explorer.data.columns import encode_labels, make_column
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import interpret
from explorer.data.live.live_data import LiveData
from explorer.data.report import Role

MAX_SPARSE_FEATURES = 200_000
"""A sparse matrix with more features than this is refused, as each sample is made dense where it is used."""


def load_live(live: LiveData, config: DataConfig, name: str, context: LoadContext | None = None) -> Dataset:
    """Make a data set of samples in memory, as `explorer.data.catalog.load` makes one of a file.

    Raises
    ------
    DataError, ConfigError, Cancelled
        As ``load`` does.
    """

    def read(config: DataConfig, context: LoadContext) -> Dataset:
        context.notes.format = "data in memory"
        return live_dataset(live, config, context, name=name)

    return prepared(read, config, context)


def live_dataset(
    live: LiveData,
    config: DataConfig,
    context: LoadContext | None = None,
    *,
    name: str,
    layout: str = "",
    keep_rare: bool = False,
) -> Dataset:
    """Return the data set of samples in memory.

    Parameters
    ----------
    name
        Name of the data set, also in messages.
    layout
        ``"HWC"`` or ``"CHW"`` if the shape of pictures is ambiguous; "" otherwise.
    keep_rare
        See `explorer.data.text.text_assembly.documents`.

    Raises
    ------
    DataError
        If there are too few samples to split, or values are missing.
    """
    context = context or LoadContext()
    if live.is_text:
        return _documents(live, config, context, name, keep_rare=keep_rare)
    _check_width(live, name)
    if live.note:
        context.notes.partial(live.note)
    return interpret(_found(live, name, layout), config, context)


def _found(live: LiveData, name: str, layout: str) -> Found:
    columns, roles = _columns(live)
    return Found(
        name=name,
        where=name,
        samples=live.samples,
        columns=columns,
        roles=roles,
        feature_names=live.feature_names,
        names=live.sample_names,
        class_names=live.class_names if live.labels is not None else (),
        axis=live.axis,
        value_range=live.value_range,
        layout=layout,
    )


def _check_width(live: LiveData, name: str) -> None:
    if not isinstance(live.samples, np.ndarray) and live.samples.shape[1] > MAX_SPARSE_FEATURES:
        raise DataError(
            f"{name}: the sparse matrix has {live.samples.shape[1]:,} features; the limit is {MAX_SPARSE_FEATURES:,}, "
            "choose those that vary most"
        )


def _columns(live: LiveData) -> tuple[dict[str, Any], dict[str, Role]]:
    """Return the columns with the labels among them, and their roles."""
    columns = {str(name): np.asarray(values) for name, values in live.columns.items()}
    roles: dict[str, Role] = dict.fromkeys(columns, "attribute")
    if live.labels is None:
        return columns, roles
    name = next(name for name in ("label", "labels", "class", "class of the sample") if name not in columns)
    return {**columns, name: live.labels}, {**roles, name: "label"}


def _documents(live: LiveData, config: DataConfig, context: LoadContext, name: str, *, keep_rare: bool) -> Dataset:
    from explorer.data.text.text_assembly import Passage, documents, passage_title

    texts = [str(text) for text in live.samples]
    titles = live.sample_names or tuple(passage_title("", text) for text in texts)
    labels = None if live.labels is None else encode_labels(np.asarray(live.labels), where=name)
    dataset = documents(
        config,
        name,
        [Passage(title, text) for title, text in zip(titles, texts, strict=True)],
        labels,
        columns={key: make_column(key, np.asarray(values)) for key, values in live.columns.items()},
        keep_rare=keep_rare,
        notes=context.notes,
    )
    if not live.class_names or dataset.labels is None:
        return dataset
    # The classes are numbers, in the order of their names.
    numbers = np.array([*map(int, dataset.class_names), -1])
    description = replace(dataset.description, class_names=live.class_names)
    return replace(dataset, description=description, labels=numbers[dataset.labels])
