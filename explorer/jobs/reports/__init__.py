"""Reports on a run for the command line and for files: information, the plane, the replay as a film."""
