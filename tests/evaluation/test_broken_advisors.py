"""The gate guards: an advisor broken in any of these ways fails it, a sound one passes."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from advisor import citations
from advisor.app import Advisor
from advisor.commands import SetFact
from advisor.composing import embedded as composing
from advisor.content import content_path
from advisor.dialogue import answering, nodes
from advisor.evaluation.cases import shipped_cases
from advisor.evaluation.gate import PASS, check, read_thresholds
from advisor.evaluation.run import Bench, Selection, read_scores, run_cases
from advisor.messages import Citation
from advisor.retrieval.search import Retriever
from advisor.rules import load
from advisor.settings import load_settings
from advisor.understanding.embedded import EmbeddedReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.evaluation.scorers import Scores
    from advisor.language import Language
    from advisor.rules.book import RuleBook

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("broken-advisors")]

Patch = pytest.MonkeyPatch
THRESHOLDS = read_thresholds(content_path("evals", "thresholds.yaml"))


@pytest.fixture(scope="module")
def kept_home(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all runs here: a text is embedded once."""
    folder = tmp_path_factory.mktemp("evals") / "home"
    folder.mkdir()
    (folder / "index").symlink_to(built_index, target_is_directory=True)
    return folder


def _scores(home: Path, folder: Path, *suites: str) -> dict[str, Scores]:
    selection = Selection(tags=("fast",), suites=suites)
    settings = load_settings({"ADVISOR_HOME": str(home)})
    return read_scores(run_cases(selection.of(shipped_cases()), Bench(settings), folder, selection=selection))


@pytest.fixture(scope="module")
def sound(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scores]:
    """What the advisor as it is makes of the fast cases."""
    return _scores(kept_home, tmp_path_factory.mktemp("sound") / "run")


def test_the_sound_advisor_passes_against_itself(sound: dict[str, Scores]) -> None:
    found = check(sound, THRESHOLDS, sound, "fast")

    assert [line for line in found.lines if line.verdict != "pass"] == []
    assert found.status == PASS


def rule_dropped(patch: Patch) -> None:
    real = load.load_rules

    def fewer(*arguments: Any) -> RuleBook:
        book = real(*arguments)
        return replace(book, rules=tuple(rule for rule in book.rules if rule.id != "frequent-updates"))

    patch.setattr(load, "load_rules", fewer)


def citations_shifted(patch: Patch) -> None:
    real = citations.cite

    def shifted(*arguments: Any) -> citations.Cited:
        cited = real(*arguments)
        moved = (*cited.citations[1:], *cited.citations[:1])
        return replace(
            cited, citations=tuple(replace(new, n=old.n) for old, new in zip(cited.citations, moved, strict=True))
        )

    _replace_cite(patch, shifted)


def quotes_altered(patch: Patch) -> None:
    real = citations.cite

    def altered(*arguments: Any) -> citations.Cited:
        cited = real(*arguments)
        return replace(cited, citations=tuple(replace(entry, quote=entry.quote[::-1]) for entry in cited.citations))

    _replace_cite(patch, altered)


def markers_lost(patch: Patch) -> None:
    real = citations.cite

    def unmarked(*arguments: Any) -> citations.Cited:
        cited = real(*arguments)
        return replace(cited, reply=citations._MARKER.sub("", cited.reply), citations=())

    _replace_cite(patch, unmarked)


def number_invented(patch: Patch) -> None:
    real = citations.cite

    def boasting(*arguments: Any) -> citations.Cited:
        cited = real(*arguments)
        return replace(cited, reply=f"{cited.reply}\n\n93% / 4711")

    _replace_cite(patch, boasting)


def _replace_cite(patch: Patch, cite: Callable[..., citations.Cited]) -> None:
    from advisor.dialogue import asking

    patch.setattr(nodes, "cite", cite)
    patch.setattr(asking, "cite", cite)


def language_guard_off(patch: Patch) -> None:
    from advisor.dialogue import asking

    def english(*_: Any) -> Language:
        return "en"

    patch.setattr(nodes, "reply_language", english)
    patch.setattr(asking, "reply_language", english)


def abstention_off(patch: Patch) -> None:
    patch.setattr(answering, "COVERED", -10.0)


def always_abstains(patch: Patch) -> None:
    patch.setattr(answering, "COVERED", 10.0)
    patch.setattr(answering, "NEAR", 10.0)


