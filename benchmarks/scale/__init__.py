"""Scale on one machine: what workers, PostgreSQL and its queue carry, and what becomes of runs whose worker dies."""
