"""The command line that encodes an input of the window again. No Qt."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from explorer.data.own_input.sources import InputSource, NumbersSource, PictureSource, RowSource, TextSource

NO_FILE = "save the picture first, so that the command can read it"


def encode_command(
    run_folder: str, source: InputSource, path: Path | None, choices: Mapping[str, bool], condition: str = ""
) -> str:
    """Return the command that encodes an input; "" for a picture without a file.

    Parameters
    ----------
    choices
        Steps of the fitting that the user switched on or off.
    condition
        The name of the class of the input for a conditional model, or "".
    """
    words = ["latent-explorer", "encode", run_folder]
    if path is not None:
        words.append(f"--file={path}")
    # A drawing cannot be written on a command line.
    elif isinstance(source, PictureSource):
        return ""
    elif isinstance(source, TextSource):
        words.append(f"--text={source.text}")
    elif isinstance(source, NumbersSource):
        # By `repr`, which has all digits: the code is then the same to the bit.
        words.append(f"--row={','.join(map(repr, source.values))}")
    elif isinstance(source, RowSource):
        words.append(f"--row={','.join(f'{name}={_quoted(text)}' for name, text in source.cells)}")
    words += [f"--{'do' if on else 'no'}={step}" for step, on in choices.items()]
    words += [f"--class={condition}"] if condition else []
    return shlex.join(words)


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text or "=" in text else text
