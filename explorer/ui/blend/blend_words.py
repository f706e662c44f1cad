"""Texts of the blend panel, the blend that it shows, and the command that reproduces it. No Qt."""

import shlex
from collections.abc import Sequence

from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.blends.blend import LATENT_UNITS, BlendComparison, NearestSample
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent
from explorer.rendering.drawing import number
from explorer.session import MAX_PINS, Blend, KeptBlend, View, Waypoint
from explorer.ui.decode.decode_state import code_text, joined, sample_parts, why_no_decode

NO_RUN = "Open a run to blend its samples."
NO_PINS = (
    "Pin two to eight samples to mix them: press P over a point, right-click it, or drag selected samples here. "
    "The blend is the decode of the weighted mean of their codes."
)
NO_CODES = "{name} has no codes of samples. Pin two to eight points of its plane: right-click a point, or press P."
RUN_CLOSED = "The run of this blend is not open. Open it again, or remove all pins."
OTHER_CODES = "The pins are codes of another size than those of {name}. Remove all pins."
ONE_PIN = "Pin one more sample to blend it with."
NO_BLEND = "Pin two samples first"
MAX_NAME = 40
"""Maximum number of characters of a kept blend's name."""


CUT_LETTERS = (24, 14, 6)
"""Numbers of letters to which a long name beside a slider is cut."""


def pin_parts(run: OpenRun, pin: Waypoint) -> tuple[str, ...]:
    """Return the details of a pin: class, title and split of a sample, or the numbers of a code."""
    if pin.sample is None:
        return "a code", f"z = ({code_text(pin.z)})"
    title, *known = sample_parts(run, pin.sample)
    # Class first, as it distinguishes the pins; the split alone does not.
    has_class = bool(known) and known[0].startswith("class ")
    return (_brief_class(known[0]), title, *known[1:]) if has_class else (title, *known)


def _brief_class(text: str) -> str:
    """Return "class 5" as it is, but "person 39" without "class", since the name says what it is."""
    name = text.removeprefix("class ")
    return name if any(letter.isalpha() for letter in name) else text


def pin_forms(run: OpenRun, pin: Waypoint) -> tuple[str, ...]:
    """Return the text of a pin, the longest form first: "class 5 · sample 390 · train"."""
    parts = pin_parts(run, pin)
    # Names of classes have any length, and the narrowest row has room for a few letters.
    cut = (f"{parts[0][: letters - 1]}…" for letters in CUT_LETTERS if letters < len(parts[0]))
    return (*(joined(*parts[:count]) for count in range(len(parts), 0, -1)), *cut)


def weight_text(weight: float, digits: int = 2) -> str:
    """Return a weight without trailing zeros, such as "0.5"; a small one that is not 0 is not written as 0."""
    if 0 < weight < 0.5 * 10**-digits:
        return f"<{10**-digits:g}"
    # Zeros first, then the point: "1.00" becomes "1", and "0.50" becomes "0.5".
    return f"{weight:.{digits}f}".rstrip("0").rstrip(".")


def sum_forms(weights: Sequence[float]) -> tuple[str, ...]:
    """Return the weighted mean in words, the longest form first: "decoded from 0.5 A + 0.3 B + 0.2 C"."""
    used = [(waypoint_name(index), weight) for index, weight in enumerate(weights) if weight > 0]
    terms = [name if weight == 1 else f"{weight_text(weight)} {name}" for name, weight in used]
    whole = " + ".join(terms)
    return f"decoded from {whole}", whole, f"{len(used)} of {len(weights)} pins", ""


def error_forms(comparison: BlendComparison) -> tuple[str, ...]:
    """Return the off-manifold error of a blend in words, the longest form first."""
    error = comparison.off_manifold
    if isinstance(error, Absent):
        return f"Off-manifold error not defined: {error.why}", "Off-manifold error not defined"
    value = number(error, 3)
    return f"Off-manifold error {value} latent units", f"Off-manifold error {value}", f"error {value}"


def code_forms(comparison: BlendComparison) -> tuple[str, ...]:
    """Return how near the nearest code is, the longest form first."""
    nearest = comparison.nearest
    if isinstance(nearest, Absent):
        return f"Nearest code not defined: {nearest.why}", "Nearest code not defined"
    value = number(nearest.distance, 3)
    if nearest.unit != LATENT_UNITS:
        return (
            f"Nearest sample {value} from the decode, in {nearest.unit}",
            f"Nearest sample {value} {nearest.unit}",
            f"nearest {value}",
        )
    return f"Nearest code {value} latent units away", f"Nearest code {value} away", f"nearest {value}"


