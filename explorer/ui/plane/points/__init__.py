"""The points of a plane: their colours, sizes, drawing and picking."""
