"""The sample with two humps: its regions, its q between them, and the gap."""

import numpy as np
import pytest

from explorer.jobs.reports.two_humps import find_two_humps


def test_the_posterior_has_two_humps_and_q_lies_between_them() -> None:
    found = find_two_humps()
    assert (found.run, found.sample) == ("digits-vae", 2)
    assert found.picture.shape == (8, 8) and found.picture.min() == 0 and found.picture.max() == 1
    # The region with 86 % of the mass is in two parts.
    humps = [outline.mean(0) for outline in found.regions[1]]
    assert len(humps) == 2
    centre = found.q_ellipses[0][:-1].mean(0)
    assert np.linalg.norm(centre - np.mean(humps, axis=0)) < np.linalg.norm(humps[0] - humps[1]) / 4
    assert found.gap == pytest.approx(9.15, abs=0.02)
