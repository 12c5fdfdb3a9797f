"""The paper: what a report looks like, as a page and in print, and how its numbers are traced."""
