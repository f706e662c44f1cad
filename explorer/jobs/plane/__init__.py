"""What a pane shows of a run: projected codes, classes, and the scene that overlays are computed from."""
