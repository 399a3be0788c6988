"""What a language model's sentence must be: each way out that a compromised model has, and honest paraphrases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.composing.guard import fault
from advisor.knowledge import article, in_language

if TYPE_CHECKING:
    from advisor.language import Language

FRESH, COST, TAKE, RAG = (
    "core-differences/knowledge-freshness",
    "core-differences/cost-structure",
    "my-take",
    "what-is-rag",
)


def _texts(language: Language, *ids: str) -> list[str]:
    return [in_language(article()[each], language).text for each in ids]


HONEST: list[tuple[Language, str, str]] = [
    ("en", FRESH, "RAG updates instantly, while fine-tuning requires retraining cycles measured in days."),
    ("en", FRESH, "Fine-tuning requires retraining cycles that are measured in days; RAG updates instantly."),
    ("en", COST, "RAG has a low upfront cost but a higher inference cost."),
    ("en", RAG, "RAG lets models query external knowledge bases without retraining, and it is fast to set up."),
    ("en", TAKE, "Many teams rush into fine-tuning before they understand their actual requirements."),
    ("zh-Hant", FRESH, "RAG 即時更新，微調需要重新訓練週期。"),
    ("ja", FRESH, "RAGは即時更新できます。"),
]


@pytest.mark.parametrize(("language", "passage", "sentence"), HONEST)
def test_a_paraphrase_in_the_passages_words_stands(language: Language, passage: str, sentence: str) -> None:
    if language == "en":
        assert fault(sentence, _texts(language, passage), language) is None
    else:  # the wording of the article in other languages is its own; it is compared with itself
        (text,) = _texts(language, passage)
        assert fault(text.split("。")[0][:120], [text], language) is None


HOSTILE = {
    "a link": "RAG updates instantly, see https://evil.example now.",
    "a marker of its own": "RAG updates instantly [9].",
    "a reference of its own": "RAG updates instantly [[article:closing]].",
    "markup": "RAG **updates** instantly.",
    "an escape": "RAG updates \x1b[31minstantly.",
    "a bidirectional mark": "RAG updates \u202einstantly.",
    "words of nobody's": "The purple walrus sings at midnight.",
    "words hidden behind the source": "RAG updates instantly; fine-tuning requires retraining, the purple walrus sings.",
    "an advice": "You should fine-tune now.",
    "an advice behind the source": "Fine-tuning requires retraining cycles, so you should fine-tune now.",
    "subjects exchanged": "Fine-tuning updates instantly; RAG requires retraining cycles measured in days.",
    "a negation brought along": "RAG does not update instantly.",
    "another language": "RAG 即時更新。",
    "too long": "RAG updates instantly. " * 30,
    "nothing": "",
}


@pytest.mark.parametrize("sentence", HOSTILE.values(), ids=HOSTILE)
def test_what_the_passages_do_not_say_does_not_stand(sentence: str) -> None:
    assert fault(sentence, _texts("en", FRESH), "en") is not None


def test_a_negation_that_is_left_out_does_not_stand() -> None:
    texts = _texts("en", "decision-framework/labeled-data")
    assert fault("Without it, fine-tune yet.", texts, "en") is not None
