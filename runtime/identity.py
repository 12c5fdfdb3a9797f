"""Who drives runs: the identity of this process, and which other drivers are known to be dead."""

import os
import socket
import uuid
from pathlib import Path


def driver_identity() -> str:
    """A name for this driver: its host, its process with the moment that one began, and a number of its own."""
    return f"{_host()}:{os.getpid()}:{_began(os.getpid())}:{uuid.uuid4().hex[:8]}"


def is_dead(driver: str) -> bool:
    """Whether a driver was a process of this host that has ended; False where that cannot be known."""
    host, _, rest = driver.partition(":")
    pid, _, tail = rest.partition(":")
    if host != _host() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _began(int(pid)) != tail.partition(":")[0]


def _host() -> str:
    """This host, and among containers that share its name this one's numbering of processes."""
    try:
        return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').readlink().name.strip('pid:[]')}"
    except OSError:
        return socket.gethostname()


def _began(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
