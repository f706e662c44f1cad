"""The tabs below the planes, the protocols of their pages, and the buttons beside them."""
