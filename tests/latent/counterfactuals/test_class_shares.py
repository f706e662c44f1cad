"""Shares of classes: votes of the nearest real samples, and probabilities of a user's classifier."""

import threading
from typing import Any

import numpy as np
import pytest

from explorer.data.dataset import Dataset
from explorer.jobs.user_model.user_prediction import UserClassifier
from explorer.latent.codes.nearest_real import SharedClasses, nearest_real
from explorer.models.user_model.user_functions import UserFunction
from explorer.models.user_model.user_model import SampleLayout


def test_votes_are_those_of_the_15_nearest_real_samples(digits: Dataset) -> None:
    real = nearest_real(digits)
    assert isinstance(real, SharedClasses)
    given = digits.rows(digits.splits.test[:20])
    shares = real.shares(given, 10)
    values = digits.description.transform.apply(given).reshape(20, -1).astype(float)
    lengths = np.linalg.norm(values[:, None] - real.values, axis=2)
    for row, order in enumerate(np.argsort(lengths, axis=1)):
        expected = np.bincount(real.labels[order[:15]], minlength=10) / 15
        assert shares[row] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([[0.25, 0.75], [1, 0]], [[0.25, 0.75], [1, 0]]),
        ([[0, np.log(3)], [0, 0]], [[0.25, 0.75], [0.5, 0.5]]),
        ([1, 0], None),
    ],
)
def test_a_users_classifier_has_probabilities_or_ids_alone(scores: Any, expected: Any) -> None:
    layout = SampleLayout((2,), (2,), False, np.dtype(np.float32))
    function = UserFunction(lambda x: np.asarray(scores, np.float32), "classify", threading.RLock())
    shares = UserClassifier(function, layout, ("a", "b")).shares(np.zeros((2, 2), np.float32), 2)
    if expected is None:
        assert shares is None
    else:
        assert shares == pytest.approx(np.array(expected), abs=1e-6)
