from importlib.metadata import EntryPoint

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.catalog import Cancelled, LoadContext, describe_all, load
from explorer.data.dataset import DataError


@pytest.fixture
def plug_ins(monkeypatch):
    """Let a test add entry points, and take them out of the catalogue again."""
    catalog.names()
    monkeypatch.setattr(catalog, "_SOURCES", dict(catalog._SOURCES))
    found: list[EntryPoint] = []
    monkeypatch.setattr(catalog, "entry_points", lambda group: found)
    catalog.fill_catalogue.cache_clear()
    yield found
    catalog.fill_catalogue.cache_clear()


def test_the_listing_names_every_set():
    listed = {line.name: line for line in describe_all()}
    assert set(listed) >= {"digits", "shapes", "mnist", "fashion-mnist", "kmnist"}
    assert next(iter(listed)) == "mnist-small"
    for line in listed.values():
        assert line.title and line.summary and "\n" not in line.summary and not line.problem
    assert listed["mnist-small"].offline and listed["digits"].offline and listed["shapes"].offline


def test_an_unknown_name_lists_the_choices():
    with pytest.raises(DataError, match=r"unknown data set 'nowhere': choose from mnist-small, mnist"):
        load(DataConfig(source="nowhere"))
    with pytest.raises(DataError, match=r"unknown data set 'nowhere': choose from mnist-small"):
        catalog.fetch("nowhere")


def test_a_misspelt_name_is_recognized():
    with pytest.raises(DataError, match=r"unknown data set 'digit': did you mean digits\?"):
        load(DataConfig(source="digit"))
    with pytest.raises(DataError, match=r"unknown data set 'digit': did you mean digits\?"):
        catalog.fetch("digit")


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(DataError, match=r"absent\.npz: no such file or folder"):
        load(DataConfig(source=str(tmp_path / "absent.npz")))


@pytest.mark.parametrize("source", ["~no-such-user-here/a.npz", "x" * 5000, "a\0b"])
def test_an_impossible_path_is_a_sentence(source):
    with pytest.raises(DataError):
        load(DataConfig(source=source))


def test_an_empty_folder_and_a_strange_file_are_refused(tmp_path):
    with pytest.raises(DataError, match="the folder is empty"):
        load(DataConfig(source=str(tmp_path)))
    (tmp_path / "a.docx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"a\.docx: .*save the table as CSV"):
        load(DataConfig(source=str(tmp_path / "a.docx")))
    with pytest.raises(DataError, match=r"1 file of type \.docx"):
        load(DataConfig(source=str(tmp_path)))


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    digits = load(DataConfig())
    assert digits.samples.shape == (1797, 1, 8, 8) and digits.samples.dtype == np.uint8
    assert np.array_equal(digits.samples.reshape(1797, 64), load_digits().data)
    assert np.array_equal(digits.labels, load_digits().target)
    assert digits.description.value_range == (0.0, 16.0) and digits.description.unit_range
    seen = digits.model_inputs()
    assert seen.dtype == np.float32 and seen.min() == 0 and seen.max() == 1
    assert not digits.samples.flags.writeable
    assert digits.description.fingerprint == load(DataConfig()).description.fingerprint


def test_loading_is_cancelled():
    with pytest.raises(Cancelled):
        load(DataConfig(source="shapes"), LoadContext(cancelled=lambda: True))


def test_loading_reports_progress():
    reports = []
    load(DataConfig(source="shapes"), LoadContext(progress=lambda *report: reports.append(report)))
    done = [report[0] for report in reports]
    assert done == sorted(done) and all(report[0] <= report[1] == 3000 for report in reports)


def test_a_plug_in_loads(plug_ins):
    plug_ins.append(EntryPoint("more-digits", "explorer.data.builtin.digits:load_digits", catalog.ENTRY_POINTS))
    plug_ins.append(EntryPoint("broken", "no_such_module_anywhere:load", catalog.ENTRY_POINTS))
    plug_ins.append(EntryPoint("constant", "explorer.data.sources.idx:MAX_DEPTH", catalog.ENTRY_POINTS))
    plug_ins.append(EntryPoint("digits", "explorer.data.builtin.shapes:load_shapes", catalog.ENTRY_POINTS))
    plug_ins.append(EntryPoint("wrong", "explorer.data.dataset:fingerprint", catalog.ENTRY_POINTS))
    listed = {line.name: line for line in describe_all()}
    assert "No module named 'no_such_module_anywhere'" in listed["broken"].problem
    assert "not a function" in listed["constant"].problem
    assert "already taken" in listed["digits (explorer.data.builtin.shapes:load_shapes)"].problem
    with pytest.raises(DataError, match="'broken' is unusable: ModuleNotFoundError"):
        load(DataConfig(source="broken"))
    with pytest.raises(DataError, match=r"wrong: the plug-in failed \(AttributeError"):
        load(DataConfig(source="wrong"))
    assert len(load(DataConfig())) == 1797


def test_a_plug_in_that_is_a_loader_is_used(plug_ins, monkeypatch):
    digits = load(DataConfig())
    monkeypatch.setattr("explorer.data.context.sample_loader", lambda config, context: digits, raising=False)
    plug_ins.append(EntryPoint("mine", "explorer.data.context:sample_loader", catalog.ENTRY_POINTS))
    catalog.fill_catalogue.cache_clear()
    assert load(DataConfig(source="mine")).samples is digits.samples
