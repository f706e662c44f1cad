"""The question about the directions through a point: for models of many kinds, and for what is not defined."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from job_cases import config_of, loaded_model, pictures

from explorer.config import MODEL_CONFIGS, DataConfig, ModelConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import Dataset
from explorer.jobs.queries.decode_questions import DecodePoints
from explorer.jobs.queries.traversal_questions import Traverse
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.plane_codes import PlaneCodes, codes_of_draws, codes_of_embedding
from explorer.latent.codes.draws import PriorDraws
from explorer.latent.codes.embedding import embed
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.steps import Absent, at_once
from explorer.models import catalog


def model_of(config: ModelConfig, dataset: Dataset) -> LoadedModel:
    resolved = catalog.resolve(config, dataset.description)
    model = catalog.build(resolved, dataset.description, torch.Generator().manual_seed(0))
    model.fit(dataset, dataset.splits.train)
    return LoadedModel("run", 7, model.eval().requires_grad_(False), dataset.description, dataset)


def codes_of(loaded: LoadedModel) -> PlaneCodes:
    assert loaded.dataset is not None
    return codes_of_embedding(embed(loaded.model, loaded.dataset), 7, loaded.dataset)


def asked(loaded: LoadedModel, codes: PlaneCodes | None, **question: Any) -> Any:
    z = tuple(np.linspace(-0.5, 0.5, loaded.model.latent_dim).tolist())
    return at_once(Traverse("run", **{"z": z, "codes": codes, **question}).ask(loaded))


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    return loaded_model(pictures(), latent_dim=6)


@pytest.fixture(scope="module")
def codes(loaded: LoadedModel) -> PlaneCodes:
    return codes_of(loaded)


@pytest.mark.parametrize("section", ["dimensions", "principal", "local", "vectors"])
def test_the_middle_of_each_row_is_the_decode_of_the_point_to_the_bit(
    loaded: LoadedModel, codes: PlaneCodes, section: Any
) -> None:
    z = (0.3, -0.0, 1.5, -2.0, 0.1, 5.0)
    answer = asked(loaded, codes, z=z, section=section, vectors=(("smile", (1.0,) * 6), ("old", (1.0,))))
    known = at_once(DecodePoints("run", (z,)).ask(loaded)).pictures[0]
    assert answer.is_complete and len(answer.rows) == (1 if section == "vectors" else 6)
    for row in answer.rows:
        assert row.decodes.shape == (13, 1, 4, 5)
        assert row.decodes[6].tobytes() == known.tobytes() == answer.probe.tobytes()
        assert row.codes[6].tobytes() == np.array(z, np.float32).tobytes()
    outside = "outside the range of z₆" in " ".join(answer.notes)
    assert outside == (section == "dimensions")


def test_rows_are_asked_for_in_pages_with_equal_bits(loaded: LoadedModel, codes: PlaneCodes) -> None:
    whole = asked(loaded, codes, order="change")
    page = asked(loaded, codes, order="change", first=2, count=3)
    assert (page.first, page.keys) == (2, whole.keys)
    for one, other in zip(page.rows, whole.rows[2:5], strict=True):
        assert one.direction.key == other.direction.key and one.decodes.tobytes() == other.decodes.tobytes()
    changes = [row.change.value for row in whole.rows]
    assert changes == sorted(changes, reverse=True)
    beyond = asked(loaded, codes, first=6)
    assert beyond.rows == () and beyond.is_complete


def test_each_decoded_row_is_shown_before_the_last(loaded: LoadedModel, codes: PlaneCodes) -> None:
    given = list(Traverse("run", (0.0,) * 6, codes).ask(loaded))
    partial = [value for value in given if isinstance(value, TraversalAnswer)]
    assert [len(answer.rows) for answer in partial] == [1, 2, 3, 4, 5] and len(given) > 15
    assert not any(answer.is_complete for answer in partial)


def test_rows_are_ordered_by_the_kl_of_the_validation_split(loaded: LoadedModel, codes: PlaneCodes) -> None:
    answer = asked(loaded, codes, steps=4)
    rows = codes.split == "validation"
    assert codes.log_variance is not None
    mean, log_variance = codes.mean[rows].astype(float), codes.log_variance[rows].astype(float)
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).mean(axis=0)
    assert answer.keys == tuple(f"z{index + 1}" for index in np.argsort(-kl))
    assert np.allclose([answer.measure_of(row) for row in answer.rows], np.sort(kl)[::-1])
    assert answer.measure_title == "KL, nats" and len(answer.rows[0].codes) == 5


def test_a_row_says_which_factor_it_moves() -> None:
    """PCA of the shapes finds their position first: z₁ is x, z₂ is y, z₃ the scale."""
    shapes = model_of(MODEL_CONFIGS["pca"](latent_dim=3), datasets.load(DataConfig(source="shapes")))
    known = codes_of(shapes)
    for section in ("dimensions", "principal"):
        answer = asked(shapes, known, section=section, order="index")
        factors = [row.direction.factor for row in answer.rows]
        assert [factor and factor.name for factor in factors] == ["x", "y", "scale"]
        assert all(factor is not None and 0.6 < abs(factor.correlation) <= 1 for factor in factors)
    assert asked(shapes, known, section="local", z=tuple(known.mean[5].tolist())).rows[0].direction.factor is not None


def small(family: str, **settings: Any) -> tuple[LoadedModel, PlaneCodes]:
    dataset = pictures()
    known = model_of(MODEL_CONFIGS[family](**settings), dataset)
    return known, codes_of(known)


@pytest.mark.parametrize(
    ("family", "settings", "measure", "words"),
    [
        ("vae", {"latent_dim": 1, "hidden_widths": (4,)}, "KL, nats", "standard normal"),
        ("vae", {"latent_dim": 64, "hidden_widths": (4,)}, "KL, nats", "validation split"),
        ("ae", {"latent_dim": 3, "hidden_widths": (4,)}, "variance", "a point"),
        ("linear-ae", {"latent_dim": 3}, "variance", "no standard normal prior"),
        ("pca", {"latent_dim": 3}, "variance", "a point"),
        ("sparse-ae", {}, "variance", "a point"),
        ("conditional-vae", {"hidden_widths": (4,)}, "KL, nats", "standard normal"),
        ("mixture-vae", {"hidden_widths": (4,)}, "variance", "prior is learned"),
    ],
)
def test_models_of_all_kinds_have_rows(family: str, settings: dict[str, Any], measure: str, words: str) -> None:
    known, codes = small(family, **settings)
    condition = 1 if known.model.capabilities.condition else None
    for section in ("dimensions", "principal", "local"):
        answer = asked(known, codes, section=section, steps=5, condition=condition)
        assert isinstance(answer, TraversalAnswer), answer
        assert answer.rows and all(np.isfinite(row.decodes).all() for row in answer.rows)
        if section == "dimensions":
            assert len(answer.keys) == known.model.latent_dim
            assert answer.measure_title == measure and words in " ".join(answer.notes)


def test_the_class_is_the_one_that_is_asked_for() -> None:
    known, codes = small("conditional-vae", hidden_widths=(4,), latent_dim=2)
    one, two = (asked(known, codes, condition=condition).rows[0].decodes for condition in (0, 2))
    assert not np.allclose(one, two)
    alone = at_once(DecodePoints("run", ((-0.5, 0.5),), condition=2).ask(known)).pictures[0]
    assert two[6].tobytes() == alone.tobytes()


def test_a_gan_has_the_range_of_its_prior_and_no_principal_directions() -> None:
    settings = {"latent_dim": 3, "generator_widths": (4,), "discriminator_widths": (4,)}
    gan = model_of(MODEL_CONFIGS["gan"](**settings), pictures())
    drawn = codes_of_draws(PriorDraws(np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)), 7)
    for codes in (drawn, None):
        for span in ("prior", "codes"):
            answer = asked(gan, codes, span=span)
            assert answer.keys == ("z1", "z2", "z3") and answer.ends == ("−3σ", "3σ") and answer.measured == ""
            assert "no encoder" in " ".join(answer.notes)
        for section in ("principal", "local"):
            absent = asked(gan, codes, section=section)
            assert isinstance(absent, Absent) and "no encoder" in absent.why


def test_texts_have_rows_in_their_own_unit() -> None:
    topics = datasets.load(DataConfig(source="topics", vocabulary=50))
    lsi = model_of(MODEL_CONFIGS["lsi"](latent_dim=3), topics)
    answer = asked(lsi, codes_of(lsi), count=1)
    assert answer.change_unit == "L2 over the terms' weights" and len(answer.rows) == 1 and len(answer.keys) == 3


def test_points_that_are_no_codes_and_runs_without_codes_are_refused(loaded: LoadedModel, codes: PlaneCodes) -> None:
    for z in ((0.0,), (np.nan,) * 6):
        assert isinstance(asked(loaded, codes, z=z), Absent)
    autoencoder = loaded_model(pictures(), "ae")
    assert config_of("ae").model.family == "ae"
    absent = asked(autoencoder, None)
    assert isinstance(absent, Absent) and "no codes yet" in absent.why
    assert isinstance(asked(loaded, None), TraversalAnswer), "the prior gives the range"


def test_codes_that_are_not_finite_are_left_out(loaded: LoadedModel, codes: PlaneCodes) -> None:
    mean = codes.mean.copy()
    mean[::9] = np.nan
    broken = replace(codes, mean=mean)
    for section in ("dimensions", "principal", "local"):
        answer = asked(loaded, broken, section=section, span="codes")
        assert all(np.isfinite(row.codes).all() for row in answer.rows) and len(answer.rows) == 6
