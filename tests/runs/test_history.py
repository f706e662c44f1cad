"""metrics.jsonl: half lines, unknown lines, resumed trainings."""

import json
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from explorer.runs.history import History, Metric, append_metrics, append_resumed, read_history


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def metric(step: int, total: float = 1.0, split: str = "train") -> Metric:
    return Metric(step, step / 10, split, {"total": total, "kl": 0.5}, (0.25, 0.25))


def steps(path: Path) -> list[int]:
    return [metric.step for metric in read_history(path).metrics]


def test_round_trip(path: Path) -> None:
    wanted = (metric(0), metric(10, 1 / 3, "validation"), Metric(20, 2.0, "train", {"total": -1e-300}))
    append_metrics(path, wanted[:2])
    append_metrics(path, wanted[2:])
    assert read_history(path) == History(wanted)
    assert read_history(path.with_name("none")) == History()


def test_a_resume_replaces_what_came_after_it(path: Path) -> None:
    append_metrics(path, [metric(step) for step in (0, 10, 20, 30)])
    append_resumed(path, 10)
    append_metrics(path, [metric(20, 2.0)])
    history = read_history(path)
    assert [(m.step, m.terms["total"]) for m in history.metrics] == [(0, 1.0), (10, 1.0), (20, 2.0)]
    append_resumed(path, -1)
    assert steps(path) == []


def test_a_half_line_is_skipped_and_the_next_line_kept(path: Path) -> None:
    append_metrics(path, [metric(0), metric(10)])
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:-cut])
        complete = whole[:-cut].count(b"\n")
        assert steps(path) == [0, 10][:complete]
        append_metrics(path, [metric(99)])
        assert steps(path)[-1] == 99
        assert len(steps(path)) >= complete + 1


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{}", b"[]", b"1", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"step": 1}',
        b'{"step": NaN, "epoch": 0, "split": "train"}', b'{"step": Infinity, "epoch": 0, "split": "train"}',
        b'{"step": 1, "epoch": 0}', b'{"step": 1, "epoch": 0, "split": "train", "kl_per_dimension": 3}',
        b'{"resumed_from": "x"}', b'{"resumed_from": null}', b'{"step": "1", "epoch": 0, "split": "train"}',
    ],
)  # fmt: skip
def test_an_unknown_line_is_skipped(path: Path, line: bytes) -> None:
    append_metrics(path, [metric(0)])
    with path.open("ab") as file:
        file.write(line + b"\n")
    append_metrics(path, [metric(10)])
    assert steps(path) == [0, 10]


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("history") / "metrics.jsonl"
    path.write_bytes(content)
    assert isinstance(read_history(path), History)


def test_curves_and_kl(path: Path) -> None:
    history = History((metric(0, 3.0), metric(10, 2.0, "validation"))).extended([metric(20, 1.0)])
    epochs, values = history.curve("train", "total")
    np.testing.assert_array_equal(epochs, [0.0, 2.0])
    np.testing.assert_array_equal(values, [3.0, 1.0])
    assert len(history.curve("train", "nothing")[0]) == 0
    np.testing.assert_array_equal(history.kl_per_dimension(), [0.25, 0.25])
    assert history.kl_per_dimension("test") is None


def test_lines_are_plain_json(path: Path) -> None:
    append_metrics(path, [metric(10)])
    assert json.loads(path.read_text()) == {
        "step": 10, "epoch": 1.0, "split": "train", "total": 1.0, "kl": 0.5, "kl_per_dimension": [0.25, 0.25],
    }  # fmt: skip


@pytest.mark.parametrize("total", ["NaN", "Infinity", "1" + "0" * 400])
def test_what_is_no_number_is_passed_over(path: Path, total: str) -> None:
    append_metrics(path, [metric(0)])
    with path.open("a", encoding="utf-8") as file:
        file.write(f'{{"step": 1, "epoch": 1.0, "split": "train", "total": {total}}}\n')
        file.write('{"step": 2, "epoch": 1.0, "split": "train", "kl": 1.0}\n')
    append_metrics(path, [metric(3)])
    assert steps(path) == [0, 3]


def test_a_figure_that_is_no_number_is_passed_over(path: Path) -> None:
    append_metrics(path, [Metric(0, 0.0, "validation", {"total": 1.0}, None, {"angle": float("nan"), "share": 0.5})])
    assert [dict(metric.figures) for metric in read_history(path).metrics] == [{"share": 0.5}]
