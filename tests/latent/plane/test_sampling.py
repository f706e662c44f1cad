import numpy as np

from explorer.latent.plane.sampling import spread_rows

RNG = np.random.default_rng(2)
CROWD = np.vstack([RNG.normal(size=(5000, 2)) * 0.05, RNG.uniform(-2, 2, (300, 2))])
ALL = np.arange(len(CROWD))


def test_few_are_all_taken():
    assert spread_rows(CROWD, np.array([7, 3, 90]), 16, 3).tolist() == [3, 7, 90]


def test_a_dense_cluster_does_not_displace_the_other_points():
    chosen = spread_rows(CROWD, ALL, 16, 200)
    assert len(chosen) == len(set(chosen)) == 200
    assert (chosen >= 5000).sum() > 100, "16 of 17 points are in one cluster, but most of the chosen ones are not"


def test_panning_keeps_the_chosen_rows_and_zooming_in_adds_to_them():
    def in_sight(middle, half):
        return np.flatnonzero((np.abs(CROWD - middle) < half).all(axis=1))

    first = spread_rows(CROWD, in_sight((0, 0), 1.5), 9, 200)
    moved = spread_rows(CROWD, in_sight((0.1, 0), 1.5), 9, 200)
    assert len(np.intersect1d(first, moved)) > 150
    closer_sees = in_sight((0, 0), 0.7)
    closer = spread_rows(CROWD, closer_sees, 1.96, 200)
    kept = np.intersect1d(first, closer_sees)
    assert np.isin(kept, closer).mean() > 0.9
    assert len(closer) == 200 > len(kept)


def test_every_cell_gives_a_row_before_any_gives_two():
    lattice = np.stack(np.meshgrid(np.arange(16.0), np.arange(16.0)), -1).reshape(-1, 2) + 0.5
    doubled = np.vstack([lattice, lattice + 0.1])
    chosen = spread_rows(doubled, np.arange(512), 256.0, 256)
    assert len(np.unique(np.floor(doubled[chosen]), axis=0)) == 256
