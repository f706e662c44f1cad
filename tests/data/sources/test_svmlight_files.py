"""Sparse text of SVM-light and LIBSVM, compared with scikit-learn's reader."""

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, dense

RNG = np.random.default_rng(0)
VALUES = np.where(RNG.random((40, 30)) < 0.2, RNG.normal(size=(40, 30)), 0).round(4)
CLASSES = np.arange(40) % 3


def opened(path, limit=None, **settings):
    return load(DataConfig(source=str(path), **settings), LoadContext(limit=limit))


@pytest.mark.parametrize(("name", "zero_based"), [("news.svm", False), ("a9a.txt", True), ("batch1.dat", False)])
def test_values_and_classes_are_those_of_scikit_learn(tmp_path, name, zero_based):
    dump_svmlight_file(VALUES, CLASSES, str(tmp_path / name), zero_based=zero_based)
    wanted, _ = load_svmlight_file(str(tmp_path / name))
    data = opened(tmp_path / name, scaling="none")
    assert np.allclose(dense(data.samples), wanted.toarray()) and data.labels.tolist() == CLASSES.tolist()


def test_bad_lines_are_left_out_by_their_number(tmp_path):
    lines = [f"{row % 2} qid:{row // 4} 1:{row}.5 3:2 # remark" for row in range(20)]
    lines[7] = "1 1:two"
    (tmp_path / "rank.dat").write_text("# made by hand\n" + "\n".join(lines) + "\n")
    data = opened(tmp_path / "rank.dat")
    assert len(data) == 19 and data.columns["qid"].categories == ("0", "1", "2", "3", "4")
    (bad,) = data.report.left_out
    assert bad.text == "1 row: not a label and numbered values (row 8)"


def test_a_preview_reads_the_beginning(tmp_path):
    dump_svmlight_file(VALUES, RNG.normal(size=40), str(tmp_path / "t.svm"))
    data = opened(tmp_path / "t.svm", limit=10)
    assert len(data) == 10 and data.report.partial == "the first 10 rows" and data.labels is None


def test_a_declared_size_that_is_too_large_is_refused(tmp_path):
    (tmp_path / "t.svm").write_text("1 1:1\n0 999999999:1\n")
    with pytest.raises(DataError, match="a feature has the number 999,999,999; the limit is 1,000,000"):
        opened(tmp_path / "t.svm")
