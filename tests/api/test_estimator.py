import gc
import pickle
import tempfile

import joblib
import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, csr_matrix, random_array
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

import explorer
from explorer import Autoencoder
from explorer.cli import app
from explorer.config import ConfigError
from explorer.models import catalog
from explorer.runs.weights_choice import FINAL

X, Y = load_digits(return_X_y=True)
X, Y = X[:300], Y[:300]
PICTURES = X.reshape(-1, 8, 8)
FAST = {"epochs": 1, "hidden_widths": (16,), "random_state": 0, "device": "cpu", "settings": {"threads": 1}}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Return a function that lists the temporary folders of runs; other processes have theirs elsewhere."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: {*tmp_path.glob("latent-explorer-run-*")}


@pytest.fixture(scope="module")
def vae():
    return Autoencoder(**FAST).fit(X, Y)


def test_the_weights_are_those_of_the_command_line(tmp_path):
    np.save(tmp_path / "x.npy", X)
    words = f"train --data {tmp_path / 'x.npy'} --epochs 2 --seed 3 --set data.sample_shape=vector --device cpu"
    more = f"--set train.threads=1 --set model.hidden_widths=16 --set model.beta=2 --out {tmp_path / 'run'}"
    assert CliRunner().invoke(app, [*words.split(), *more.split()]).exit_code == 0
    run = explorer.load(tmp_path / "run")
    found = Autoencoder(**{**FAST, "epochs": 2, "random_state": 3, "beta": 2}).fit(X).run_
    assert found.description.fingerprint == run.description.fingerprint
    wanted = run._model.state_dict()
    assert all(torch.equal(wanted[name], value) for name, value in found._model.state_dict().items())


def test_codes_decodes_and_score_are_those_of_the_run(vae):
    codes = vae.transform(X)
    np.testing.assert_allclose(codes, vae.run_.latents.mean, atol=1e-5)
    np.testing.assert_allclose(vae.inverse_transform(codes), vae.run_.decode(codes))
    np.testing.assert_array_equal(vae.sample(3, 5), vae.run_.sample(3, 5))
    assert vae.sample(2, np.random.RandomState(1)).shape == (2, 64)
    test = vae.run_.dataset().splits.test
    # The same draws in the same order.
    assert vae.score(X[test]) == pytest.approx(vae.run_.evaluate("test").elbo, rel=1e-6)
    assert vae.run_.description.class_names == tuple("0123456789")


def test_pca_is_that_of_scikit_learn():
    found = Autoencoder("pca", 3, held_out=1e-9, settings={"scaling": "none"}, random_state=0).fit(X)
    train = found.run_.dataset().splits.train
    assert len(train) == len(X) - 2
    wanted = PCA(3, svd_solver="full").fit(X[train])
    np.testing.assert_allclose(np.abs(found.transform(X)), np.abs(wanted.transform(X)), atol=1e-4)
    restored = wanted.inverse_transform(wanted.transform(X))
    np.testing.assert_allclose(found.inverse_transform(found.transform(X)), restored, atol=1e-4)


COLOURS = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
LAYOUTS = {
    "grey": (PICTURES, None),
    "rows": (X, (8, 8)),
    "colours last": (COLOURS, None),
    "colours first": (np.moveaxis(COLOURS, -1, 1), None),
    "two channels": (COLOURS[..., :2], None),
    "rows of colours": (COLOURS.reshape(40, -1), (6, 5, 3)),
    "one channel": (COLOURS[..., :1], None),
}


@pytest.mark.parametrize(("samples", "shape"), LAYOUTS.values(), ids=LAYOUTS)
def test_pictures_keep_their_form(samples, shape):
    found = Autoencoder("pca", random_state=0, sample_shape=shape).fit(samples)
    assert found.run_.description.kind == "image"
    restored = found.inverse_transform(found.transform(samples))
    assert restored.shape == samples.shape
    # Two components keep most of what all samples share, if the channels are where they were.
    assert np.abs(restored - samples).mean() < np.abs(samples.mean(axis=0)[::-1] - samples).mean()
    assert found.inverse_transform(np.zeros((2, 2))).shape == (2, *samples.shape[1:])


def test_every_family_with_an_encoder_has_codes_and_a_score():
    for family in catalog.families():
        if family.name in {"lsi", "skip-gram", "residual-ae"}:  # of texts; slow
            continue
        found = Autoencoder(family.name, epochs=1, random_state=0, settings={"replay": 0}).fit(PICTURES[:60], Y[:60])
        if not found.run_.has_encoder:
            with pytest.raises(ConfigError, match="has no encoder"):
                found.transform(PICTURES)
            continue
        assert found.transform(PICTURES[:5]).shape == (5, 2)
        assert np.isfinite(found.score(PICTURES[:20]))
        if found.run_.prior is None:
            with pytest.raises(ConfigError, match="choose a family with one"):
                found.sample()
        else:
            assert found.sample(2, 0).shape == (2, 8, 8)


def test_a_conditional_family_learns_the_classes():
    found = Autoencoder("conditional-vae", **FAST).fit(X, Y)
    assert not np.allclose(found.sample(2, 0, condition="3"), found.sample(2, 0, condition="4"))


def test_numbers_colour_the_plane_and_classes_are_names():
    found = Autoencoder(**FAST).fit(X, Y + 0.5)
    assert list(found.run_.dataset().columns) == ["y"] and found.run_.dataset().labels is None
    named = Autoencoder(**FAST).fit(X, np.where(Y > 4, "high", "low").astype(object))
    assert named.run_.dataset().class_names == ("high", "low")


