"""Files of numbers and pixels: tables, arrays, films, and pictures of samples at their own resolution."""
