"""Texts of the traversal panel, and the code that its rows go through. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.jobs.plane.scene import class_of_code
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import TraversalRow
from explorer.session import View
from explorer.ui.decode.decode_state import code_text, joined, sample_text

SPANS = {
    "prior": ("±3σ of the prior", "Rows of latent dimensions span ±3σ of the standard normal prior"),
    "codes": ("99 % of the codes", "Rows of latent dimensions span the central 99 % of the codes"),
}
ORDERS = {
    "kl": ("Order: KL ↓", "The dimensions with the largest KL first"),
    "index": ("Order: index", "z₁, z₂, z₃ and so on"),
    "change": ("Order: change ↓", "The dimensions that change the decode most first"),
}
DIFFERENCES = {
    "none": ("Difference: none", "Show decodes only"),
    "row": ("Difference: one row", "Below the chosen row, show each decode minus that of the probe"),
    "all": ("Difference: all rows", "Below each row, show each decode minus that of the probe"),
}
"""Choices of the head by the values of `explorer.session.Traversal`, each with its text and a tooltip."""
SECTIONS: tuple[Section, ...] = ("dimensions", "local", "principal", "vectors")
"""The sections from top to bottom."""
TITLES: dict[Section, str] = {
    "dimensions": "Dimension",
    "local": "Local principal directions",
    "principal": "Principal directions",
    "vectors": "Attribute vectors",
}
NO_RUN = "Open a run to see what its latent dimensions do."
NO_PROBE = "Click a point on the plane of {name} first: each row goes through the probe."
OTHER_RUN = "The probe is in {other}. Click a point on the plane of {name}."
LIVE_MODEL = "A live model of your own program has no folder to keep names in"
NOT_A_DIMENSION = "Only latent dimensions can be named"
ADD_NAME, ADD_NAME_BRIEF = "add a name", "name …"


@dataclass(frozen=True)
class Centre:
    """The code in the middle of all rows.

    Attributes
    ----------
    sample
        The sample whose code it is; None for a point.
    condition
        The class for a conditional model; None for all others.
    """

    run: OpenRun
    z: tuple[float, ...]
    sample: int | None = None
    condition: int | None = None

    @property
    def class_name(self) -> str:
        """The name of the class for a conditional model, or ""."""
        return "" if self.condition is None else self.run.description.class_names[self.condition]

    @property
    def words(self) -> str:
        """Name of the code: "sample 9805 · class 5 · test", or its numbers."""
        return f"z = ({code_text(self.z)})" if self.sample is None else sample_text(self.run, self.sample)


def centre_of(view: View, runs: Mapping[str, OpenRun]) -> Centre | str:
    """Return the code that the rows of the active run go through, or a sentence on why there is none.

    A sample that is probed in another run of the same data has a code here, too.
    """
    run, probe = runs.get(view.active_run or ""), view.probe
    if run is None:
        return NO_RUN
    if probe is None:
        return NO_PROBE.format(name=run.name)
    own = runs.get(probe.run)
    # By fingerprint: the same sample has the same index only in the same data.
    same_data = own is not None and own.description.fingerprint == run.description.fingerprint
    # A run without an encoder shows draws: the index of a sample is no row of its plane.
    drawn = run.plane is not None and run.plane.drawn
    if probe.sample is not None and same_data and not drawn and (z := run.code_of(probe.sample)) is not None:
        return Centre(run, z, probe.sample, class_of_code(run, view.condition, probe.sample))
    # A run trained again under the same name may have another latent dimension.
    if probe.run == run.key and len(probe.z) == run.latent_dim:
        return Centre(run, probe.z, probe.sample, class_of_code(run, view.condition, probe.sample))
    return OTHER_RUN.format(other=Path(probe.run).name if own is None else own.name, name=run.name)


def title_forms(centre: Centre) -> tuple[str, ...]:
    """Return the title of the panel, the longest form first."""
    return f"{centre.run.name} around the probe", centre.run.name, "Around the probe"


def cell_words(row: TraversalRow, step: int) -> str:
    """Return the tooltip of a cell."""
    value = row.value_text(step)
    return f"{value}, the probe" if step == row.centre else f"{value}. Click to move the probe there."


def name_tip(row: TraversalRow, name: str, why_not: str) -> str:
    """Return the tooltip of the name of a row; ``why_not`` says why it cannot be named, or is ""."""
    direction = row.direction
    known = joined(name or direction.words, "" if direction.factor is None else direction.factor.words)
    advice = why_not or "Double-click or press F2 to name it"
    return f"{known}. {advice}." if known else f"{advice}."


def short_words(words: str) -> str:
    """Return a short description of a direction: "z₁, z₅" of "mostly z₁ and z₅"."""
    return words.removeprefix("mostly ").replace(" and ", ", ")


def dimension_of(key: str) -> int | None:
    """Return the index of the latent dimension that a key such as "z6" names; None for other directions."""
    number = key.removeprefix("z")
    return int(number) - 1 if key != number and number.isdecimal() else None
