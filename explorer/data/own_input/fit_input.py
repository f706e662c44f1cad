"""Fits an input of the user to the data of a run, or says why it does not fit."""

from explorer.data.dataset import DataError, Dataset, Description
from explorer.data.own_input.fitting import AUTOMATIC, Choices, FittedInput
from explorer.data.own_input.picture_fitting import fit_picture
from explorer.data.own_input.picture_style import style_of
from explorer.data.own_input.row_input import columns_of, fit_numbers, fit_row, why_no_numbers
from explorer.data.own_input.sources import InputSource, NumbersSource, PictureSource, RowSource, TextSource
from explorer.data.own_input.text_input import fit_text
from explorer.data.report import some

_INPUTS = {PictureSource: "a picture", RowSource: "a row of a table", NumbersSource: "numbers", TextSource: "a text"}


def why_no_fit(source: InputSource, description: Description) -> str:
    """Return why an input cannot be a sample of a data set, in one sentence; "" if it can.

    A picture fits all pictures in grey or colour, a text all texts. A row fits tables with its columns, and numbers fit
    vectors of as many features, and signals of any length.
    """
    samples = {"image": "pictures", "vector": "rows of numbers", "text": "texts"}[description.kind]
    wanted = {PictureSource: "image", RowSource: "vector", NumbersSource: "vector", TextSource: "text"}[type(source)]
    if description.kind != wanted:
        return f"{description.name}: its samples are {samples}, and the input is {_INPUTS[type(source)]}"
    if isinstance(source, PictureSource) and description.shape[0] not in (1, 3):
        return f"{description.name}: its pictures have {description.shape[0]} channels, not 1 (grey) or 3 (colour)"
    if isinstance(source, NumbersSource):
        return why_no_numbers(len(source.values), description)
    if isinstance(source, RowSource):
        known = {name.lower() for name in columns_of(description)}
        if not known:
            return f"{description.name}: its features have no names; write numbers in their order"
        # Names are compared without case, as in `fit_row`.
        lacking = [name for name, _ in source.cells if name.lower() not in known]
        return f"{description.name}: it has no column {some(lacking)}" if lacking else ""
    return ""


def fit_input(
    source: InputSource, description: Description, dataset: Dataset | None, choices: Choices = AUTOMATIC
) -> FittedInput:
    """Return an input as a sample of a data set, with the steps of the fitting.

    Parameters
    ----------
    dataset
        The data; None if it is not loaded: steps that are chosen by the data are then left out.
    choices
        Steps to do or to leave out, by name.

    Raises
    ------
    DataError
        If the input does not fit; the message says why.
    ConfigError
        If there is no such step, or it cannot be chosen.
    """
    # Rows of a table are left to `fit_row`, whose error suggests a similar column.
    is_row = isinstance(source, RowSource) and description.kind == "vector"
    if not is_row and (why := why_no_fit(source, description)):
        raise DataError(why)
    if isinstance(source, PictureSource):
        return fit_picture(source, description, None if dataset is None else style_of(dataset), choices)
    if isinstance(source, NumbersSource):
        return fit_numbers(source, description, dataset, choices)
    if isinstance(source, RowSource):
        return fit_row(source, description, dataset)
    return fit_text(source, description, dataset)
