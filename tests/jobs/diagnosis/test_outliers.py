from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diagnosis_cases import codes, evidence, falling, history

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.dataset import Description
from explorer.jobs.diagnosis import outliers
from explorer.jobs.diagnosis.diagnose_run import diagnose, notices_of
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.runs.run_directory import open_run


def described(path: Path, rows: list[list[float]], names: bool = False, **settings: object) -> Description:
    heads = [*(["name"] if names else []), *(f"f{column}" for column in range(len(rows[0])))]
    lines = [[*([f"car {index}"] if names else []), *map(str, row)] for index, row in enumerate(rows)]
    path.write_text("\n".join(",".join(line) for line in [heads, *lines]) + "\n")
    if names:
        settings |= {"name_column": "name"}
    return catalog.load(DataConfig(source=str(path), **settings)).description  # type: ignore[arg-type]


def normal(rows: int = 200, columns: int = 4) -> list[list[float]]:
    return np.random.default_rng(0).normal(size=(rows, columns)).round(4).tolist()  # type: ignore[no-any-return]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_the_notice_names_rows_and_values_and_explains_the_others(file: Path) -> None:
    rows = normal()
    rows[16][1], rows[150][2] = 1e9, -1e12
    given = evidence(history=falling(), codes=codes(sigma=1e-3))
    assert [notice.kind for notice in diagnose(given)] == ["shrunk posterior"]
    (notice,) = diagnose(replace(given, description=described(file, rows)))
    assert notice.kind == "outliers" and notice.severity == "warning"
    assert notice.sentence == "2 rows lie up to 10¹² σ away: row 151 (f2 = −1e+12), row 17 (f1 = 1e+09)."
    assert dict(notice.cures[0].settings) == {"data.missing_marks": "-1e+12,1e+09"}
    assert notice.cures[0].applied(given.config).data.missing_marks == ("-1e+12", "1e+09")


def test_a_sample_with_a_name_is_named(file: Path) -> None:
    rows = normal()
    rows[16][1] = -9999
    notice = outliers.check(replace(evidence(), description=described(file, rows, names=True)), None)
    assert notice is not None and notice.sentence == "1 sample lies 10⁴ σ away: car 16 (f1 = −9999)."


def test_robust_scaling_is_not_suggested(file: Path) -> None:
    # the rows still dominate the loss: benchmarks/notices.py
    rows = normal()
    rows[20][0] = 1e9
    notice = outliers.check(replace(evidence(), description=described(file, rows)), None)
    assert notice is not None and not any("robust" in cure.words for cure in notice.cures)


def test_a_clean_table_has_no_notice(file: Path) -> None:
    assert diagnose(replace(evidence(), description=described(file, normal()))) == ()


def test_without_the_values_codes_far_out_are_named() -> None:
    given = codes()
    given.mean[5], given.mean[77] = 1e7, -1e9
    notice = outliers.check(evidence(codes=replace(given, index=np.arange(400) + 1000)), None)
    assert notice is not None and notice.sentence.startswith("2 codes lie up to 10⁹ σ away: sample 1077, sample 1005")


def test_unused_dimensions_and_small_codes_are_not_far_out() -> None:
    given = codes()
    given.mean[:, 1] = 1e-6 * given.mean[:, 1]
    given.mean[3, 1] = 0.1
    assert outliers.check(evidence(codes=given), None) is None


def test_pixels_standardized_one_by_one_are_blamed_on_the_scaling(file: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (100, 64)).astype(float)
    pixels[:, 9] = 0
    pixels[40, 9] = 255
    settings = {"sample_shape": "vector", "scaling": "standardize"}
    found = set()
    for seed in range(4):
        about = described(file, pixels.tolist(), split_seed=seed, **settings)
        notices = diagnose(replace(evidence(), description=about))
        found |= {notice.kind for notice in notices}
        for notice in notices:
            assert "1 feature reach" in notice.sentence and "255 σ (f9)" in notice.sentence
            assert [dict(cure.settings) for cure in notice.cures] == [
                {"data.scaling": "range"},
                {"data.scaling": "together"},
            ]
    assert found <= {"scaling"}


def test_a_trained_run_on_disk_names_its_rows(file: Path, tmp_path: Path) -> None:
    rows = normal(60)
    rows[50][3] = 1e9
    described(file, rows)
    settings = {"data.source": str(file), "train.epochs": "2", "train.threads": "1", "train.replay": "0"}
    for _ in run_training(new_run(build_config("vae", settings), tmp_path / "run", device="cpu")):
        pass
    assert [notice.sentence for notice in notices_of(open_run(tmp_path / "run"))] == [
        "1 row lies 10⁹ σ away: row 51 (f3 = 1e+09)."
    ]


def test_overfitting_that_outliers_explain_is_not_reported(file: Path) -> None:
    rows = normal()
    rows[0][0] = 1e9
    total = [44.0 - epoch / 2 if epoch < 20 else 10.0 + 3 * epoch for epoch in range(41)]
    given = evidence("ae", history(total, [44.0 - epoch for epoch in range(40)]))
    assert [notice.kind for notice in diagnose(given)] == ["overfitting"]
    assert [notice.kind for notice in diagnose(replace(given, description=described(file, rows)))] == ["outliers"]
