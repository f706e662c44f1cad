"""Fits a row of a table, or numbers in order, to the features of a data set."""

import difflib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import DataError, Dataset, Description
from explorer.data.far_out import MAX_ROWS, spread_of
from explorer.data.own_input.fitting import AUTOMATIC, Choices, Draft, FittedInput, FittingStep
from explorer.data.own_input.sources import NumbersSource, RowSource
from explorer.data.report import some

YES, NO = frozenset({"yes", "true", "1", "1.0", "y"}), frozenset({"no", "false", "0", "0.0", "n"})
OUTSIDE = 0.1
"""A value is outside of the training samples' if it exceeds them by more than this part of their range."""
RESAMPLE = "resample"
"""The only step of fitting numbers: a signal of another length is resampled."""


@dataclass(frozen=True)
class Category:
    """A column of words: the features of its words, in their order."""

    start: int
    words: tuple[str, ...]


def columns_of(description: Description) -> dict[str, int | Category]:
    """Return the columns of a table by name: the index of a feature, or the features of the words of a category."""
    names = description.feature_names
    kinds = description.feature_kinds or ("number",) * len(names)
    found: dict[str, int | Category] = {}
    # Sizes are stored in the order of the categories, and not by name.
    sizes, index = iter(description.category_sizes), 0
    while index < len(names):
        if kinds[index] != "category":
            found[names[index]] = index
            index += 1
            continue
        size = next(sizes)
        # The features of a category are named "column = word".
        pairs = [names[one].split(" = ", 1) for one in range(index, index + size)]
        found[pairs[0][0]] = Category(index, tuple(pair[-1] for pair in pairs))
        index += size
    return found


def fit_row(source: RowSource, description: Description, dataset: Dataset | None) -> FittedInput:
    """Return a row with the values of its columns. Missing ones are filled, and those far outside are reported.

    Raises
    ------
    DataError
        If the data has no such column, or a value is not of its kind.
    """
    draft, columns = Draft(), columns_of(description)
    if description.kind != "vector" or not columns:
        raise DataError(f"{description.name}: its samples have no columns with names; write numbers in their order")
    # NaN marks values that no cell has set; they are filled below.
    values = np.full(description.features, np.nan)
    named: set[str] = set()
    for name, text in source.cells:
        known = _column_name(name, columns, description)
        if known in named:
            raise DataError(f"column {known!r} is given twice")
        named.add(known)
        _set(values, known, columns[known], text, description, draft)
    for name, column in columns.items():
        if isinstance(column, Category) and np.isnan(values[column.start]):
            values[column.start : column.start + len(column.words)] = 0
            draft.notes.append(f"{name}: no word is given, so all its features are 0")
    training = _training(dataset)
    _fill(values, source, description, training, draft)
    _check_range(values, description, training, draft)
    return draft.fitted(_checked(values, description))


def fit_numbers(
    source: NumbersSource, description: Description, dataset: Dataset | None, choices: Choices = AUTOMATIC
) -> FittedInput:
    """Return numbers as one sample; a signal of another length is resampled, and missing values are filled.

    Raises
    ------
    DataError
        If the samples are not vectors, or there are too few or too many numbers.
    """
    draft, steps = Draft(), []
    values = np.array(source.values, np.float64)
    if description.kind != "vector":
        raise DataError(f"{description.name}: its samples are not rows of numbers, so numbers do not fit")
    if why := why_no_numbers(len(values), description):
        raise DataError(why)
    given = values
    if description.axis is not None:
        known = np.flatnonzero(np.isfinite(values))
        if 0 < len(known) < len(values):
            draft.notes.append(f"{len(values) - len(known):,} missing values were interpolated")
            values = np.interp(np.arange(len(values)), known, values[known])
        is_needed = len(values) != description.features
        reason = f"the samples have {description.features:,} values, the input has {len(values):,}"
        if is_needed:
            # Both ends stay, and the values between them are interpolated.
            places = np.linspace(0, len(values) - 1, description.features)
            values = np.interp(places, np.arange(len(values)), values)
        steps.append(FittingStep(RESAMPLE, "Resample", reason, is_needed, False, values.astype(np.float32)))
    training = _training(dataset)
    _fill(values, RowSource(()), description, training, draft)
    _check_range(values, description, training, draft)
    return draft.fitted(_checked(values, description), given=given.astype(np.float32), steps=tuple(steps))


