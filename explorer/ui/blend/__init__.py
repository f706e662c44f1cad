"""The tab Blend: pinned samples, their weights, and the decode of the weighted mean of their codes."""
