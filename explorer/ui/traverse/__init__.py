"""The tab Traverse: decodes along directions through the probe."""
