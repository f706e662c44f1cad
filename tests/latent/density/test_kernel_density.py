"""The density of codes against a sum over all kernels, and its contours against the codes that they enclose."""

import numpy as np
import pytest
from scipy.stats import gaussian_kde, multivariate_normal, norm

from explorer.latent.density.kernel_density import FEWEST, SHARES, contours, density_of
from explorer.latent.steps import Absent

RNG = np.random.default_rng(3)


def clusters(count=4000, seed=0):
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(6, 2)) * (4, 2)
    return middles[rng.integers(0, 6, count)] + rng.normal(size=(count, 2)) * (0.5, 0.3)


def inside(lines, points):
    """Return whether points are inside closed lines, by the even-odd rule."""
    odd = np.zeros(len(points), bool)
    for line in lines:
        (x0, y0), (x1, y1) = line[:-1].T, line[1:].T
        x, y = points[:, :1], points[:, 1:]
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= (np.where(crosses, x < x0 + (y - y0) / (y1 - y0) * (x1 - x0), False)).sum(1) % 2 == 1
    return odd


def test_density_on_the_plane_is_the_sum_of_its_kernels():
    codes = clusters()
    found = density_of(codes)
    x, y = found.axes
    columns, rows = RNG.integers(60, 260, (2, 40))
    points = np.column_stack([x[columns], y[rows]])
    kernel = multivariate_normal(cov=np.diag(np.square(found.bandwidth)))
    wanted = np.array([kernel.pdf(point - codes).mean() for point in points])
    np.testing.assert_allclose(found.values[rows, columns], wanted, atol=0.005 * found.values.max())
    assert found.values.sum() * (x[1] - x[0]) * (y[1] - y[0]) == pytest.approx(1, abs=0.01)


def test_density_along_an_axis_is_scipys_of_the_same_width():
    codes = np.concatenate([RNG.normal(size=700), RNG.normal(6, 0.4, 300)])
    found = density_of(codes[:, None])
    (axis,) = found.axes
    wanted = gaussian_kde(codes, found.bandwidth[0] / codes.std(ddof=1))(axis)
    np.testing.assert_allclose(found.values, wanted, atol=0.002 * wanted.max())
    np.testing.assert_allclose(found.at_codes, gaussian_kde(codes, found.bandwidth[0] / codes.std(ddof=1))(codes),
                               atol=0.004 * wanted.max())  # fmt: skip


def test_of_one_normal_the_width_is_near_scotts_and_the_density_near_the_truth():
    codes = RNG.normal(size=(4000, 1)) * 3
    found = density_of(codes)
    assert 0.35 * 3 * 4000**-0.2 <= found.bandwidth[0] <= 1.1 * 3 * 4000**-0.2
    np.testing.assert_allclose(found.values, norm(scale=3).pdf(found.axes[0]), atol=0.012)


def test_clusters_get_a_narrower_kernel_than_scotts_rule_would_give():
    codes = clusters(8000)
    scott = codes.std(axis=0) * 8000 ** (-1 / 6)
    assert (np.array(density_of(codes).bandwidth) < 0.75 * scott).all()


def test_each_contour_encloses_its_share_of_the_codes():
    codes = clusters()
    found = contours(density_of(codes))
    assert [contour.share for contour in found] == list(SHARES)
    assert found[0].level > found[1].level > found[2].level > 0
    for contour in found:
        assert all((line[0] == line[-1]).all() for line in contour.lines), "a contour is open"
        assert inside(contour.lines, codes).mean() == pytest.approx(contour.share, abs=0.01)


def test_contours_of_a_normal_are_circles_at_its_quantiles():
    """Of a normal on the plane, a share s lies within the radius √(−2 ln(1 − s))."""
    codes = np.random.default_rng(1).normal(size=(60_000, 2))
    for contour in contours(density_of(codes)):
        radii = np.linalg.norm(np.concatenate(contour.lines), axis=1)
        assert radii.mean() == pytest.approx(np.sqrt(-2 * np.log(1 - contour.share)), rel=0.03)


def test_a_few_far_codes_neither_widen_the_kernel_nor_are_lost_from_the_count():
    codes = clusters()
    far = np.vstack([codes, [[900.0, -700.0], [-800.0, 900.0]], np.full((3, 2), np.nan)])
    near, found = density_of(codes), density_of(far)
    assert (np.array(found.bandwidth) <= 2 * np.array(near.bandwidth)).all()
    assert len(found.at_codes) == len(codes) + 2
    assert (found.at_codes[-2:] == 0).all()


@pytest.mark.parametrize("codes", [
    np.empty((0, 2)), np.full((50, 2), np.nan), RNG.normal(size=(FEWEST - 1, 2)), np.ones((50, 2)),
    np.column_stack([RNG.normal(size=50), np.full(50, 2.0)]), np.full((50, 1), 3.0),
])  # fmt: skip
def test_a_density_that_does_not_exist_reports_why(codes):
    found = density_of(codes)
    assert isinstance(found, Absent) and found.why


def test_codes_that_repeat_have_a_density_all_the_same():
    """Half of the codes coincide, as rectified codes are: the spread is then the standard deviation's."""
    codes = np.vstack([np.zeros((200, 2)), np.abs(RNG.normal(size=(200, 2)))])
    found = density_of(codes)
    assert np.isfinite(found.values).all() and contours(found)[0].lines
