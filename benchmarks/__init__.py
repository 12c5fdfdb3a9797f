"""Measurements against named rivals, one scenario a file."""
