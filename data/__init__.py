"""The project's own generated samples and the script that makes them."""