def default_cells(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """Return each column of a table with the median of its training samples, or their most frequent word, as text."""
    description, training = dataset.description, _training(dataset)
    found = []
    for name, column in columns_of(description).items():
        if training is None:
            text = ""
        elif isinstance(column, Category):
            share = training[:, column.start : column.start + len(column.words)].mean(axis=0)
            text = column.words[int(share.argmax())]
        else:
            kind = description.feature_kinds[column] if description.feature_kinds else "number"
            median = float(np.median(training[:, column]))
            text = ("yes" if median >= 0.5 else "no") if kind == "yes/no" else f"{median:.4g}"
            text = f"{np.floor(median):.0f}" if kind == "count" else text
        found.append((name, text))
    return tuple(found)


def why_no_numbers(count: int, description: Description) -> str:
    """Return why this number of values does not make a sample of a data set of vectors; "" if it does."""
    if count == description.features or (description.axis is not None and count >= 2):
        return ""
    return f"{description.name}: its samples have {description.features:,} numbers, not {count:,}"


def _column_name(name: str, columns: dict[str, int | Category], description: Description) -> str:
    if name in columns:
        return name
    by_lower = {known.lower(): known for known in columns}
    if name.lower() in by_lower:
        return by_lower[name.lower()]
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    known = f"did you mean {by_lower[near[0]]!r}?" if near else f"its columns are {some(columns, 40)}"
    raise DataError(f"{description.name} has no column {name!r}; {known}")


def _set(
    values: NDArray[np.float64], name: str, column: int | Category, text: str, description: Description, draft: Draft
) -> None:
    from explorer.data.tables.text_numbers import NUMBER_MARKS, number_of

    # A missing value stays NaN, and is filled later.
    if text.strip().lower() in {"", *NUMBER_MARKS}:
        return
    if isinstance(column, Category):
        words = {word.lower(): number for number, word in enumerate(column.words)}
        # Words that differ only in case are different words if they are written exactly.
        exact = dict(zip(column.words, range(len(column.words)), strict=True))
        number = exact.get(text, words.get(text.strip().lower()))
        if number is None:
            raise DataError(f"column {name!r} has no word {text!r}; its words are {some(column.words, 40)}")
        values[column.start : column.start + len(column.words)] = 0
        values[column.start + number] = 1
        return
    kind = description.feature_kinds[column] if description.feature_kinds else "number"
    if kind == "yes/no":
        if text.strip().lower() not in YES | NO:
            raise DataError(f"column {name!r} takes yes or no, or 1 or 0, not {text!r}")
        values[column] = text.strip().lower() in YES
        return
    found = number_of(text.strip())
    # Only an unambiguous comma: in "1,234.5" it separates thousands.
    if found is None and text.count(",") == 1 and "." not in text:
        found = number_of(text.strip().replace(",", "."))
        draft.notes.append(f"{name}: the comma in {text} was read as a decimal point")
    if found is None or not np.isfinite(found):
        raise DataError(f"column {name!r} takes numbers, not {text!r}")
    if kind == "count" and (found < 0 or found % 1):
        raise DataError(f"column {name!r} is a count: it takes whole numbers from 0, not {text}")
    values[column] = found


def _training(dataset: Dataset | None) -> NDArray[np.float64] | None:
    """Return some of the training samples, ``(n, F)``; None if they are not known."""
    if dataset is None or len(dataset.splits.train) == 0:
        return None
    index = dataset.splits.train
    return dataset.rows(index[:: -(-len(index) // MAX_ROWS)]).astype(np.float64)


def _fill(
    values: NDArray[np.float64],
    source: RowSource,
    description: Description,
    training: NDArray[np.float64] | None,
    draft: Draft,
) -> None:
    """Fill missing values as the import of the data does; where it leaves out rows, use the mean or median."""
    missing = np.flatnonzero(~np.isfinite(values))
    if not len(missing):
        return
    if source.missing == "value":
        values[missing] = source.missing_value
        draft.notes.append(f"{_names(missing, description)}: filled with {source.missing_value:g}")
        return
    if training is None:
        raise DataError(
            f"{_names(missing, description)}: no value is given, and the data that could fill it is not loaded"
        )
    kinds = description.feature_kinds or ("number",) * len(values)
    for index in missing.tolist():
        # The mean of yes and no, or of counts, is usually not a possible value.
        by_median = source.missing == "median" or kinds[index] != "number"
        column = training[:, index]
        fill = float(np.median(column)) if by_median else float(column.mean())
        values[index] = np.floor(fill) if kinds[index] in ("yes/no", "count") else fill
        how = f"the {'median' if by_median else 'mean'} of the training samples, {values[index]:.4g}"
        if len(missing) <= 12:
            draft.notes.append(f"{_names([index], description)}: filled with {how}")
    # One note instead of hundreds for a signal without values.
    if len(missing) > 12:
        draft.notes.append(f"{len(missing):,} missing values were filled with those of the training samples")


def _check_range(
    values: NDArray[np.float64], description: Description, training: NDArray[np.float64] | None, draft: Draft
) -> None:
    """Report the values outside the range of the training samples, the farthest first."""
    if training is None:
        return
    low, high = training.min(axis=0), training.max(axis=0)
    room = OUTSIDE * np.maximum(high - low, 1e-12)
    outside = np.flatnonzero((values < low - room) | (values > high + room))
    if not len(outside):
        return
    # A robust scale, since outliers of the data would make any value look usual.
    middle, spread = spread_of(training[:, outside])
    distance = np.abs(values[outside] - middle) / spread
    for place in np.argsort(-distance, kind="stable")[:5]:
        index = int(outside[place])
        draft.warnings.append(
            f"{_names([index], description)} = {values[index]:.4g} is outside of the training samples' "
            f"{low[index]:.4g} to {high[index]:.4g}: {distance[place]:.3g} standard deviations from their median"
        )
    if len(outside) > 5:
        draft.warnings.append(f"{len(outside) - 5:,} more values are outside of those of the training samples")


def _checked(values: NDArray[np.float64], description: Description) -> NDArray[np.float32]:
    """Return the values as float32 if the model can take them."""
    # Too large a number becomes infinite, and is reported below.
    with np.errstate(over="ignore"):
        sample = values.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        wrong = np.flatnonzero(~np.isfinite(description.transform.apply(sample[None])[0]))
    if len(wrong):
        where = _names(wrong[:1], description)
        raise DataError(f"{where} = {values[wrong[0]]:g} is out of the range of the model's inputs")
    return sample


def _names(indices: NDArray[np.intp] | list[int], description: Description) -> str:
    names = description.feature_names
    return some([names[index] if names else f"value {int(index) + 1}" for index in indices], 5)
