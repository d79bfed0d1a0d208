"""Validation of a server's address, before anything connects to it."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from rusta.core.errors import ConfigError
from rusta.mind.engines.foreign_text import quoted

LONGEST = 2000  # characters
_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]*)?")
_FOUR_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+){3}")


def server_host(url: str) -> str:
    """Return the host of `engine.url`. Raises `ConfigError` for an address that parsers could interpret differently.

    The parsers are those of the HTTP client and of the resolver. The check is stricter than RFC 3986: plain ASCII, no
    userinfo, no query, no fragment, no IPv6 zone.
    """
    if fault := _fault(url):
        hidden = re.sub(r"(//|^).*@", r"\1...@", url, count=1, flags=re.DOTALL)  # messages must not show a password
        raise ConfigError(f"engine.url={quoted(hidden)} {fault} For example: engine.url=http://127.0.0.1:8080/v1")
    return urlsplit(url).hostname or ""


def loopback(host: str) -> bool:
    """Whether the host is this machine. "localhost" counts as such; other names are not looked up and do not."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fault(url: str) -> str | None:
    if len(url) > LONGEST:
        return f"has {len(url)} characters; an address has at most {LONGEST}."
    if not url.isascii():
        return "is not plain ASCII. Write a foreign name as punycode (xn--...) and a path percent-encoded."
    if re.search(r"[\x00-\x20\x7f\\]", url):
        return "holds a space, a backslash or a control character."
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "is not a URL: its brackets hold no IPv6 address."
    if parts.scheme not in ("http", "https") or not host:
        return "is not a URL with http or https and a host."
    if "@" in parts.netloc:
        return "carries a name or a password, which messages would show. Send them as a header: engine.headers={...}"
    if "?" in url or "#" in url:
        return "has a query or a fragment, and paths are appended to it. End it with the path."
    if "%" in host:
        return "names an IPv6 zone, or percent-encodes its host. Write the host as it is, without a zone."
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        return "has a port that is no number from 1 to 65535."
    return (
        None
        if _NETLOC.fullmatch(parts.netloc) and _host(host)
        else "has a host that is neither a name nor an IP address."
    )


def _host(host: str) -> bool:
    if ":" in host or _FOUR_NUMBERS.fullmatch(host):
        try:
            ip_address(host)
        except ValueError:
            return False
        return True
    return len(host) <= 253 and all(0 < len(label) <= 63 for label in host.removesuffix(".").split("."))
