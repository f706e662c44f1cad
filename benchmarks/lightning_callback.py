"""What `LightningExplorer` costs: seconds of a fit with the window beside it, against the same fit without it.

Needs Lightning, which is not a dependency of the program, in an environment of its own that also has this program:
``pip install "lightning!=2.6.2,!=2.6.3"`` (these two versions were malicious).

Fits alternate, so that other work on the machine affects both; the medians are compared. Both fit the same model from
the same weights, one thread each. The training is measured from its first batch to its last; opening the window, once
in a fit, is printed by itself.
"""

import argparse
import statistics
import warnings

import torch

from explorer.callbacks import LightningExplorer
from explorer.callbacks.explorer_callback import SHARE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", module="lightning")
    try:
        from _lightning_fit import timed_fit
    except ModuleNotFoundError as error:
        print(f"not measured: no module named {error.name} in this environment")
        return
    torch.set_num_threads(1)
    x = torch.rand(10_000, 784, generator=torch.Generator().manual_seed(0))
    timed_fit(x, 1, [])  # imports and caches
    plain, shown, planes, opening = [], [], 0, 0.0
    for _ in range(chosen.rounds):
        plain.append(timed_fit(x, chosen.epochs, []).training)
        callback = LightningExplorer(x)
        watch = timed_fit(x, chosen.epochs, [callback])
        shown.append(watch.training)
        opening = watch.before
        if callback.view is not None and callback.view.window is not None:
            planes = callback.view.planes
            callback.view.window.close()
    before, after = statistics.median(plain), statistics.median(shown)
    print(f"{'training':<32}{'seconds':>9}")
    print(f"{'without callback':<32}{before:>9.2f}")
    print(f"{f'with callback ({planes} planes)':<32}{after:>9.2f}")
    print(f"overhead {100 * (after / before - 1):.0f} %, target {SHARE:.0%}; the window opened in {opening:.1f} s")


if __name__ == "__main__":
    main()
