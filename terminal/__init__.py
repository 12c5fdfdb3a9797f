"""What the terminal shows: tables, stories and a progress bar. Only the command uses it."""
