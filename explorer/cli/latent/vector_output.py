"""The output of the command ``vector``: figures, animations, arrays, tables, text and JSON."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer
from numpy.typing import NDArray

from explorer.cli.latent.code_text import frames_of
from explorer.cli.latent.options import FILMS
from explorer.cli.output import print_json, print_rows
from explorer.config import ConfigError
from explorer.latent.directions.applied_vector import Analogy, AppliedVector, NearestCodes
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.directions.vector_verdict import certainty_rows, verdict_on
from explorer.latent.steps import Absent

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.jobs.queries.vector_questions import GroupMembers


@dataclass(frozen=True, eq=False)
class VectorOutput:
    """A vector and the results of its uses.

    Attributes
    ----------
    name, values
        Name of the vector, and its ``(latent_dim,)`` numbers.
    vector, groups
        The vector with its certainty and its groups; None for one that was kept or imported.
    figures
        Figures of certainty by name.
    applied, applied_to
        The decodes along the vector, and the name of the code that it is added to.
    carried
        Name of another run, and the vector of the same groups there.
    note
        How the current weights differ from those of a kept vector.
    """

    loaded: "LoadedRun"
    name: str
    values: NDArray[np.float64]
    vector: AttributeVector | None
    groups: "tuple[GroupMembers, GroupMembers] | None"
    figures: dict[str, float]
    applied: AppliedVector | None = None
    applied_to: str = ""
    carried: tuple[str, AttributeVector] | None = None
    note: str = ""


def print_vector(output: VectorOutput, out: Path | None, as_json: bool) -> None:
    """Print a vector with its certainty, as text or JSON."""
    if output.note:
        # Standard error keeps standard output clean for --json.
        typer.echo(f"note: {output.note}", err=True)
    if as_json:
        print_json(_json_of(output, out))
        return
    if out is not None:
        typer.echo(f"{out}: {output.name}")
    else:
        typer.echo(output.name)
    if output.vector is None:
        print_rows([(name, f"{value:.4g}") for name, value in output.figures.items()])
    else:
        _print_certainty(output.vector)
    if output.carried is not None:
        run, vector = output.carried
        typer.echo(f"\nThe same groups in {run}:")
        _print_certainty(vector)
    if output.applied is not None and isinstance(output.applied.nearest, NearestCodes):
        far = output.applied.strengths[output.applied.nearest.no_data]
        where = ", ".join(f"{one:g}" for one in far).replace("-", "−")
        words = f"no data at strength {where}" if where else "near data throughout"
        typer.echo(f"{output.applied_to}: {words} (limit {output.applied.nearest.typical:.3g} latent units)")


def _print_certainty(vector: AttributeVector) -> None:
    print_rows(certainty_rows(vector))
    verdict = verdict_on(vector)
    for line in (verdict.text, *verdict.notes):
        typer.echo(line)


def _json_of(output: VectorOutput, out: Path | None) -> dict[str, Any]:
    value: dict[str, Any] = {} if out is None else {"out": str(out)}
    value |= {"vector": output.name, "values": output.values.tolist(), **output.figures}
    if output.vector is not None:
        value |= _certainty_json(output.vector)
    if output.applied is not None:
        value["applied"] = _applied_json(output.applied, output.applied_to)
    if output.carried is not None:
        from explorer.jobs.runs.carried_vectors import figures_of

        run, vector = output.carried
        value["other"] = {"run": run, "values": vector.values.tolist(), **figures_of(vector), **_certainty_json(vector)}
    return value


def _certainty_json(vector: AttributeVector) -> dict[str, Any]:
    verdict = verdict_on(vector)
    return {
        "plus": {"name": vector.plus.name, "samples": len(vector.plus.samples)},
        "minus": {"name": vector.minus.name, "samples": len(vector.minus.samples)},
        "by": vector.by,
        "overlap": vector.overlap,
        "weak": verdict.weak,
        "verdict": verdict.text,
        "notes": list(verdict.notes),
    }


def _applied_json(applied: AppliedVector, to: str) -> dict[str, Any]:
    value: dict[str, Any] = {"to": to, "strengths": applied.strengths.tolist(), "z": applied.codes.tolist()}
    nearest = applied.nearest
    if isinstance(nearest, Absent):
        return value | {"not_defined": nearest.why}
    return value | {
        "nearest": nearest.samples.tolist(),
        "distances": nearest.distances.tolist(),
        # JSON has no NaN.
        "typical_distance": nearest.typical if np.isfinite(nearest.typical) else None,
        "no_data": nearest.no_data.tolist(),
    }


def write_vector(output: VectorOutput, out: Path, suffix: str, size: int, dark: bool) -> None:
    """Write a vector to a file, in the form that its suffix says.

    Raises
    ------
    ConfigError
        If an animation or a figure has nothing to show.
    """
    if suffix == ".npz":
        from explorer.export.vectors import save_vector_arrays

        save_vector_arrays(out, output.values, output.vector, output.applied)
    elif suffix == ".csv":
        from explorer.export.vectors import save_vector_table

        save_vector_table(out, output.vector, output.applied)
    elif suffix in FILMS:
        from explorer.export.pictures import save_film

        if output.applied is None:
            raise ConfigError(f"--out with {suffix} needs --apply with a sample's index or a code")
        save_film(out, frames_of(output.loaded, output.applied.decodes, size, dark=dark))
    else:
        _save_figure(output, out, size, dark)


def _save_figure(output: VectorOutput, out: Path, size: int, dark: bool) -> None:
    from explorer.plot.decodes.sheets import new_sheet, sheet_of
    from explorer.plot.decodes.vector_figure import VectorContents, new_vector_figure
    from explorer.plot.figures import save_figure

    loaded = output.loaded
    if output.vector is not None and output.groups is not None:
        dataset = loaded.dataset()  # for the mean samples
        plus, minus = (loaded.vectors.summarize(group, output.vector.by) for group in output.groups)
        members = (dataset.rows(np.array(plus.shown)), dataset.rows(np.array(minus.shown)))
        contents = VectorContents(
            output.vector, (plus, minus), loaded.description, output.name, members, output.applied, output.applied_to
        )
        save_figure(out, new_vector_figure(contents, dark=dark))
        return
    if output.applied is None:
        raise ConfigError("a figure of a kept vector needs --apply with a sample's index or a code")
    # Python writes a hyphen, which is too short for a minus sign.
    captions = [f"{strength:g}".replace("-", "−") for strength in output.applied.strengths]
    sheet = sheet_of(output.applied.decodes, loaded.description, size, captions=captions, columns=len(captions))
    save_figure(out, new_sheet(sheet, dark=dark))


def write_analogy(loaded: "LoadedRun", analogy: Analogy, names: list[str], out: Path, size: int, dark: bool) -> None:
    """Write the decodes of a, b, c and a − b + c with the nearest real sample, or their arrays."""
    nearest = analogy.nearest
    if out.suffix.lower() == ".npz":
        from explorer.export.arrays import save_arrays

        arrays: dict[str, Any] = {"z": analogy.code, "decode": analogy.decode, "decodes": analogy.decodes}
        if isinstance(nearest, NearestCodes):
            arrays |= {"nearest": nearest.samples, "distances": nearest.distances}
        save_arrays(out, arrays)
        return
    from explorer.plot.decodes.sheets import new_sheet, sheet_of
    from explorer.plot.figures import save_figure

    # Longer captions would run into their neighbours.
    a, b, c = (name if len(name) <= 14 else f"{name[:13]}…" for name in names)
    pictures, captions = [*analogy.decodes, analogy.decode], [a, f"− {b}", f"+ {c}", "= decode"]
    if isinstance(nearest, NearestCodes):
        pictures.append(loaded.dataset().rows(nearest.samples[:1])[0])
        captions.append(f"nearest: {nearest.samples[0]}")
    sheet = sheet_of(pictures, loaded.description, size, captions=captions, columns=len(pictures))
    save_figure(out, new_sheet(sheet, dark=dark))


def print_analogy(analogy: Analogy, names: list[str], out: Path | None, as_json: bool) -> None:
    """Print a − b + c with the nearest real sample, as text or JSON."""
    nearest, words = analogy.nearest, f"{names[0]} − {names[1]} + {names[2]}"
    if as_json:
        value: dict[str, Any] = {} if out is None else {"out": str(out)}
        value |= {"analogy": names, "z": analogy.code.tolist()}
        if isinstance(nearest, NearestCodes):
            value |= {
                "nearest": int(nearest.samples[0]),
                "distance": float(nearest.distances[0]),
                "no_data": bool(nearest.no_data[0]),
                "nearest_is_of": analogy.in_group or None,
            }
        print_json(value)
        return
    if isinstance(nearest, Absent):
        typer.echo(f"{words}: {nearest.why}")
        return
    part = f", which is part of {analogy.in_group}" if analogy.in_group else ""
    far = "; no data here" if nearest.no_data[0] else ""
    typer.echo(f"{words}: nearest is sample {nearest.samples[0]}{part}, {nearest.distances[0]:.3g} latent units{far}")
