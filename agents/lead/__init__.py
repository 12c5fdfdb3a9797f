"""The specialists of lead qualification and routing."""
