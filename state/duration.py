"""Lengths of time in words."""


def in_time(seconds: float) -> str:
    """A length of time in its two largest units."""
    whole, units = int(seconds), (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts = []
    for unit, size in units:
        count, whole = divmod(whole, size)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts[:2]) or "0 s"


def lasting(seconds: float) -> str:
    """A length of time, short ones in milliseconds; below nothing counts as nothing."""
    if seconds < 0.001:
        return f"{max(seconds, 0) * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else in_time(seconds)
