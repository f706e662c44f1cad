"""Imports the slow libraries that the figures need, before anyone waits for them."""

import torch


def load_slow_libraries() -> None:
    """Import parts of scikit-learn and scipy, and let torch compute a second derivative.

    Together this takes one or two seconds without a pause, so the window does it in a thread that answers no questions.
    """
    import scipy.spatial
    import scipy.spatial.distance
    import sklearn.neighbors

    assert scipy.spatial.ConvexHull and scipy.spatial.distance.cdist and sklearn.neighbors.KNeighborsClassifier
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = torch.ones(1, requires_grad=True)
        weight = torch.ones(1, requires_grad=True)
        # With weights for the outputs, torch imports its symbolic shapes, and sympy with them.
        (slope,) = torch.autograd.grad(x.square(), x, weight, create_graph=True)
        torch.autograd.grad(slope, weight, torch.ones(1))
