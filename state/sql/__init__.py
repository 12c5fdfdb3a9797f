"""Where it is kept: SQL tables, checkpoints and the queries over them."""