def test_a_pickle_is_complete_without_the_folder(vae, tmp_path, temporary):
    copy = pickle.loads(pickle.dumps(vae))
    assert not temporary()  # nothing is written before the run is used
    np.testing.assert_array_equal(copy.transform(X), vae.transform(X))
    np.testing.assert_array_equal(copy.run_.latents.mean, vae.run_.latents.mean)
    with pytest.raises(ValueError, match="its data cannot be loaded"):
        copy.run_.dataset()
    again = pickle.loads(pickle.dumps(copy))
    del copy
    joblib.dump(again, tmp_path / "vae.joblib")
    np.testing.assert_array_equal(joblib.load(tmp_path / "vae.joblib").transform(X), vae.transform(X))


def test_no_files_are_left(temporary):
    found = Autoencoder(**FAST).fit(X)
    run = found.run_
    assert temporary() == {run.path.parent} and run.path.is_dir()
    del found
    gc.collect()
    run.plane()  # reads the folder, which outlives the estimator
    del run
    gc.collect()
    assert not temporary()
    with pytest.raises(ValueError, match="x"):
        Autoencoder(**FAST, sample_shape="x").fit(X)
    with pytest.raises(ConfigError, match="leave out settings"):
        Autoencoder(**{**FAST, "settings": {"max_features": 3}}).fit(X)
    assert not temporary()


def test_a_run_is_kept_where_it_is_asked_for(tmp_path):
    found = Autoencoder(**FAST, out=tmp_path / "run").fit(X)
    assert found.fit(X).run_.path == tmp_path / "run-2"
    del found
    gc.collect()
    assert len(explorer.load(tmp_path / "run").dataset()) == len(explorer.load(tmp_path / "run-2").dataset()) == 300


def test_it_works_in_a_pipeline_and_a_search():
    steps = make_pipeline(Autoencoder(**FAST), LogisticRegression(max_iter=300))
    search = GridSearchCV(steps, {"autoencoder__latent_dim": [2, 8]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"autoencoder__latent_dim": 8}
    by_score = GridSearchCV(Autoencoder(**FAST), {"beta": [0.5, 50.0]}, cv=2).fit(X)
    assert np.isfinite(by_score.cv_results_["mean_test_score"]).all()
    assert clone(by_score.best_estimator_).get_params()["settings"] == {"threads": 1}


def test_a_frame_gives_names_and_gets_a_frame():
    frame = load_iris(as_frame=True).data
    found = Autoencoder(**FAST).set_output(transform="pandas").fit(frame)
    assert list(found.transform(frame).columns) == ["autoencoder0", "autoencoder1"]
    assert found.run_.description.feature_names == tuple(found.feature_names_in_) == tuple(frame.columns)
    with pytest.raises(ValueError, match="feature names"):
        found.transform(frame.rename(columns={frame.columns[0]: "other"}))


@pytest.mark.parametrize("kind", [csr_array, csr_matrix])
def test_sparse_rows_stay_sparse(kind):
    samples = kind(random_array((80, 30), density=0.2, rng=0))
    found = Autoencoder(**FAST).fit(samples)
    assert hasattr(found.run_.dataset().samples, "tocsr")
    np.testing.assert_array_equal(found.transform(samples), found.transform(samples.toarray()))
    assert found.score(samples) == pytest.approx(found.score(samples.toarray()))


def test_seeds_are_those_of_scikit_learn():
    codes = [Autoencoder(**{**FAST, "random_state": state}).fit_transform(X[:60]) for state in (0, 0, 1)]
    np.testing.assert_array_equal(codes[0], codes[1])
    assert not np.array_equal(codes[0], codes[2])
    np.random.seed(0)
    drawn = [Autoencoder(**{**FAST, "random_state": None}).fit_transform(X[:60]) for _ in range(2)]
    assert not np.array_equal(*drawn)


def test_a_bar_shows_the_progress(capsys):
    Autoencoder(**FAST, verbose=1).fit(X)
    assert "2/2" in capsys.readouterr().err


REFUSED = {
    "no such family": ({"model": "nope"}, "unknown model"),
    "no such setting": ({"settings": {"betta": 4}}, "betta: no such setting"),
    "a setting of another family": ({"model": "ae", "beta": 4}, "beta: no such setting"),
    "out of range": ({"latent_dim": 0}, "model.latent_dim"),
    "nothing to validate on": ({"held_out": 0}, "held_out = 0: must be above 0"),
    "another shape": ({"sample_shape": (7, 8)}, r"X has samples of shape \(64,\)"),
    "no shape": ({"sample_shape": 8}, r"write the shape of a picture, such as \(28, 28\)"),
    "not a picture": ({"sample_shape": (64,)}, "are not pictures"),
    "features rearranged": ({"settings": {"sample_shape": "8x8"}}, "leave out settings"),
}


@pytest.mark.parametrize(("parameters", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_possible_is_refused(parameters, message):
    with pytest.raises(ConfigError, match=message):
        Autoencoder(**{**FAST, **parameters}).fit(X)


def test_the_window_opens_on_the_run(vae, monkeypatch):
    opened = []
    monkeypatch.setattr("explorer.api.estimator.open_beside", lambda runs, block: opened.append((runs, block)))
    vae.explore(block=False)
    assert opened == [({vae.run_.path: FINAL}, False)]


def test_it_must_be_fitted_first():
    with pytest.raises(AttributeError, match="call fit first"):
        _ = Autoencoder().run_
    for use in (Autoencoder().transform, Autoencoder().inverse_transform, Autoencoder().score):
        with pytest.raises(NotFittedError):
            use(X)
    with pytest.raises(NotFittedError):
        Autoencoder().sample()
