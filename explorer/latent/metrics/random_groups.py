"""Errors over samples by random groups, for figures whose terms share neighbours.

1. Divide the samples at random into m groups of equal size, several times.
2. Compute the figure in each group.
3. The variance of the figures within a division, averaged over the divisions and divided by m, is the squared standard
   error of their mean over a division (Wolter 2007, "Introduction to Variance Estimation", chapter 2).

This is exact for any figure, as disjoint groups of samples are independent. It is also the error of the figure of all
samples if the variance of a figure of n samples is proportional to 1/n. A jackknife that leaves out one sample at a
time counts what k samples do together k times (Efron and Stein 1981, Annals of Statistics 9, 586), which makes the
error of the overlap 1.5 times too large.
"""

import math

import numpy as np
from numpy.typing import NDArray


def values_of_groups(figure: float, groups: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values ``(p·m,)`` whose mean is the figure and whose standard deviation / √(p·m) is its standard error.

    Two runs with the same divisions of the same samples are compared by the differences of these values.

    Parameters
    ----------
    groups
        ``(p, m)``: the figure in each of m groups of p divisions.
    """
    divisions, count = groups.shape
    offsets = groups - groups.mean(axis=1, keepdims=True)
    # As many values as groups seem to be independent; the factor turns their spread into the error described above.
    values: NDArray[np.float64] = figure + math.sqrt((divisions * count - 1) / (count - 1)) * offsets.ravel()
    return values
