"""What work costs: the laws of operations, the price table, the licences and where they break even."""
