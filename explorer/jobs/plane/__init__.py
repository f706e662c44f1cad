"""What a pane shows of a run: projected codes, and the scene that overlays are computed from."""
