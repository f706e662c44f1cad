"""Samples that are not in the data of a run: sheets of draws, and the user's own input."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.api.loaded_run import LoadedRun
from explorer.config import ConfigError
from explorer.data.own_input.fitting import AUTOMATIC
from explorer.data.own_input.input_files import file_source
from explorer.data.own_input.sources import InputSource, NumbersSource, RowSource, row_source
from explorer.jobs.queries.own_input_questions import EncodeInput
from explorer.jobs.queries.sample_questions import DrawSamples
from explorer.jobs.questions import Question
from explorer.latent.codes.draw_sheet import SheetDraws, SheetRequest, codes_of_source
from explorer.latent.codes.draws import CodeSource
from explorer.latent.codes.encode_input import EncodedInput
from explorer.latent.steps import Absent


def draw_sheet(loaded: LoadedRun, request: SheetRequest | None = None) -> SheetDraws:
    """Decode random codes of a run, and find the training sample nearest to each decode.

    Parameters
    ----------
    request
        Where the codes come from, how many there are, and their seed; by default 25 draws as by `LoadedRun.draws`.

    Raises
    ------
    ConfigError
        If the source is not defined for the run, or classes are given for a model that takes none.
    """
    wanted = request or SheetRequest()
    for chosen in wanted.classes[:1]:
        loaded.class_to_decode(chosen)  # raises for a model that takes no class
    # Load the data first: the question compares with it only if it is loaded.
    loaded.dataset()
    z, words = codes_of_source(_source(loaded, wanted), wanted)
    codes = tuple(tuple(map(float, code)) for code in z)
    sheet: SheetDraws = _asked(loaded, DrawSamples(str(loaded.path), wanted, codes, words))
    return sheet


def encode_input(
    loaded: LoadedRun,
    source: InputSource,
    choices: Mapping[str, bool] = AUTOMATIC,
    condition: str | int | None = None,
) -> EncodedInput:
    """Fit an input to the data of a run, encode it, and compare it with the samples.

    Parameters
    ----------
    source
        A picture, a row, numbers or a text; see `read_input` and `explorer.data.own_input`.
    choices
        Whether to do each named step of the fitting; all other steps are chosen automatically.
    condition
        The class of the input, by name or index, for a conditional model; None for unknown.

    Raises
    ------
    ConfigError
        If the input does not fit the data, the model has no encoder, or a step or class is unknown.
    """
    loaded.need_encoder()
    chosen = loaded.class_to_decode(condition)
    # Load the data first: the question compares with it only if it is loaded.
    loaded.dataset()
    question = EncodeInput(str(loaded.path), source, tuple(choices.items()), chosen)
    encoded: EncodedInput = _asked(loaded, question)
    return encoded


def read_input(loaded: LoadedRun, path: str | Path) -> InputSource:
    """Read a file in the form of the run's data: a picture, a text, or numbers.

    Raises
    ------
    DataError
        If the file cannot be read in this form.
    """
    return file_source(Path(path), loaded.description)


def read_row(loaded: LoadedRun, text: str) -> RowSource | NumbersSource:
    """Parse a row such as "width=3,colour=red"; missing values are filled as when the run's data was imported.

    Raises
    ------
    DataError
        If a part is neither NAME=VALUE nor a number.
    """
    # Fill missing values as the run did, not as the current settings would.
    data = loaded.config.data
    return row_source(text, data.missing, data.missing_value)


def _source(loaded: LoadedRun, request: SheetRequest) -> CodeSource:
    source = loaded.code_source
    # The source of a run with a prior holds no codes, but a range needs them.
    if request.source != "range" or source.codes is not None:
        return source
    codes = loaded.latents or loaded.encode_dataset()
    return replace(source, codes=codes.mean)


def _asked(loaded: LoadedRun, question: Question) -> Any:
    found = loaded.ask(question)
    if isinstance(found, Absent):
        raise ConfigError(found.why if found.why.startswith(loaded.description.name) else f"{loaded.name}: {found.why}")
    return found
