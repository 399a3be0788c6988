"""Slips of the keyboard are mended for reading; the words kept with a fact are those that were typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.commands import SetFact
from advisor.understanding.context import Context
from advisor.understanding.embedded import EmbeddedReader
from advisor.understanding.reader import shipped_reader
from advisor.understanding.spelling import MAX_MENDED, mended

if TYPE_CHECKING:
    from advisor.app import Advisor
    from advisor.understanding.reader import Reader


@pytest.fixture(scope="module")
def reader() -> Reader:
    found = shipped_reader()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("waht counts is teh wording", "what counts is the wording"),
        ("Wekly, I think", "Weekly, I think"),
        ("two hundered thosand exmaples, reveiwed", "two hundred thousand examples, reviewed"),
        ("once a mounth", "once a month"),
        ("我們是 montly 更新", "我們是 monthly 更新"),
    ],
)
def test_a_slip_is_mended(typed: str, right: str, reader: Reader) -> None:
    spelt = mended(typed, reader.rarity)
    assert spelt.text == right
    assert spelt.as_typed(spelt.text) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "the programme's colour and its labelled data",
        "Kubota tractors, bordereaux and telco bills",
        "ask Teh about it",  # a name
        "the TEH and the thosand.example.com pages",
        "mail exmaple@example.org or see docs/exmaples",
        "每個理拜一會改一版",
        "",
    ],
)
def test_what_may_be_meant_stays(typed: str, reader: Reader) -> None:
    assert mended(typed, reader.rarity).text == typed


def test_every_piece_leads_back_to_what_was_typed(reader: Reader) -> None:
    typed = "Honeslty: evry secnod Tuesday. Nobdy chages it at all"
    spelt = mended(typed, reader.rarity)
    assert spelt.text == "Honestly: every second Tuesday. Nobody changes it at all"
    assert spelt.as_typed("every second Tuesday") == "evry secnod Tuesday"
    assert spelt.as_typed("Nobody changes it") == "Nobdy chages it"
    assert spelt.as_typed("body") == "Nobdy"
    assert spelt.as_typed("at all") == "at all"
    assert spelt.as_typed("what was said before") == "what was said before"
    for start in range(len(spelt.text)):
        for end in range(start + 1, len(spelt.text) + 1):
            assert spelt.as_typed(spelt.text[start:end]) in typed


def test_a_document_is_not_spelt(reader: Reader) -> None:
    typed = "x " * MAX_MENDED + "teh thosand"
    assert mended(typed, reader.rarity).text == typed


def test_the_words_kept_are_those_typed(advisor: Advisor) -> None:
    reading = EmbeddedReader(advisor.embedder, advisor.derived.reader, advisor.book)
    typed = "twelve thosuand slips, all of them doubel checked by a senoir tech"
    context = Context("labeled_data", None, "", options_shown=False, profile={})
    assert reading.read(typed, context) == (SetFact("labeled_data", "sufficient", typed),)