def data_words(comparison: BlendComparison) -> tuple[str, bool]:
    """Return "near data" or "far from data", and whether it is near; "" if that is not known."""
    nearest = comparison.nearest
    if isinstance(nearest, Absent) or isinstance(nearest.near_data, Absent):
        return "", True
    return ("near data", True) if nearest.near_data else ("far from data", False)


def average_lines(comparison: BlendComparison) -> tuple[str, str]:
    """Return the name of the distance from the blend to the average, and its value; or that there is none."""
    length = comparison.distance
    if isinstance(length, Absent):
        # The reason is shown in place of the picture.
        return "Not defined", ""
    return "L2 to blend", number(length.value, 3)


def average_tip(comparison: BlendComparison, description: Description) -> str:
    """Return the tooltip of the average."""
    what = "the pictures, pixel by pixel" if description.kind == "image" else "the samples"
    length = comparison.distance
    unit = "" if isinstance(length, Absent) else f" L2 to blend: Euclidean distance to the decode, in {length.unit}."
    return f"The weighted average of {what}.{unit} {comparison.average_note}".strip()


def nearest_lines(nearest: NearestSample, description: Description) -> tuple[str, ...]:
    """Describe the nearest real sample, line by line; the first line says whether it is pinned."""
    name = description.class_name(nearest.class_index)
    return (
        f"pinned: {nearest.pinned_as}" if nearest.pinned_as else "not pinned",
        _brief_class(f"class {name}") if name else "",
        description.sample_title(nearest.sample) if description.sample_names else f"sample {nearest.sample}",
        nearest.split,
    )


def why_not_shown(view: View, run: OpenRun | None) -> str:
    """Return why there is no blend to show, and what to do; "" if there is one."""
    blend = view.blend
    if why := why_no_decode(run):
        return why
    if blend is None:
        if run is None:
            return NO_RUN
        drawn = run.plane is not None and run.plane.drawn
        return NO_CODES.format(name=run.name) if drawn else NO_PINS
    if run is None:
        return RUN_CLOSED
    # A run trained again under the same name may have another latent dimension.
    return OTHER_CODES.format(name=run.name) if len(blend.pins[0].z) != run.latent_dim else ""


def kept_of(view: View, key: str) -> tuple[KeptBlend, ...]:
    """Return the kept blends of a run."""
    return tuple(kept for kept in view.kept_blends if kept.blend.run == key)


def next_name(kept: Sequence[KeptBlend]) -> str:
    """Return a name for the next kept blend: "blend 6"."""
    used = {one.name for one in kept}
    return next(name for count in range(1, len(kept) + 2) if (name := f"blend {count}") not in used)


def weights_forms(weights: Sequence[float]) -> tuple[str, ...]:
    """Return weights side by side, such as "0.5 0.3 0.2", and shorter forms of them."""
    exact, rounded = (" ".join(weight_text(weight, digits) for weight in weights) for digits in (2, 1))
    return exact, rounded, f"{len(weights)} pins"


def count_text(blend: Blend | None) -> str:
    """Return how many pins there are: "3 of 8"."""
    return f"{0 if blend is None else len(blend.pins)} of {MAX_PINS}"


def blend_command(blend: Blend, run: OpenRun, condition: str = "") -> str:
    """Return the command that reproduces a blend, to the bit: codes and weights are written with all their digits.

    Parameters
    ----------
    condition
        The name of the decoded class for a conditional model, or "".
    """
    words = ["latent-explorer", "blend", blend.run]
    words += [f"--pin={_pin_text(pin, run)}" for pin in blend.pins]
    words.append(f"--shares={','.join(map(repr, blend.weights))}")
    words += [f"--class={condition}"] if condition else []
    return shlex.join([*words, "--out=blend.png"])


def _pin_text(pin: Waypoint, run: OpenRun) -> str:
    # After more training, a sample has another code than the one that was pinned.
    is_current = pin.sample is not None and run.code_of(pin.sample) == pin.z
    # A single whole number would be the index of a sample; a float is written with a point.
    return str(pin.sample) if is_current else ",".join(map(repr, pin.z))
