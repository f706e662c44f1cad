"""The curves of training: what is drawn, and the panel that draws it."""
