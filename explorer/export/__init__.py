"""What is seen, as files."""
