import csv
import io
import json
from dataclasses import replace

import pytest
from job_cases import config_of, pictures, trained

from explorer.config import MODEL_CONFIGS, RunConfig
from explorer.export.comparison import as_csv, as_markdown, save_comparison
from explorer.jobs.runs.compare_runs import ComparedRun, compare, compare_runs, compared_run
from explorer.jobs.runs.kept_figures import measure_and_keep
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.latent.evaluation.catalog import BY_NAME, FIGURES
from explorer.latent.evaluation.comparability import difference
from explorer.latent.steps import at_once
from explorer.runs.run_directory import open_run
from explorer.runs.weights_choice import BEST


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    found = [trained(folder / name, config_of(name)) for name in ("ae", "vae")]
    for path in found:
        at_once(measure_and_keep(path, dataset=pictures(), importance_samples=4))
    return found


@pytest.fixture
def table(paths):
    return at_once(compare_runs(paths, importance_samples=4))


def line(table, name):
    (found,) = [line for line in table.lines if line.name == name]
    return found


def test_every_figure_and_setting_has_a_line(table):
    names = [one.name for one in table.lines]
    assert len(names) == len(set(names))
    assert {figure.name for figure in FIGURES} < set(names)
    assert {"model.family", "data.source", "train.epochs", "train.seed", "model.beta"} < set(names)
    assert all(one.definition for one in table.lines)


def test_settings_that_differ_come_first_and_are_marked(table):
    settings = [one for one in table.lines if one.kind == "setting"]
    assert [one.differs for one in settings] == sorted((one.differs for one in settings), reverse=True)
    assert [cell.text for cell in line(table, "model.family").cells] == ["Autoencoder", "Variational autoencoder"]
    assert [cell.text for cell in line(table, "model.beta").cells] == ["–", "1"]
    assert not line(table, "train.epochs").differs
    shown = [one.name for one in table.shown(all_settings=False)]
    assert "model.beta" in shown and "train.epochs" not in shown
    assert "train.epochs" in [one.name for one in table.shown(all_settings=True)]


def test_settings_that_matter_in_no_run_are_left_out(table):
    assert "model.channels" not in [one.name for one in table.lines]  # the networks are dense


def test_figures_are_those_of_the_runs(paths, table):
    for column, path in enumerate(paths):
        figures = open_for_viewing(path).run.current_figures.figures
        for one in (one for one in table.lines if one.kind == "figure"):
            assert one.cells[column].value == figures[one.name]
    cell = line(table, "elbo").cells[0]
    assert cell.absent and cell.text.startswith("not defined: ")


def test_equal_data_makes_one_basis_and_other_data_another(paths):
    runs = [compared_run(open_for_viewing(path).run) for path in paths]
    assert runs[0].basis == runs[1].basis
    assert compare(runs).why_unmarked == ""
    other = replace(runs[1], description=replace(runs[1].description, fingerprint="x"))
    assert "differ in data" in compare([runs[0], other]).why_unmarked
    assert compare([runs[0], other]).words[0].endswith(" cannot be compared: they have different data.")
    assert not any(cell.better for one in compare([runs[0], other]).lines for cell in one.cells)


@pytest.mark.parametrize(
    ("change", "part"),
    [({"likelihood": "gaussian"}, "likelihood"), ({"likelihood": "gaussian", "sigma": 0.5}, "likelihood")],
)
def test_another_likelihood_is_another_basis(paths, change, part):
    run = compared_run(open_for_viewing(paths[1]).run)
    config = replace(run.config, model=replace(run.config.model, **change))
    assert run.basis.differs_in(replace(run, config=config).basis) == (part,)
    assert "different likelihoods" in compare([run, replace(run, config=config)]).why_unmarked


