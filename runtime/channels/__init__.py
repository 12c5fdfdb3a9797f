"""The ways that effects go out by: to a folder, by mail, by webhook. They carry parcels and keep no list of them."""
