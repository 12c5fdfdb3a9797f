"""What a trial runs: simulated teams, their faults, the person who answers, and what is measured."""