def test_different_splits_and_transforms_are_reported(paths):
    run = compared_run(open_for_viewing(paths[1]).run)
    data = replace(run.config.data, split_seed=1)
    assert run.basis.differs_in(replace(run, config=replace(run.config, data=data)).basis) == ("split",)
    transform = replace(run.description.transform, scale=run.description.transform.scale * 2)
    scaled = replace(run, description=replace(run.description, transform=transform))
    assert run.basis.differs_in(scaled.basis) == ("preprocessing",)


def with_train(run, **changes):
    return replace(run, config=replace(run.config, train=replace(run.config.train, **changes)))


def test_runs_of_other_seeds_have_one_recipe(paths):
    run = compared_run(open_for_viewing(paths[1]).run)
    for changes in (
        {"seed": 7},
        {"threads": 9},
        {"replay": 0, "replay_megabytes": 3},
        {"log_likelihood": 0},
        {"corruption_level": 0.9},
    ):
        assert with_train(run, **changes).recipe == run.recipe
    for changes in ({"epochs": 9}, {"learning_rate": 0.1}, {"corruption": "gaussian"}):
        assert with_train(run, **changes).recipe != run.recipe
    assert replace(run, name="copy", config=replace(run.config, data=replace(run.config.data, source="x"))).recipe == (
        run.recipe
    )
    data = replace(run.config.data, split_seed=5)
    assert replace(run, config=replace(run.config, data=data)).recipe != run.recipe
    # Other weights of one run differ in more than the seed, unless the loss chooses the step.
    assert replace(run, step=run.step + 1).recipe != run.recipe
    best = replace(run, weights=replace(run.weights, choice=BEST))
    assert best.recipe != run.recipe and replace(best, step=run.step + 1).recipe == best.recipe


def test_only_other_seeds_are_called_a_matter_of_the_seed(paths):
    run = compared_run(open_for_viewing(paths[1]).run)
    words = compare([run, replace(with_train(run, seed=7), name="other")]).words
    assert words == ("vae and other differ only in the seed of the training, one seed each: the difference may be the "
                     "seed's.",)  # fmt: skip
    worse = replace(with_train(run, seed=7), name="other", figures=replace(run.figures, mse=99.0))
    table = compare([run, worse])
    assert not any(cell.better for one in table.lines for cell in one.cells)
    assert table.why_unmarked == (
        "Better values are not marked between these runs: vae and other differ only in the seed of the training (one "
        "seed each)."
    )
    assert table.why_unmarked in as_markdown(table) and "one seed each" in table.rule
    assert any(cell.better for one in compare([run, with_train(worse, epochs=9)]).lines for cell in one.cells)
    words = compare([run, replace(run, name="copy")]).words
    assert not any("seed" in sentence for sentence in words)
    assert any("do not differ in" in sentence for sentence in words)


def test_the_seed_of_a_closed_form_matters_only_with_a_share_of_the_samples(tmp_path):
    path = trained(tmp_path / "pca", RunConfig(model=MODEL_CONFIGS["pca"](latent_dim=2)))
    at_once(measure_and_keep(path, dataset=pictures(), importance_samples=0))
    run = compared_run(open_for_viewing(path).run)
    words = compare([run, replace(with_train(run, seed=7), name="other")]).words
    assert words and not any("seed" in sentence for sentence in words)
    shares = [with_train(run, fraction=0.5), replace(with_train(run, fraction=0.5, seed=7), name="other")]
    assert "differ only in the seed" in compare(shares).words[0]
    assert with_train(run, fraction=0.5).recipe != run.recipe


def test_the_error_that_decides_is_beside_the_difference(paths, table):
    runs = [open_for_viewing(path).run for path in paths]
    figures = [run.current_figures.figures for run in runs]
    first, second = line(table, "mse").cells
    assert first.difference is None and second.difference == difference(BY_NAME["mse"], figures[1], figures[0])
    assert second.difference_text.startswith(("+", "−")) and " ± " in second.difference_text
    values = table.to_json()["figures"]["mse"]["differences"]
    assert values[0] is None and values[1]["value"] == figures[1].mse - figures[0].mse
    assert values[1]["error"] < values[1]["limit"] and values[1]["why_unknown"] == ""
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(as_csv(table)))}
    assert float(rows["mse"]["vae − ae error"]) == values[1]["error"]
    text = as_markdown(table)
    assert "| Figure | ae | vae | vae − ae |" in text and second.difference_text in text


