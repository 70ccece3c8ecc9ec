"""Under which address others reach this app: BN_PUBLIC_URL, else the one that this browser itself uses, else those of
this machine in its networks."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil
import streamlit as st

from bn_core.environment import EnvironmentProblem, read_environment
from pages.session.session import kept


@dataclass
class Network:
    """The address that the person chose of several; an empty text where nobody did."""

    chosen: str = ""


def likeliest(page: str) -> str | None:
    """Return the one of `addresses` that the person chose, else the first; None where there is none."""
    found, chosen = addresses(page), kept(Network).chosen
    return chosen if chosen in found else next(iter(found), None)


def to_talk(base: str, talk: str) -> str:
    """Return the address by which a class joins a talk."""
    return f"{base}?talk={talk}"


def choose(address: object) -> None:
    """Choose one of several; what is no text changes nothing. For callbacks."""
    if isinstance(address, str):
        kept(Network).chosen = address


def addresses(page: str) -> tuple[str, ...]:
    """Return the addresses of the app's home page, each ending in a slash, the likeliest first; none where nobody else
    reaches it.

    Args:
        page: which is shown, by the last part of its address.
    """
    try:
        public = read_environment().public_url
    except EnvironmentProblem:
        public = None
    if public is not None:
        return (public,)
    url = st.context.url
    return () if url is None else reached(home_of(url, page))


def reached(base: str) -> tuple[str, ...]:
    """Return the addresses by which others reach what is at this one, the likeliest first."""
    if not is_loopback(urlsplit(base).hostname):
        return (base,)
    if listens_here_only():
        return ()
    return tuple(moved_to(base, host) for host in hosts(_network_addresses()))


def listens_here_only() -> bool:
    """Whether the server takes connections from this machine alone."""
    address = st.get_option("server.address")
    return isinstance(address, str) and is_loopback(address)


def home_of(url: str, page: str) -> str:
    """Return the address of the app's home page, as that of one of its pages has it."""
    at = urlsplit(url)
    # A server may stand behind a path.
    path = at.path.rstrip("/").removesuffix(f"/{page}").rstrip("/")
    return f"{at.scheme}://{at.netloc}{path}/"


def moved_to(base: str, host: str) -> str:
    """Return an address with another host, and its port."""
    at = urlsplit(base)
    port = "" if at.port is None else f":{at.port}"
    return f"{at.scheme}://{f'[{host}]' if ':' in host else host}{port}{at.path}"


def is_loopback(host: str | None) -> bool:
    """Whether this names the machine itself."""
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hosts(found: Iterable[str]) -> list[str]:
    """Return those of a machine's IPv4 addresses that others reach it by, those of private networks first."""
    known = []
    for text in found:
        address = ipaddress.IPv4Address(text)
        if not (address.is_loopback or address.is_link_local or address.is_unspecified):
            known.append(address)
    return [str(address) for address in sorted(set(known), key=lambda address: (not address.is_private, address))]


def _network_addresses() -> list[str]:
    up: Mapping[str, object] = {name: stats for name, stats in psutil.net_if_stats().items() if stats.isup}
    return [
        one.address
        for name, all_of_it in psutil.net_if_addrs().items()
        for one in all_of_it
        if one.family == socket.AF_INET and name in up
    ]
