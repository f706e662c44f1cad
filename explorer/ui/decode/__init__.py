"""What is decoded: renderers of every kind of data, the decode panel and the strip of selected samples."""
