"""What is put first, content or form, where a text compares them outright."""

from __future__ import annotations

import pytest

from advisor.understanding.priorities import priority
from advisor.understanding.text import fold

COMPARED = {
    "en, more than": ("Accurate content is more important to us than consistent style.", "accuracy"),
    "en, the other way": ("A consistent style is more important to us than accurate content.", "consistency"),
    "en, matters more": ("The tone matters more to us than the figures.", "consistency"),
    "en, rather than": ("Getting the content right is our priority, rather than keeping the tone even.", "accuracy"),
    "en, less than": ("Accuracy is less important than a uniform voice.", "consistency"),
    "en, beats": ("Consistent wording beats correctness here.", "consistency"),
    "en, dismissed": ("The tone doesn't matter.", "accuracy"),
    "en, cared for by nobody": ("Nobody cares about the wording.", "accuracy"),
    "zh-Hant, more than": ("內容正確比風格一致更重要", "accuracy"),
    "zh-Hant, the other way": ("風格一致比內容正確更重要", "consistency"),
    "zh-Hant, compared with": ("跟風格統一相比，我們更在意內容答得對", "accuracy"),
    "zh-Hans, more than": ("语气风格每次一致比内容准确度重要", "consistency"),
    "zh-Hans, compared with": ("比起格式统一，我们更看重内容准确", "accuracy"),
    "zh-Hans, dismissed": ("内容不能错，语气随便", "accuracy"),
    "ja, than": ("文体の統一より中身が正しいほうが大事です", "accuracy"),
    "ja, the other way": ("正確さより文体の統一のほうが大事です", "consistency"),
    "ja, dismissed": ("言い回しはどうでもいいです", "accuracy"),
}


@pytest.mark.parametrize(("text", "first"), COMPARED.values(), ids=COMPARED)
def test_a_comparison_is_read_by_its_grammar(text: str, first: str) -> None:
    assert priority(fold(text)[0]) == first


@pytest.mark.parametrize(
    "text",
    [
        "Both matter: accurate content and a consistent tone.",
        "Accuracy is no more important than consistency.",
        "准确和一致，缺一不可",
        "どちらも同じくらい大事です",
        "The prices change every Monday.",
        "We care about accuracy.",
        "",
    ],
)
def test_what_compares_nothing_puts_nothing_first(text: str) -> None:
    assert priority(fold(text)[0]) is None
