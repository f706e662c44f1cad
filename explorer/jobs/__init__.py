"""Qt-free background work of the window and the command line."""
