"""What is drawn over or under the points."""
