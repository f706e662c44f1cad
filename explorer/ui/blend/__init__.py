"""The tab Blend: pinned samples, their weights, and what the decoder makes of the weighted mean of their codes."""
