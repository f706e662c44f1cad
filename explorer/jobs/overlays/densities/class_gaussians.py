"""Class Gaussians: one per class, fitted to the codes of its samples (unlike a posterior, which is one per sample)."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.overlays.grouping import HALF_STRIP, Grouping, why_no_groups
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.latent.density.class_gaussians import FEWEST, ClassGaussian, class_gaussians
from explorer.latent.plane.ellipses import ellipses
from explorer.latent.plane.overlay_parts import Lines, OverlayResult, Part
from explorer.latent.steps import Absent

WIDTHS = {1: 2.0, 2: 1.3}
"""Line widths of the outlines by σ, in pixels."""


@dataclass(frozen=True)
class FitClassGaussians(OverlayQuestion):
    """A question for the Gaussian of each group that the legend shows, fitted to its codes."""

    projected: ProjectedCodes
    grouping: Grouping

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return the outlines at 1 and 2 σ, dash-dotted."""
        groups = self.grouping.groups(self.projected.codes, loaded.description.class_names)
        flat = self.projected.is_strips
        # With one latent dimension y is only the strip of the class, so it takes no part in the fit.
        codes = self.projected.points[:, :1] if flat else self.projected.points
        yield None
        # The fit skips group −1, which hidden samples and samples without a class get here.
        fitted = class_gaussians(codes, np.where(groups.seen, groups.of_rows, -1), len(groups.names))
        parts: list[Part] = []
        missing, singular = [], []
        for name, one in zip(groups.names, fitted, strict=True):
            if isinstance(one, Absent):
                missing.append(name)
                continue
            # A singular Gaussian is still drawn: its outline is a line.
            if one.is_singular:
                singular.append(name)
            parts += _parts(one, len(groups.names), flat=flat)
        words = [f"one per {self.grouping.noun}, at 1 and 2 σ"]
        words += [f"none for {', '.join(missing)}: fewer than {FEWEST} codes"] if missing else []
        words += [f"singular: {', '.join(singular)}, whose codes are on a line"] if singular else []
        known = [one for one in fitted if isinstance(one, ClassGaussian)]
        numbers = {
            "classes": np.array([groups.names[one.group] for one in known], np.str_),
            "counts": np.array([one.count for one in known]),
            "means": np.array([one.mean for one in known]),
            "covariances": np.array([one.covariance for one in known]),
        }
        return OverlayResult(tuple(parts), "; ".join(words), numbers)


def _parts(one: ClassGaussian, count: int, *, flat: bool) -> tuple[Part, ...]:
    """Return the parts of one Gaussian; with one latent dimension, bars in the strip of its class."""
    centre = np.append(one.mean, float(one.group)) if flat else one.mean
    drawn = [ellipses(centre[None], one.covariance[None], sigma, HALF_STRIP) for sigma in WIDTHS]
    return tuple(
        Lines(tuple(found), group=one.group, count=count, width=WIDTHS[sigma], dash_dotted=True, halo=True)
        for sigma, found in zip(WIDTHS, drawn, strict=True)
    )


def _question(scene: Scene) -> OverlayQuestion:
    return FitClassGaussians(scene.run.key, scene.projected, Grouping.of_strips(scene))


CLASS_GAUSSIANS = Overlay(
    "class_gaussians",
    "Class Gaussians",
    "One Gaussian per class, fitted to the codes of its samples (not a posterior: q(z|x) is per sample)",
    why_no_groups,
    _question,
    key="Dash-dotted: a Gaussian per class, 1σ and 2σ",
    things=("Gaussian outline", "Gaussian outlines"),
    term="overlap",
)
