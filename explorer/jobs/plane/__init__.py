"""What a pane shows of a run: projected codes, classes, the scene that overlays are made from."""
