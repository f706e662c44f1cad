"""The tabs below the planes: what they know of their pages, and the buttons beside them."""
