"""Attribute vectors: their figures against brute force and simulations, planted directions, and notes."""

from typing import Any

import numpy as np
import pytest
import torch
from job_cases import loaded_model, pictures
from plane_cases import codes_of

from explorer.config import MODEL_CONFIGS, DataConfig
from explorer.data import catalog as datasets
from explorer.data.builtin.cartoon_faces import _draw_factors, _grey, draw_faces
from explorer.data.dataset import Column, Dataset
from explorer.jobs.queries.vector_questions import ApplyVector, FindAnalogy, GroupMembers, MakeVector
from explorer.latent.codes.embedding import embed
from explorer.latent.directions import vector_certainty
from explorer.latent.directions.attribute_vector import AttributeVector, angle_histogram, make_vector
from explorer.latent.directions.vector_certainty import bootstrap_angles, sums_by_unit
from explorer.latent.directions.vector_verdict import certainty_rows, verdict_on
from explorer.latent.groups.members import Units
from explorer.latent.steps import Absent, at_once
from explorer.models import catalog
from explorer.models.latent_model import LatentModel

RNG = np.random.default_rng(0)
CODES = RNG.standard_normal((40, 3)) + np.where(np.arange(40) < 15, 1.0, 0.0)[:, None] * (2.0, 0.5, 0.0)
PLUS, MINUS = np.arange(15), np.arange(15, 40)
PEOPLE = Units(np.arange(40) % 8, "person")


def vector_of(codes: Any = CODES, plus: Any = PLUS, minus: Any = MINUS, units: Units | None = None) -> Any:
    return at_once(make_vector(codes_of(codes), ("glasses", plus), ("none", minus), units))


def angle_between(one: Any, other: Any) -> float:
    return float(np.degrees(np.arccos(one @ other / np.linalg.norm(one) / np.linalg.norm(other))))


@pytest.mark.parametrize("units", [None, PEOPLE])
def test_positions_and_right_sides_are_those_of_leaving_out_by_brute_force(units: Units | None) -> None:
    vector, codes = vector_of(units=units), codes_of(CODES).mean.astype(np.float64)
    of_row = np.arange(40) if units is None else units.of_row
    for group, members, sign in ((vector.plus, PLUS, 1), (vector.minus, MINUS, -1)):
        for row, sample in enumerate(members):
            high = codes[PLUS[of_row[PLUS] != of_row[sample]]].mean(axis=0)
            low = codes[MINUS[of_row[MINUS] != of_row[sample]]].mean(axis=0)
            position = (codes[sample] - (high + low) / 2) @ (high - low) / np.linalg.norm(high - low)
            assert group.positions[row] == pytest.approx(position, abs=1e-9)
            assert group.right[row] == (sign * position > 0)
    shares = vector.plus.right.mean(), vector.minus.right.mean()
    assert vector.certainty.right_share == pytest.approx(np.mean(shares))
    assert (vector.right, vector.tested) == (vector.plus.right.sum() + vector.minus.right.sum(), 40)


@pytest.mark.parametrize("units", [None, PEOPLE])
def test_the_agreement_is_the_mean_cosine_of_all_pairs_left_out(units: Units | None) -> None:
    vector, codes = vector_of(units=units), codes_of(CODES).mean.astype(np.float64)
    of_row, cosines = np.arange(40) if units is None else units.of_row, []
    for one in PLUS:
        for other in MINUS:
            if units is not None and of_row[one] != of_row[other]:
                continue
            left = ~np.isin(of_row, (of_row[one], of_row[other]))
            direction = codes[PLUS][left[PLUS]].mean(axis=0) - codes[MINUS][left[MINUS]].mean(axis=0)
            difference = codes[one] - codes[other]
            cosines.append(direction @ difference / np.linalg.norm(direction) / np.linalg.norm(difference))
    agreement = vector.certainty.agreement
    assert (agreement.pairs, agreement.within_units) == (len(cosines), units is not None)
    assert agreement.cosine == pytest.approx(np.mean(cosines))


