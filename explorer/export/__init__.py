"""What is seen, as files: pictures, sheets, animations, tables and arrays."""
