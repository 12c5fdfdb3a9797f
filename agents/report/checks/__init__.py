"""What can be wrong with data, one check a module."""
