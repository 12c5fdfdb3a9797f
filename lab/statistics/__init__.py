"""What trials say: figures with intervals, fits, crossings, verdicts."""
