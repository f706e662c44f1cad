"""Figures of the codes: classes, extent, holes, posteriors, and the distance of their distribution from the prior."""