def polarity_swapped(patch: Patch) -> None:
    _change_reading(
        patch,
        lambda command: (
            replace(command, value=not command.value)
            if isinstance(command, SetFact) and command.fact == "traceability_required" and command.value is not None
            else command
        ),
    )


def words_put_in_the_users_mouth(patch: Patch) -> None:
    _change_reading(
        patch,
        lambda command: replace(command, said=f"clearly, {command.said}") if isinstance(command, SetFact) else command,
    )


def _change_reading(patch: Patch, change: Callable[[Any], Any]) -> None:
    real = EmbeddedReader.read
    patch.setattr(EmbeddedReader, "read", lambda self, *rest: tuple(change(command) for command in real(self, *rest)))


def corrections_ignored(patch: Patch) -> None:
    real = nodes.apply

    def first_word_counts(profile: Any, commands: Any, turn: int) -> Any:
        kept = tuple(c for c in commands if not (isinstance(c, SetFact) and profile.value(c.fact) is not None))
        return real(profile, kept, turn)

    patch.setattr(nodes, "apply", first_word_counts)


def search_upside_down(patch: Patch) -> None:
    real = Retriever.search
    patch.setattr(Retriever, "search", lambda self, *rest: tuple(reversed(real(self, *rest))))


def forgets_what_was_told(patch: Patch) -> None:
    real = nodes.apply
    patch.setattr(
        nodes, "apply", lambda profile, commands, turn: real(profile.without("output_priority"), commands, turn)
    )


def calls_home(patch: Patch) -> None:
    real = Advisor.preview

    def watched(self: Advisor, *rest: Any) -> Any:
        with socket.socket():
            return real(self, *rest)

    patch.setattr(Advisor, "preview", watched)


def prints_links(patch: Patch) -> None:
    real = composing.EmbeddedComposer.compose
    patch.setattr(
        composing.EmbeddedComposer, "compose", lambda self, turn: f"{real(self, turn)}\n\nhttps://example.org/?q=1"
    )


def cites_what_is_not_there(patch: Patch) -> None:
    real = citations.cite

    def inventing(*arguments: Any) -> citations.Cited:
        cited = real(*arguments)
        made_up = tuple(Citation(c.n, c.source, f"{c.id}-annex", c.language, c.quote) for c in cited.citations)
        return replace(cited, citations=made_up)

    _replace_cite(patch, inventing)


@pytest.mark.parametrize(
    ("broken", "suites", "told_by"),
    [
        (rule_dropped, ("decision",), "decision/passed"),
        (citations_shifted, ("qa",), "qa/grounded"),
        (quotes_altered, ("qa",), "qa/quotes_verbatim"),
        (markers_lost, ("qa",), "qa/claims_proved"),
        (number_invented, ("qa",), "qa/numbers_sourced"),
        (cites_what_is_not_there, ("qa",), "qa/citations_hold"),
        (language_guard_off, ("qa",), "qa/language"),
        (abstention_off, ("qa",), "qa/answered_wrongly"),
        (always_abstains, ("qa",), "qa/refused_wrongly"),
        (polarity_swapped, ("extract",), "extract/answers"),
        (words_put_in_the_users_mouth, ("extract",), "extract/evidence"),
        (corrections_ignored, ("dialogue",), "dialogue/corrections"),
        (forgets_what_was_told, ("dialogue",), "dialogue/slots"),
        (search_upside_down, ("retrieval",), "retrieval/mrr@5"),
        (calls_home, ("extract",), "extract/no_sockets"),
        (prints_links, ("safety",), "safety/harmless"),
    ],
)
def test_a_broken_advisor_fails_the_gate(
    broken: Callable[[Patch], None],
    suites: tuple[str, ...],
    told_by: str,
    sound: dict[str, Scores],
    kept_home: Path,
    tmp_path: Path,
    monkeypatch: Patch,
) -> None:
    """Only the suites that the fault touches are played again; the others stay as the sound advisor played them."""
    broken(monkeypatch)

    scores = {**sound, **_scores(kept_home, tmp_path / "run", *suites)}
    found = check(scores, THRESHOLDS, sound, "fast")

    assert found.status != PASS
    assert told_by in {line.what for line in found.lines if line.verdict == "FAIL"}
