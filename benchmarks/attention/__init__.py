"""The budget for human attention: whether it is kept, and whether what a certificate promises holds."""
