"""The tab Traverse: what the decoder makes of codes along directions through the probe."""
