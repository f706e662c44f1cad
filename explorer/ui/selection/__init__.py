"""The selected samples: their reconstructions, as a table and as a file."""
