"""The points: colours, size, drawing, finding the one under the cursor."""
