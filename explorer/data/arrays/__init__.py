"""Arrays of files by name: which are the samples, the classes and the columns; and how containers are read safely."""
