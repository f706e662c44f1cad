"""Files and folders of arrays, one module per format."""
