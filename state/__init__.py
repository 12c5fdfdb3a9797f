"""What is known: cases, decisions, records, notes, reviews and runs."""
