"""The decode column: its panel and sections."""
