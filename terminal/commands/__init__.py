"""The commands, a noun a file; the front door puts them in order. A command imports what it drives when it is given."""