def test_a_difference_without_a_known_error_says_why(paths):
    run = compared_run(open_for_viewing(paths[0]).run)
    other = replace(run, name="other", figures=replace(run.figures, mse=99.0, by_sample={}, mse_error=None))
    cell = line(compare([run, other]), "mse").cells[1]
    assert cell.difference_text.endswith("(its error is unknown: the values of its samples are not stored)")
    assert not any(one.better for one in line(compare([run, other]), "mse").cells)
    same = line(compare([run, replace(run, name="copy")]), "mse").cells[1]
    assert same.difference_text == "identical"


def test_a_run_that_is_not_measured_says_so(paths):
    runs = [compared_run(open_for_viewing(path).run) for path in paths]
    table = compare([runs[0], replace(runs[1], figures=None, waiting="being measured")])
    assert line(table, "mse").cells[1].text == "being measured"
    assert table.words == ("The figures of vae are not measured yet.",)


def test_csv_has_the_numbers_themselves(table):
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(as_csv(table, all_settings=True)))}
    assert float(rows["elbo"]["vae"]) == line(table, "elbo").cells[1].value
    assert float(rows["elbo"]["vae error"]) == line(table, "elbo").cells[1].error
    assert rows["elbo"]["ae"] == "" and rows["elbo"]["ae not defined"].startswith("not defined")
    assert rows["model.family"]["differs"] == "yes" and rows["train.epochs"]["differs"] == ""
    assert "train.epochs" not in as_csv(table)


def test_markdown_has_words_and_marks(paths):
    runs = [compared_run(open_for_viewing(path).run) for path in paths]
    worse = replace(runs[1], name="a|b", figures=replace(runs[1].figures, mse=99.0))
    text = as_markdown(compare([runs[0], worse]))
    (row,) = [row for row in text.splitlines() if row.startswith("| squared error")]
    assert row.count("★") == 1 and row.index("★") < row.index("99.00")
    assert r"a\|b" in text and "| **Autoencoder** |" in text
    assert text.startswith(compare([runs[0], worse]).words[0].replace("|", r"\|")[:20])


def test_a_table_is_written_whole_by_its_ending(table, tmp_path):
    for ending, text in ((".csv", as_csv(table)), (".md", as_markdown(table))):
        save_comparison(tmp_path / f"t{ending}", table)
        assert (tmp_path / f"t{ending}").read_bytes().decode() == text
    with pytest.raises(ValueError, match=r"\.csv or \.md"):
        save_comparison(tmp_path / "t.xlsx", table)


def test_json_has_a_value_for_each_run(table):
    values = json.loads(json.dumps(table.to_json(), allow_nan=False))
    assert values["runs"] == ["ae", "vae"] and values["figures"]["mse"]["values"][1] > 0
    assert values["figures"]["elbo"]["absent"][0].startswith("not defined")
    assert "model.family" in values["differing_settings"]


def test_runs_with_one_name_are_distinguished_by_their_folders(paths, tmp_path):
    import shutil

    copy = shutil.copytree(paths[0], tmp_path / "ae")
    table = at_once(compare_runs([paths[0], copy], importance_samples=4))
    assert table.runs == (str(paths[0]), str(copy))
    assert not any(one.differs for one in table.lines)


def test_a_run_of_an_older_step_has_no_figures(paths):
    run = open_for_viewing(paths[0]).run
    assert isinstance(compared_run(run), ComparedRun) and compared_run(replace(run, step=1)).figures is None
    assert open_run(paths[0]).name == "ae"
