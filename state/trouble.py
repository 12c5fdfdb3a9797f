"""The trouble: what became of a call of a chat model that failed."""

from typing import Literal

Trouble = Literal["rate_limit", "server", "unreachable", "timeout", "key", "model", "request", "held_back"]
"""What became of a call of a chat model. ``key``: it was refused. ``model``: the server has none of that name.
``request``: the server does not take what was asked. ``held_back``: not made, since the server keeps failing."""
