"""Codes without a decoder: embeddings, estimators without an inverse, texts, and cells."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from torch import nn

from explorer.config import ConfigError
from explorer.jobs.queries.measure_figures import MeasureFigures
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.questions import Question
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import UserModelSpec
from explorer.latent.steps import at_once
from explorer.models.latent_model import NO_DECODER, NotDefined

X = (load_digits().data / 16)[:80]
Y = load_digits().target[:80]
CODES = X[:, 19:21].astype(np.float32)
TEXTS = [f"a text about {'cats dogs birds fish'.split()[i % 4]} and number word{i}" for i in range(40)]  # noqa: SIM905


WORDS = make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0))


def cells() -> anndata.AnnData:
    data = anndata.AnnData(X, obs=pd.DataFrame({"cell_type": Y.astype(str)}, index=[f"c{i}" for i in range(len(X))]))
    data.obsm["X_pca"], data.obsm["X_umap"] = X[:, :5], CODES
    return data


class Sentences:
    """A model of sentences: encode takes a list of texts."""

    def encode(self, texts: list[str]) -> Any:
        assert isinstance(texts, list) and isinstance(texts[0], str)
        return np.array([[len(text), text.count("a")] for text in texts], np.float32)


MODELS: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "array": (lambda: CODES, X, CODES),
    "tensor": (lambda: torch.from_numpy(CODES), X, CODES),
    "DataFrame": (lambda: pd.DataFrame(CODES, columns=["UMAP 1", "UMAP 2"]), X, CODES),
    "embedding_": (lambda: SimpleNamespace(embedding_=CODES), X, CODES),
    "embedding_ of other samples": (
        lambda: SimpleNamespace(embedding_=CODES[:9], transform=lambda x: np.asarray(x)[:, 19:21]), X, CODES
    ),
    "AnnData": (cells, None, CODES),
    "scVI": (lambda: SimpleNamespace(get_latent_representation=lambda: CODES, adata=cells()), None, CODES),
    "transform alone": (
        lambda: LinearDiscriminantAnalysis(n_components=2).fit(X, Y), X,
        LinearDiscriminantAnalysis(n_components=2).fit(X, Y).transform(X),
    ),
    "texts": (Sentences, TEXTS, Sentences().encode(TEXTS)),
    "pipeline of texts": (
        lambda: WORDS.fit(TEXTS), pd.DataFrame({"text": TEXTS, "label": 20 * ["a", "b"]}), WORDS.fit_transform(TEXTS)
    ),
}  # fmt: skip


def answer(question: Question, opened: Any) -> Any:
    return at_once(question.ask(opened.loaded))


@pytest.mark.parametrize("name", MODELS)
def test_codes_have_a_plane_and_no_decode(name: str) -> None:
    make, samples, codes = MODELS[name]
    run = UserRun(UserModelSpec(model=make(), samples=samples))
    opened = run.open()
    assert not opened.run.capabilities.decoder and opened.run.dataset is not None and opened.loaded is not None
    plane = answer(EmbedPlane(run.key, reconstruct=True), opened)
    np.testing.assert_allclose(plane.mean, codes, atol=1e-4)
    with pytest.raises(NotDefined, match=NO_DECODER):
        opened.loaded.model.decode(torch.from_numpy(plane.mean))


def test_figures_of_codes_are_measured_and_those_of_decodes_are_not_defined() -> None:
    opened = UserRun(UserModelSpec(model=CODES, samples=X, labels=Y)).open()
    figures = answer(MeasureFigures(opened.run.key, "validation"), opened)
    assert figures.knn_accuracy is not None
    assert {figures.not_defined[name] for name in ("mse", "reconstruction")} == {NO_DECODER}


def test_encode_alone_is_a_model_without_a_decoder() -> None:
    run = UserRun(UserModelSpec(encode=nn.Linear(64, 3).double(), samples=X))
    assert answer(EmbedPlane(run.key), run.open()).mean.shape == (80, 3)


def test_codes_need_their_samples() -> None:
    with pytest.raises(ConfigError, match="pass the samples too, or decode"):
        UserRun(UserModelSpec(model=CODES))
    with pytest.raises(ConfigError, match="79 codes for 80 samples"):
        UserRun(UserModelSpec(model=CODES[:-1], samples=X))
    with pytest.raises(ConfigError, match="for texts, pass codes, or encode"):
        UserRun(UserModelSpec(encode=len, decode=len, samples=TEXTS))


def test_other_weights_encode_texts_again() -> None:
    model = Sentences()
    run = UserRun(UserModelSpec(model=model, samples=TEXTS))
    model.encode = lambda texts: np.zeros((len(texts), 2)) + np.arange(len(texts))[:, None]  # type: ignore[method-assign]
    assert answer(EmbedPlane(run.key), run.renew()).mean[5, 0] != 5  # bound when the run was made
