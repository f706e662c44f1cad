"""scikit-learn's own checks of an estimator; none is expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from explorer import Autoencoder

SETTINGS = {"threads": 1, "replay": 0, "log_likelihood": 0}


@pytest.mark.filterwarnings("default")  # the checks warn about what they skip
@parametrize_with_checks([Autoencoder(epochs=2, hidden_widths=(8,), settings=SETTINGS)])
def test_the_estimator_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)
