"""Mouse and keyboard input of a plane."""