def test_equal_seeds_give_equal_bits_and_the_vector_comes_first() -> None:
    work = make_vector(codes_of(CODES), ("glasses", PLUS), ("none", MINUS))
    coarse = next(one for one in work if isinstance(one, AttributeVector))
    assert coarse.certainty is None and np.allclose(coarse.values, CODES[PLUS].mean(axis=0) - CODES[MINUS].mean(axis=0))
    assert len(certainty_rows(coarse)) == 1
    assert np.array_equal(vector_of().certainty.angles, vector_of().certainty.angles)


def test_the_bootstrap_covers_the_true_direction() -> None:
    # 16 samples a group, 12 dimensions, a signal 1.5 times as long as the noise: angles around 40°.
    repeats, count, dimensions = 150, 16, 12
    truth = np.zeros(dimensions)
    truth[0] = 1.5 * np.sqrt(2 * dimensions / count)
    rng, covered, angles = np.random.default_rng(1), 0, []
    for _ in range(repeats):
        plus, minus = rng.standard_normal((2, count, dimensions))
        plus = plus + truth
        units = np.arange(count)
        high = at_once(sums_by_unit(plus, units, 2 * count))
        low = at_once(sums_by_unit(minus, units + count, 2 * count))
        drawn = at_once(bootstrap_angles(high, low, draws=300))
        assert not isinstance(drawn, Absent)
        angles.append(angle_between(high.mean - low.mean, truth))
        covered += angles[-1] <= np.percentile(drawn, 95)
    assert 0.88 <= covered / repeats <= 0.99
    assert 30 < np.median(angles) < 40


def test_many_units_have_the_angles_of_a_normal_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = np.random.default_rng(0).standard_normal((900, 4)) * (1, 2, 3, 0.1) + (np.arange(900) < 400)[:, None] * 0.3
    of_person = Units(np.arange(900) % 300, "person")
    for units in (None, of_person):
        exact = vector_of(codes, np.arange(400), np.arange(400, 900), units).certainty
        monkeypatch.setattr(vector_certainty, "MAX_UNITS", 100)
        normal = vector_of(codes, np.arange(400), np.arange(400, 900), units).certainty
        monkeypatch.undo()
        assert normal.median_angle == pytest.approx(exact.median_angle, rel=0.06)
        assert normal.wide_angle == pytest.approx(exact.wide_angle, rel=0.06)


