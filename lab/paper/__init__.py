"""What a person reads of an experiment: plots, tables, reports."""
