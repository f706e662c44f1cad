"""A counterfactual in sentences and as JSON, for the window and the command line."""

from typing import Any

from explorer.data.dataset import Description
from explorer.latent.counterfactuals.counterfactual import Counterfactual
from explorer.latent.steps import Absent


def sentences(found: Counterfactual, description: Description) -> tuple[str, ...]:
    """Return what was found, in sentences: the classes, the distance, and the comparison with other samples."""
    before, after = (class_text(description, one) for one in (found.from_class, found.to_class))
    result = [
        f"Its decode is predicted as {before}; at {found.distance:.3g} latent units it becomes {after} "
        f"(t = {found.turn:.3f})."
    ]
    # The model may not reproduce the class of the sample, which would make "from" a surprise.
    if found.own_class >= 0 and found.own_class != found.from_class:
        result.append(f"Its own class is {class_text(description, found.own_class)}.")
    result.append(f"The nearest sample predicted as {after} is {found.nearest_distance:.3g} latent units away.")
    compared = found.comparison
    if isinstance(compared, Absent):
        result.append(f"No comparison with other samples: {compared.why}.")
    else:
        result.append(
            f"Along straight lines, this change is shorter than that of {100 * compared.nearer_than:.0f} % of the "
            f"{len(compared.others)} other samples predicted as {before}."
        )
    result.append(f"How classes are predicted: {found.predicted_by}.")
    return tuple(result)


def counterfactual_json(found: Counterfactual, description: Description) -> dict[str, Any]:
    """Return a counterfactual as plain JSON values, without pictures."""
    compared = found.comparison
    comparison: dict[str, Any] = {"nearer_than": None, "compared": 0, "not_defined": {}}
    if isinstance(compared, Absent):
        comparison["not_defined"] = {"nearer_than": compared.why}
    else:
        comparison |= {"nearer_than": compared.nearer_than, "compared": len(compared.others)}
    return {
        "sample": found.sample,
        "own_class": class_text(description, found.own_class) or None,
        "from_class": class_text(description, found.from_class),
        "to_class": class_text(description, found.to_class),
        "predicted_by": found.predicted_by,
        "z": found.start.tolist(),
        "counterfactual_z": found.code.tolist(),
        "distance": found.distance,
        # Beside the code that was found, so that a reader sees whether a real sample is as near.
        "nearest_sample": found.nearest,
        "nearest_distance": found.nearest_distance,
        "turn": found.turn,
        # Ready for --through of the command path, which draws the same line with measures.
        "waypoints": [list(one) for one in found.waypoints],
        **comparison,
    }


def class_text(description: Description, label: int) -> str:
    """Return the name of a class, its number if it has no name, and "" if it is unknown."""
    return description.class_name(label) or ("" if label < 0 else str(label))
