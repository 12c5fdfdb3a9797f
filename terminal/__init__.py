"""What the terminal takes and shows: commands, tables, stories and a progress bar. Only the command uses it."""