def test_samples_of_one_unit_do_not_count_as_independent() -> None:
    # Ten copies of each person's code: by sample the direction seems certain, by person it is not.
    people = np.random.default_rng(2).standard_normal((8, 6))
    codes = np.repeat(people, 10, axis=0) + 0.01 * np.random.default_rng(3).standard_normal((80, 6))
    plus, minus = np.arange(40), np.arange(40, 80)
    alone, by_person = (vector_of(codes, plus, minus, units) for units in (None, Units(np.arange(80) // 10, "person")))
    assert by_person.certainty.median_angle > 1.5 * alone.certainty.median_angle
    assert by_person.shared_units == 0 and by_person.plus.units == 4
    assert "No person has samples in both groups" in " ".join(verdict_on(by_person).notes)
    assert not by_person.certainty.agreement.within_units


@pytest.fixture(scope="module")
def faces() -> tuple[Dataset, LatentModel]:
    """Return drawn faces and their PCA, which has a direction for each factor that changes many pixels."""
    data = datasets.load(DataConfig(source="faces", picture_size=24, picture_mode="grey"))
    config = catalog.resolve(MODEL_CONFIGS["pca"](latent_dim=12), data.description)
    model = catalog.build(config, data.description, torch.Generator().manual_seed(0))
    model.fit(data, data.splits.train)
    return data, model


def ends_of(faces: tuple[Dataset, LatentModel], factor: str, low: float, high: float, count: int) -> Any:
    """Return the codes of faces with two values of a factor, all other factors being equal, (2, count, latent_dim)."""
    data, model = faces
    drawn, ends = _draw_factors(count, np.random.default_rng(99)), []
    for value in (high, low):
        pictures = _grey(draw_faces({**drawn, factor: np.full(count, value)}, 24))
        ends.append(model.encode(torch.from_numpy(data.description.transform.apply(pictures))).mean.numpy())
    return np.stack(ends).astype(np.float64)


@pytest.mark.parametrize(
    ("factor", "low", "high"),
    [("skin tone", 0.25, 0.75), ("hair tone", 0.25, 0.75), ("face width", 0.25, 0.75), ("gaze", -0.5, 0.5)],
)
def test_planted_directions_are_recovered(
    faces: tuple[Dataset, LatentModel], factor: str, low: float, high: float
) -> None:
    data, model = faces
    above, below = ends_of(faces, factor, low, high, 300)
    values = data.factors[factor].values
    is_high = values > (low + high) / 2
    codes = codes_of(embed(model, data).mean)
    vector = at_once(make_vector(codes, ("high", np.flatnonzero(is_high)), ("low", np.flatnonzero(~is_high))))
    assert isinstance(vector, AttributeVector) and vector.certainty is not None
    found = angle_between(vector.values, (above - below).mean(axis=0))
    assert found < 10
    assert found < (vector.certainty.wide_angle or 0)


def test_pairs_recover_a_direction_that_other_differences_hide(faces: tuple[Dataset, LatentModel]) -> None:
    count, half = 200, 100
    above, below = ends_of(faces, "glasses", 0.0, 1.0, count)
    truth = (above[half:] - below[half:]).mean(axis=0)  # of other people than those of the vector
    pairs = np.concatenate([above[:half], below[:half]])
    people = Units(np.arange(count) % half, "person")
    paired = vector_of(pairs, np.arange(half), np.arange(half, count), people)
    mixed = np.concatenate([above[:half], below[half:]])
    unpaired = vector_of(mixed, np.arange(half), np.arange(half, count))
    assert angle_between(paired.values, truth) < 10 < angle_between(unpaired.values, truth)
    assert paired.certainty.wide_angle < 10 < unpaired.certainty.median_angle
    assert paired.certainty.agreement.within_units and paired.certainty.agreement.cosine > 0.9


@pytest.mark.parametrize(
    ("plus", "minus", "weak", "said"),
    [
        (PLUS, MINUS, False, "Clear: at least 75 % are on the right side, and the angle is below 45°."),
        ((0,), MINUS, True, "Not certain: one sample has no spread to judge by. Add samples to both groups."),
        (PLUS, PLUS, True, "Both groups have the same mean code."),
        ((16, 18, 20), (17, 19, 21), True, "Add samples to both groups."),
    ],
)
def test_a_verdict_says_whether_the_vector_is_weak(plus: Any, minus: Any, weak: bool, said: str) -> None:
    verdict = verdict_on(vector_of(plus=plus, minus=minus))
    assert verdict.weak == weak and said in verdict.text


def test_groups_that_overlap_along_a_known_direction_need_clearer_samples() -> None:
    codes = np.random.default_rng(0).standard_normal((4000, 2)) + np.where(np.arange(4000) < 2000, 0.6, 0)[:, None]
    verdict = verdict_on(vector_of(codes, np.arange(2000), np.arange(2000, 4000)))
    assert verdict.text == "Weak: chance is 50 %. Choose samples that show the attribute clearly."


def test_notes_name_overlap_missing_codes_and_unequal_sizes() -> None:
    codes = CODES.copy()
    codes[1] = np.nan
    vector = vector_of(codes, (0, 1, 2, 20, 99), np.arange(3, 40))
    notes = verdict_on(vector).notes
    assert notes == (
        "1 sample is in both groups.",
        "2 samples of 'glasses' have no code and were left out.",
        "The groups have 3 and 37 samples; each counts half for the right side.",
    )


@pytest.mark.parametrize(
    ("codes", "plus", "why"),
    [
        (None, (1,), "the run has no codes yet"),
        (codes_of(np.zeros((3, 2)), index=np.arange(-3, 0), drawn=True), (1,), "the model has no encoder"),
        (codes_of(np.full((3, 2), np.nan)), (1,), "no sample of 'a' has a code"),
        (codes_of(np.zeros((3, 2))), (), "the group 'a' is empty"),
    ],
)
def test_without_codes_there_is_no_vector(codes: Any, plus: tuple[int, ...], why: str) -> None:
    question = MakeVector("run", GroupMembers("a", plus), GroupMembers("b", (2,)), codes)
    found = at_once(question.ask(loaded_model(pictures())))
    assert isinstance(found, Absent) and found.why.startswith(why)


@pytest.mark.parametrize("dimensions", [1, 64])
def test_one_dimension_and_many_are_alike(dimensions: int) -> None:
    codes = np.random.default_rng(0).standard_normal((30, dimensions)) + 3.0 * (np.arange(30) < 15)[:, None]
    vector = vector_of(codes, np.arange(15), np.arange(15, 30))
    assert vector.certainty.right_share > 0.9 and not verdict_on(vector).weak


def test_a_histogram_counts_every_angle() -> None:
    for largest in (0.5, 30.0, 180.0):
        angles = np.linspace(0, largest, 101)
        counts, edges = angle_histogram(angles)
        assert counts.sum() == 101 and edges[0] == 0 and edges[-1] >= largest and len(counts) <= 21


def test_a_vector_is_applied_with_the_distance_to_the_nearest_code() -> None:
    dataset = pictures()
    loaded = loaded_model(dataset)
    codes = codes_of(embed(loaded.model, dataset).mean)
    z, strengths = tuple(map(float, codes.mean[5])), (-50.0, 0.0, 1.0)
    found = at_once(ApplyVector("run", z, (1.0, 2.0), strengths, codes).ask(loaded))
    assert np.array_equal(found.codes[1], codes.mean[5])
    assert np.allclose(found.codes[2], codes.mean[5] + np.array([1, 2], np.float32))
    distances = np.linalg.norm(codes.mean[None].astype(float) - found.codes[:, None], axis=2)
    assert np.array_equal(found.nearest.samples, distances.argmin(axis=1)) and found.nearest.samples[1] == 5
    assert np.allclose(found.nearest.distances, distances.min(axis=1))
    assert found.nearest.no_data.tolist()[:2] == [True, False]
    assert found.decodes.shape == (3, 1, 4, 5)
    alone = at_once(ApplyVector("run", z, (1.0, 2.0), strengths).ask(loaded))
    assert isinstance(alone.nearest, Absent) and np.array_equal(alone.decodes, found.decodes)


def test_an_analogy_is_a_minus_b_plus_c_of_mean_codes() -> None:
    dataset = pictures()
    loaded = loaded_model(dataset)
    codes = codes_of(embed(loaded.model, dataset).mean)
    a, b, c = GroupMembers("a", (1, 2)), GroupMembers("b", (3,)), GroupMembers("c", (4,))
    found = at_once(FindAnalogy("run", a, b, c, codes).ask(loaded))
    expected = codes.mean[[1, 2]].mean(axis=0) - codes.mean[3] + codes.mean[4]
    assert np.allclose(found.code, expected, atol=1e-6) and found.decodes.shape == (3, 1, 4, 5)
    same = at_once(FindAnalogy("run", b, b, c, codes).ask(loaded))
    assert same.nearest.samples[0] == 4 and same.in_group == "c"
    assert isinstance(at_once(FindAnalogy("run", a, b, GroupMembers("c", (999,)), codes).ask(loaded)), Absent)


def test_units_come_from_the_columns_of_the_codes() -> None:
    dataset = pictures()
    person = Column("person", np.arange(60) % 6, tuple("abcdef"))
    codes = codes_of(np.random.default_rng(0).standard_normal((60, 2)), dataset.labels, columns={"person": person})
    question = MakeVector("run", GroupMembers("a", tuple(range(20))), GroupMembers("b", (30, 31, 32)), codes, "person")
    vector = at_once(question.ask(loaded_model(dataset)))
    assert (vector.by, vector.plus.units, vector.minus.units, vector.shared_units) == ("person", 6, 3, 3)
