"""Key-like strings do not leave; everything else does, unchanged."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.llm.redaction import REDACTED, redact

# put together here, so that no scanner takes this file for a leak
_FILL = "a1B2c3D4e5F6g7H8i9J0k1L2"
_PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{_FILL}\n{_FILL}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "secret",
    [
        "sk-" + _FILL,
        "sk-proj-" + _FILL,
        "sk-ant-api03-" + _FILL,
        "sk_live_" + _FILL,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "xoxb-" + "123456789012-" + _FILL,
        "xapp-" + "1-A012-" + _FILL,
        "ghp_" + _FILL,
        "gho_" + _FILL,
        "github_pat_" + _FILL,
        "glpat-" + _FILL,
        "hf_" + _FILL,
        "AIza" + _FILL + _FILL,
        "eyJhbGciOiJIUzI1NiJ9." + _FILL + "." + _FILL,
        _PEM,
        _PEM.replace("RSA ", ""),
    ],
)
@pytest.mark.parametrize("around", ["my key is {} ok?", "“{}”", "鍵は「{}」です", "key={}\nnext line"])
def test_a_key_is_taken_out_wherever_it_stands(secret: str, around: str) -> None:
    redacted = redact(around.format(secret))

    assert secret not in redacted
    assert _FILL not in redacted
    assert redacted == around.format(REDACTED)


def test_a_private_key_that_was_pasted_without_its_end_is_taken_out_to_the_end_of_the_text() -> None:
    assert redact("see " + _PEM.rpartition("\n")[0]) == f"see {REDACTED}"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"Authorization: Bearer {_FILL}", f"Authorization: Bearer {REDACTED}"),
        (f'{{"api_key": "{_FILL}"}}', f'{{"api_key": "{REDACTED}"}}'),
        ("OPENAI_API_KEY=abcdefgh12345", f"OPENAI_API_KEY={REDACTED}"),
        ("password: hunter22222", f"password: {REDACTED}"),
        ("postgresql://me:s3cret@db/x", f"postgresql://me:{REDACTED}@db/x"),
    ],
)
def test_what_is_named_as_a_secret_is_taken_out_and_its_name_stays(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "We use sk-learn-contrib and risk-assessment-pipelines every day.",
        "task-oriented-dialogue-systems-2026 need 1,000,000 calls a day",
        "The bearer of responsibilities must be traceable.",
        "Bearer authentication-mechanisms are described in the policy.",
        "Does password: matter for RAG?",
        "https://example.com/a:b@c",
        "每天大約一百萬次呼叫,格式必須一致。",
        "ticket AKIRA-123, hash 3f2a9c",
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("piece", ["sk-", "a-", "a:", "eyJ", "http://a", "bearer a", "xoxb-", "-----BEGIN "])
def test_no_text_takes_more_than_a_moment(piece: str) -> None:
    started = time.process_time()
    redact(piece * (100_000 // len(piece)))

    assert time.process_time() - started < 2
