"""Who decides: specialists, panels and the specialists of the shipped workflows."""
