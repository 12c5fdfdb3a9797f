"""How it flows: workflows, the agenda, conflicts, escalation and the graphs built from them."""
