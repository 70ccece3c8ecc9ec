"""What is kept of the address that somebody asks from: a hash with a salt."""

from __future__ import annotations

import hashlib
import ipaddress


def address_hash(address: str | None, salt: bytes) -> str:
    """Return what counts as one address, hashed with the salt: hexadecimal SHA-256."""
    return hashlib.sha256(salt + network(address).encode("ascii")).hexdigest()


def network(address: str | None) -> str:
    """Return what counts as one address.

    Of an IPv6 address its network of 64 bits counts, which any one machine has to itself. What is no address, and none
    at all, counts as one: Streamlit gives none for this machine's own.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(found) >> 64 << 64))
