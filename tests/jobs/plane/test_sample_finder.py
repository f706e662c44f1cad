import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plane_cases import codes_of
from run_cases import CONFIG, DESCRIPTION

from explorer.jobs.plane.sample_finder import MAX_SHOWN, SampleFinder
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.latent_model import Capabilities
from explorer.runs.run_json import Machine

NAMES = ("Merc 240D", "Fiat 128", "Merc 230", "12", "", "merc")


def finder(names: tuple[str, ...] = NAMES, index: Any = range(6), **more: Any) -> SampleFinder:
    at = np.array(list(index))
    plane = codes_of(np.zeros((len(at), 2)), index=at, **more)
    about = replace(DESCRIPTION, sample_names=names)
    can = Capabilities(True, True, True)
    return SampleFinder(OpenRun("key", "run", "VAE", "VAE", CONFIG, about, can, Machine(), "finished", plane=plane))


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("merc", (5, 0, 2)),  # the name itself first, whatever its case
        (" MERC 2 ", (0, 2)),
        ("128", (1,)),
        ("3", (3, 2)),  # the number first
        ("12", (3, 1)),
        ("5", (5,)),
        ("6", ()),
        ("", ()),
        ("²", ()),
        ("9" * 30, ()),
        ("9" * 5000, ()),  # more digits than int() takes
    ],
)
def test_samples_are_found_by_number_and_name(text: str, samples: tuple[int, ...]) -> None:
    found = finder().find(text)
    assert found.samples == samples and found.count == len(samples)


def test_only_samples_on_the_plane_are_found() -> None:
    assert finder(index=(0, 5)).find("merc").samples == (5, 0)
    assert finder(index=(0, 5)).find("2").samples == (0,)
    assert finder(index=range(-3, 3), drawn=True).find("1").samples == ()


def test_samples_without_names_are_found_by_number() -> None:
    assert finder(names=()).find("4").samples == (4,)


def test_many_names_are_searched_while_the_user_types() -> None:
    many = finder(tuple(f"sample of word {index}" for index in range(200_000)), range(200_000))
    many.find("a")
    begin = time.perf_counter()
    found = many.find("word 1")
    assert len(found.samples) == MAX_SHOWN and found.count > 100_000
    assert time.perf_counter() - begin < 0.5
