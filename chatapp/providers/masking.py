"""Masks what no message of a model server or a function should tell, not even a log: keys, passwords, addresses."""

import re
from urllib.parse import urlsplit

MASK = "…"
#: Of a message, before anything is looked for in it. All patterns are bounded, or take a run of characters once.
MAX_CHARACTERS = 16_000

#: Names of what is secret, as they stand before its value.
NAMES = r"pass(?:word|wd|phrase)?|pwd|secret|token|api[ _-]?key|access[ _-]?key|credentials?|authorization|auth|cookie"
URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://(?:\[[0-9a-f:.]{2,45}\])?[^\s\"'<>()\[\]{},;]*", re.IGNORECASE)
PRIVATE_NAME = re.compile(
    r"\b(?:[\w-]{1,63}\.){1,10}(?:internal|intranet|intra|local|localdomain|lan|corp|home|private|svc|cluster|test)\b"
    r"(?::\d{1,5})?|\blocalhost\b(?::\d{1,5})?",
    re.IGNORECASE,
)
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]{0,2}\d)")
IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){0,6}:(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})(?![\w:])",
    re.IGNORECASE,
)
PATTERNS = (
    # A name and its value: password=…, "api_key": "…", Authorization: Bearer …
    re.compile(
        rf"(?P<kept>\b[\w-]{{0,30}}(?:{NAMES})\b[\"']?\s{{0,3}}[:=]\s{{0,3}}(?:(?:bearer|basic)\s{{1,3}})?[\"']?)"
        r"[^\s\"',;&]+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<kept>\b(?:bearer|basic)\s{1,3})[^\s\"',;]{4,}", re.IGNORECASE),
    re.compile(r"(?P<kept>\bhost(?:name)?[ =:]{1,3}[\"']?)[\w.-]+(?::\d{1,5})?", re.IGNORECASE),
    # Keys and accounts by the beginnings that their makers give them.
    re.compile(
        r"(?P<kept>\b)(?:sk|pk|rk|key|gsk|xai|org|proj|hf|ghp|gho|ghs|github_pat|glpat|nvapi|r8|pplx)[-_][\w*.-]{6,}"
    ),
    re.compile(r"(?P<kept>\b)(?:AKIA|ASIA|AIza|ya29\.|eyJ)[\w.-]{12,}"),
    # What is long and no word: hexadecimal, base64, base64url. The UUID of a request stays.
    re.compile(r"(?P<kept>(?<![A-Za-z0-9]))(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{28,}"),
    re.compile(r"(?P<kept>(?<![\w+/]))[A-Za-z0-9+/]{22,}={1,2}"),
    re.compile(r"(?P<kept>(?<![\w-]))(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{28,}"),
    *(re.compile(f"(?P<kept>){pattern.pattern}", pattern.flags) for pattern in (PRIVATE_NAME, IPV4, IPV6)),
)


def mask(text: str) -> str:
    """Return a text without keys, passwords and addresses of private networks, and without lone surrogates."""
    text = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
    text = URL.sub(lambda match: _mask_url(match[0]), text)
    for pattern in PATTERNS:
        text = pattern.sub(rf"\g<kept>{MASK}", text)
    return text


def _mask_url(url: str) -> str:
    """Mask a URL's user, its query, and its host unless that is a public name, as of a page that explains an error."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return MASK
    is_private = "." not in host or any(pattern.fullmatch(host) for pattern in (PRIVATE_NAME, IPV4, IPV6))
    query = f"?{MASK}" if parts.query else ""
    return f"{parts.scheme}://{MASK if is_private else host}{parts.path}{query}"
