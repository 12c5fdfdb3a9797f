"""The lab: what coordination costs, measured."""
