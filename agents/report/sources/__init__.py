"""The kinds of sources that data are pulled from."""
