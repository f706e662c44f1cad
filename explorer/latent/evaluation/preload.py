"""Preload the slow libraries that the figures need, so that no question has to wait for their import.

1. The window starts without scikit-learn and most of scipy; tests check that.
2. When figures are first computed, it calls `preload_libraries` in the background worker.
3. Only then are the figures computed in the inference worker, where an import of two seconds would hold up the answers
   to every move of the mouse.
"""

import torch


def preload_libraries() -> None:
    """Import parts of scikit-learn and scipy, and let torch compute a second derivative.

    This takes one or two seconds without a pause.
    """
    import scipy.spatial
    import scipy.spatial.distance
    import sklearn.neighbors

    # Naming what is needed loads submodules that are imported lazily, and keeps linters from removing the imports.
    assert scipy.spatial.ConvexHull and scipy.spatial.distance.cdist and sklearn.neighbors.KNeighborsClassifier
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = torch.ones(1, requires_grad=True)
        weight = torch.ones(1, requires_grad=True)
        # With weights for the outputs, torch imports its symbolic shapes, and sympy with them.
        (slope,) = torch.autograd.grad(x.square(), x, weight, create_graph=True)
        torch.autograd.grad(slope, weight, torch.ones(1))
