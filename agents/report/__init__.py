"""Data analysis and reporting: the specialists and what they stand on."""
