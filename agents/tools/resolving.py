"""From a declared host to the addresses that it may be reached at.

A name that leads into this machine or a private network is a way round the declaration, so it is refused; unless the
address itself was declared too. ``localhost`` may be this machine, as its name says. What is returned is what must be
connected to: another question to the name server could bring another answer.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Network, ip_address

from agents.tools.declared_hosts import Address, Origin
from agents.tools.tool import ToolRefused

MOST = 3
"""Addresses of a host that are tried at most."""

_NAT64 = IPv6Network("64:ff9b::/96")


async def addresses(origin: Origin, declared: frozenset[Address]) -> list[Address]:
    """The addresses to try, one or more. Raises ``ToolRefused``."""
    if origin.address is not None:
        return [origin.address]
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ToolRefused(f"{origin.host} has no address that is known here.") from None
    found = list(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))
    if not found or not all(_allowed(address, origin, declared) for address in found):
        raise ToolRefused(f"{origin.host} leads to an address in a private network, which is not allowed.")
    return found[:MOST]


def _allowed(address: Address, origin: Origin, declared: frozenset[Address]) -> bool:
    if address in declared:
        return True
    real = _carried(address)
    if origin.host == "localhost":
        return real.is_loopback
    return real.is_global and not real.is_multicast


def _carried(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, address))[1]
