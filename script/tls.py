"""What `script/server --tls` adds to a start: HTTPS with a certificate that the shop makes itself."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

from config import Config
from repairshop.operations import authority
from repairshop.operations.authority import Papers

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def public_url(host: str, port: int) -> str:
    """What links are built from: where every address is listened on, the one that phones reach."""
    name = "localhost" if host in {"127.0.0.1", "::1"} else host
    if host in EVERY_ADDRESS:
        name = next(iter(authority.find_addresses()), "localhost")
    return f"https://{_in_address(name)}:{port}"


def trusted_hosts(host: str) -> str:
    return ",".join(_in_address(name) for name in authority.find_names(host))


def prepare(host: str, config: Config) -> Papers:
    names = authority.find_names(host)
    if config.public_host not in names:
        names.append(config.public_host)
    return authority.prepare(config.data, names=names, at=datetime.now(UTC))


def trusting(papers: Papers) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(papers.authority))


def how_to_trust(host: str, config: Config, papers: Papers) -> str:
    seen = authority.look(config.data)
    page = f"{config.public_url}/trust-this-shop"
    lines = [
        "Browsers warn until they know the shop's own certificate, once per phone and computer:",
        f"  phone     open {page}, go on past the warning, follow the steps there",
        f"  computer  the same, or import {papers.authority.resolve()}",
        f"  SHA-256   {seen.fingerprint if seen else ''}",
    ]
    if host not in EVERY_ADDRESS and config.public_host == "localhost":
        lines.append("Phones reach this machine only with --host 0.0.0.0")
    return "\n".join(lines) + "\n"


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name
