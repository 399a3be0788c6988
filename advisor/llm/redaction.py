"""Takes out of a text what looks like a key or a token, before it goes to a server.

People paste whole configurations into a question. A key is recognised by the prefix that its issuer gave
it, or by the words before it; what merely looks random is left alone, for it may be what the question is about.
Repetitions that look ahead are bounded, so that no text takes more than a moment.
"""

from __future__ import annotations

import re

REDACTED = "[redacted]"
"""Stands where a secret stood."""

_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:sk|rk)[-_](?=[\w-]{0,99}\d)[A-Za-z0-9_-]{16,}"),  # OpenAI, Anthropic, Stripe; words have no digit
    re.compile(r"\bAIza[A-Za-z0-9_-]{30,}"),  # Google
    re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"),  # AWS access key ids
    re.compile(r"\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}"),  # Slack
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}"),  # GitHub
    re.compile(r"\bglpat-[A-Za-z0-9_-]{16,}"),  # GitLab
    re.compile(r"\bhf_[A-Za-z0-9]{16,}"),  # Hugging Face
    re.compile(r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),  # JSON web tokens
)

_AFTER_A_NAME = (
    re.compile(r"(?i)(\bbearer\s+)(?=[A-Za-z._~+/-]{0,99}\d)[A-Za-z0-9._~+/-]{12,}=*"),
    re.compile(
        r"(?i)((?<![a-z])(?:api[_-]?key|secret[_-]?(?:access[_-]?)?key|access[_-]?token|client[_-]?secret|password|passwd)"
        r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;]{8,}"
    ),
    re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@]{1,200}:)[^\s/@]{1,200}(?=@)"),  # the password of an address
)
"""What stands before the secret stays, so that the question can still be understood."""


def redact(text: str) -> str:
    """``text`` with every key-like string replaced by `REDACTED`; the same text where there is none."""
    for pattern in _PATTERNS:
        text = pattern.sub(REDACTED, text)
    for pattern in _AFTER_A_NAME:
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text
