"""Texts of the tab Vectors, the code that a vector is added to, and the equivalent command. No Qt."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.attribute_vector import NO_CODES, NO_ENCODER
from explorer.session import THE_PROBE, View
from explorer.ui.decode.decode_state import code_text, sample_parts
from explorer.ui.decode.decode_state import fixed as fixed
from explorer.ui.vectors.groups.group_finder import Start

NO_RUN = "Open a run to subtract one group of samples from another."
NO_GROUPS = (
    "Choose two groups: classes, searches such as “width > 3”, or samples that you select on a plane "
    "(Shift+drag) and take as a group."
)
ONE_MORE = "Choose the other group, too."
NO_START = "Click a sample on a plane, or draw one with the dice, to add the vector to it."
NO_PARTS = "Choose a, b and c: samples, groups, or the probe. The result is the decode of a − b + c."
LIVE_MODEL = "A live model of your own program has no folder to keep vectors in"
KEPT_GROUPS = "The groups of a kept vector stay as they are; “Make again” in the menu lets you change them"
NOT_MADE = "Choose two groups first"
NO_VECTOR = "Choose or keep a vector first"


def why_no_codes(run: OpenRun | None) -> str:
    """Return why a run has no groups of samples; "" if it has."""
    if run is None:
        return NO_RUN
    if run.plane is not None and run.plane.drawn:
        return f"{run.name}: {NO_ENCODER}."
    return f"{run.name}: {NO_CODES}." if run.plane is None else ""


def start_of(view: View, run: OpenRun, probe: Start | None) -> Start | None:
    """Return the code that the vector is added to: that of the chosen sample, else the probe's; None without any."""
    chosen = view.arithmetic.sample
    if chosen is None:
        return probe
    z = run.code_of(chosen)
    return None if z is None else Start(z, chosen)


def decoded_class(view: View, run: OpenRun, start: Start | None) -> int | None:
    """Return the class for decoding: the chosen one, else that of the sample; None if the model takes none."""
    known = (
        -1
        if start is None or start.sample is None or run.plane is None
        else run.plane.label_of(run.plane.row_of(start.sample))
    )
    # As the sample is decoded elsewhere: the vector then starts from its own reconstruction.
    if view.condition is None and run.capabilities.condition and known >= 0:
        return known
    return class_of_point(run, view.condition)


def start_words(run: OpenRun, start: Start) -> tuple[str, str]:
    """Return two lines on the code that a vector is added to: "sample 115", and "class 3 · test"."""
    if start.sample is None:
        return "the probe", f"z = ({code_text(start.z)})"
    title, *known = sample_parts(run, start.sample)
    return title, " · ".join(known)


def shown_name(text: str) -> str:
    """Return the displayed name of a group or sample: "sample 5" for ``index 5``, and classes without quotes."""
    # Two quotes exactly: a search of several terms keeps its own.
    if text.startswith('class "') and text.count('"') == 2 and text.endswith('"'):
        return text.replace('"', "")
    index = text.removeprefix("index ")
    return f"sample {index}" if index != text and index.isdecimal() else text


def vector_name(plus: str, minus: str) -> str:
    """Return the name of a vector of two groups."""
    return f"{shown_name(plus)} − {shown_name(minus)}"


def strength_words(run: OpenRun, start: Start, strength: float, name: str) -> str:
    """Return the title of the decode column: "sample 115 + 1.00 × (glasses − no glasses)"."""
    # The sign stands between the terms, so the number has none.
    sign = "−" if strength < 0 else "+"
    return f"{start_words(run, start)[0]} {sign} {fixed(abs(strength))} × ({name})"


@dataclass(frozen=True)
class Applied:
    """Arguments of a command: two searches or the name of a kept vector, and the code."""

    plus: str
    minus: str
    by: str
    kept: str
    start: Start | None


def vector_command(run_folder: str, applied: Applied, condition: str = "") -> str:
    """Return the command that makes and applies the vector again, to the bit: codes have all their digits."""
    # By parts, not as one text: `shlex` quotes the names with spaces.
    words = ["latent-explorer", "vector", run_folder]
    if applied.kept:
        words.append(f"--kept={applied.kept}")
    else:
        words += [f"--plus={applied.plus}", f"--minus={applied.minus}"]
        words += [f"--by={applied.by}"] if applied.by else []
    start = applied.start
    if start is not None:
        words.append(f"--apply={_code(start)}")
    words += [f"--class={condition}"] if condition else []
    return shlex.join([*words, "--out=vector.png"])


def analogy_command(run_folder: str, parts: tuple[str, ...], condition: str = "") -> str:
    """Return the command that decodes a − b + c again."""
    words = ["latent-explorer", "vector", run_folder, f"--analogy={'; '.join(parts)}"]
    words += [f"--class={condition}"] if condition else []
    return shlex.join([*words, "--out=analogy.png"])


def _code(start: Start) -> str:
    return ",".join(map(repr, start.z)) if start.sample is None else str(start.sample)


def part_search(text: str, probe: Start | None, searches: Mapping[str, str]) -> str:
    """Return the search, or the code, that stands for a part of a − b + c on the command line."""
    if text == THE_PROBE and probe is not None:
        return _code(probe)
    return searches.get(text, text)
