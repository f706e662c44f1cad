"""Mouse and keyboard on the plane."""
