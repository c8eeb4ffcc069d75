"""Takes out of a text what names a person or a machine, or opens a door: for reports that leave this machine."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

SECRET_NAME = r"\w*(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE_?KEY|_AUTH|AUTH_)\w*"
SHORTEST_SECRET = 6
"""Characters of a secret variable's value; a shorter one is not looked for in the text."""

_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
_KNOWN_TOKENS = (
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{20,}|pypi-[\w-]{16,}|xox[a-z]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|sk-[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s,;\"']+)"

_REPLACED: tuple[tuple[str, str], ...] = (
    (_KEY, "<key>"),
    (r"(\b[a-z][\w+.-]*://)[^/\s@'\"]+@", r"\1<password>@"),
    (r"\b((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?)[^\s'\"]+", r"\1<token>"),
    (r"\b((?:bearer|basic)\s+)[\w.~+/=-]{16,}", r"\1<token>"),
    (rf"(?<![\w-])([-\w]*(?:_authToken|{SECRET_NAME})[\"']?\s*[:=]\s*){_VALUE}", r"\1<token>"),
    (r"([?&](?:\w*token|key|password|secret|sig|signature|x-amz-\w+)=)[^&\s'\"]+", r"\1<token>"),
    (_KNOWN_TOKENS, "<token>"),
    (r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", "<mail>"),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL | re.IGNORECASE), shown) for pattern, shown in _REPLACED)


class Redactor:
    """Replaces the home folder by ~, the user by <user>, the machine by <machine>, passwords and tokens.

    Public words that are nobody's name (root, localhost) stay.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, user: str = "", machine: str = "") -> None:
        environ = os.environ if environ is None else environ
        names = {user or _user(environ), environ.get("USER", ""), environ.get("LOGNAME", "")}
        machines = {machine or socket.gethostname(), environ.get("HOSTNAME", "")}
        machines |= {name.partition(".")[0] for name in machines}
        homes = {environ.get("HOME", ""), str(Path(environ.get("HOME") or "/").resolve())}
        secrets = {
            value
            for name, value in environ.items()
            if re.fullmatch(SECRET_NAME, name, re.IGNORECASE) and len(value) >= SHORTEST_SECRET
        }
        self._whole: list[tuple[re.Pattern[str], str]] = [
            (re.compile(re.escape(value)), "<token>") for value in _longest_first(secrets)
        ]
        self._whole += [
            (re.compile(re.escape(home) + r"(?![\w.-])"), "~") for home in _longest_first(homes - {"", "/"})
        ]
        for words, shown, public in (
            (names, "<user>", {"root", "nobody", "user"}),
            (machines, "<machine>", {"localhost"}),
        ):
            self._whole += [
                (re.compile(rf"(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])"), shown)
                for word in _longest_first(words - {""} - public)
            ]

    def __call__(self, text: str) -> str:
        """`text` without them."""
        for pattern, shown in (*_PATTERNS, *self._whole):
            text = pattern.sub(shown, text)
        return text


def _user(environ: Mapping[str, str]) -> str:
    """The name of the user who runs this."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return environ.get("USER", "")


def _longest_first(words: set[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))
