"""What makes it go: the composition root, intake and batches."""
