"""Loading what the figures need and what takes long to import, before anybody waits for it."""

import torch


def load_slow_libraries() -> None:
    """Import scikit-learn's and scipy's parts, and have torch take a first derivative of a derivative.

    Together they take a second or two, all in one piece: the window opens without them, and loads them in a thread in
    which no question waits.
    """
    import scipy.spatial
    import scipy.spatial.distance
    import sklearn.neighbors

    assert scipy.spatial.ConvexHull and scipy.spatial.distance.cdist and sklearn.neighbors.KNeighborsClassifier
    with torch.inference_mode(mode=False), torch.enable_grad():
        place = torch.ones(1, requires_grad=True)
        weight = torch.ones(1, requires_grad=True)
        # With weights given, torch imports its symbolic shapes, and sympy with them.
        (slope,) = torch.autograd.grad(place.square(), place, weight, create_graph=True)
        torch.autograd.grad(slope, weight, torch.ones(1))
