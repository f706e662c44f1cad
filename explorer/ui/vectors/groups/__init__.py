"""Groups of samples in the tab Vectors: how they are chosen, found and shown."""
