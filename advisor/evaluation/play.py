"""Plays a case against an advisor and keeps what came of it. One function a suite."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

from advisor.conversation import Conversation
from advisor.evaluation import cases as c
from advisor.evaluation.records import Played, Record, Timing
from advisor.evaluation.users import ScriptedUser
from advisor.profile import FactValue, Known, Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from advisor.app import Advisor
    from advisor.messages import Response
    from advisor.profile import FactName

SEARCHED = 5
"""Passages of the searched source kept of every search."""

CASE_LIMIT_S = 120
"""A case that takes longer has failed."""

KNOWN_BEFORE_AN_ATTACK: dict[FactName, FactValue] = {
    "knowledge_update_frequency": "weekly",
    "output_priority": "accuracy",
}
"""What was told before an attack in mid-interview, while labelled data is asked for."""


@dataclass
class Player:
    """Plays cases; not to be used from two threads at once."""

    advisor: Advisor
    documents: Callable[[], Advisor] | None = None
    """Opens the advisor that has read the documents; asked for when a case needs one."""
    _with_documents: Advisor | None = field(default=None, init=False)
    _milliseconds: list[float] = field(default_factory=list, init=False)

    def play(self, case: c.Case, repeat: int = 0) -> tuple[Record, Timing]:
        """Play one case. Whatever goes wrong is part of the record; nothing is raised for it."""
        self._milliseconds = []
        with counted_sockets() as sockets:
            try:
                with time_limit(CASE_LIMIT_S):
                    parts = self._parts(case)
            except Exception as error:  # noqa: BLE001 - a case that fails is a failed case, not a dropped one
                told = f"{type(error).__name__}: {error}"[:500]
                parts = {"error": told.encode("utf-8", "replace").decode()}
        if self._with_documents is not None and "turns" in parts:
            parts["documents"] = _cited_documents(parts["turns"], self._with_documents)
        timing = Timing(f"{case.id}#{repeat}", case.suite, case.lang, tuple(self._milliseconds), peak_rss_mb())
        return Record(case=case, repeat=repeat, sockets=sockets[0], **parts), timing

    def _parts(self, case: c.Case) -> dict[str, Any]:
        match case:
            case c.RetrievalCase():
                return {"found": self._search(case)}
            case c.QaCase():
                return {"turns": self._asked(case)}
            case c.ExtractCase():
                return {"turns": tuple(self._utterance(case, utterance) for utterance in case.utterances)}
            case c.DialogueCase():
                return {"turns": self._dialogue(case)}
            case c.DecisionCase():
                return {"decision": self._decide(case)}
            case c.RobustCase():
                return {"turns": (self._preview(case.text, Conversation()),)}
            case c.SafetyCase():
                return self._attack(case)
            case c.PerfCase():
                return {"turns": self._conversation(case, case.turns, self.advisor)}
            case _ as never:
                assert_never(never)

    def _reader_of(self, source: str) -> Advisor:
        if source == "article":  # what documents lie beside it differs from run to run
            return self.advisor
        if self._with_documents is None:
            if self.documents is None:
                message = f"the case is about the document {source!r}; give it with --documents"
                raise LookupError(message)
            self._with_documents = self.documents()
        return self._with_documents

    def _search(self, case: c.RetrievalCase) -> tuple[dict[str, Any], ...]:
        advisor = self._reader_of(case.source) if case.source != "article" else self.advisor
        started = time.perf_counter()
        hits = advisor.retriever.search(case.query, 40, case.lang)
        self._took(started)
        of_source = [hit for hit in hits if hit.passage.source == case.source][:SEARCHED]
        return tuple(
            {"source": hit.passage.source, "id": hit.passage.id, "score": hit.score, "similarity": hit.similarity}
            for hit in of_source
        )

    def _asked(self, case: c.QaCase) -> tuple[Played, ...]:
        advisor = self._reader_of(case.gold.source)
        if not case.before:
            return (self._played(case.question, lambda: advisor.ask(case.question, None)),)
        return self._conversation(case, (*case.before, case.question), advisor)

    def _utterance(self, case: c.ExtractCase, utterance: c.Utterance) -> Played:
        known = Profile({fact: Known(value, "", 1) for fact, value in utterance.known.items()})
        before = Conversation(
            language=case.lang, profile=known, asking=utterance.asked, opened=utterance.asked is not None
        )
        return self._preview(utterance.text, before, utterance.asked)

    def _dialogue(self, case: c.DialogueCase) -> tuple[Played, ...]:
        user, session = ScriptedUser(case), f"eval-{case.id}"
        self.advisor.sessions.delete(session)
        turns = []
        said = user.opening()
        while True:
            turn = self._played(said.text, partial(self.advisor.respond, session, said.text), said.kind, said.fact)
            turns.append(turn)
            following = user.reply(turn.response)
            if following is None:
                return tuple(turns)
            said = following

    def _decide(self, case: c.DecisionCase) -> dict[str, Any]:
        from advisor.composing.embedded import recommendation_dict
        from advisor.rules.engine import recommend

        profile = Profile({fact: Known(value, "", 0) for fact, value in case.facts.items()})
        return recommendation_dict(recommend(self.advisor.book, profile), case.lang, self.advisor.book)

    def _attack(self, case: c.SafetyCase) -> dict[str, Any]:
        if case.place == "document":
            advisor = self._reader_of(document_name(case))
            question = case.question or case.clean[:200] or case.text[:200]
            facts = {fact: Known(value, "", 1) for fact, value in KNOWN_BEFORE_AN_ATTACK.items()}
            before = Conversation(language=case.lang, profile=Profile(facts), opened=True)
            attacked = self._played(question, lambda: advisor.preview(question, before, case.lang))
            clean = self._played(question, lambda: self.advisor.preview(question, before, case.lang))
            return {"turns": (attacked,), "reference": (clean,)}
        before = Conversation(language=case.lang)
        if case.place == "mid":
            facts = {fact: Known(value, "", 1) for fact, value in KNOWN_BEFORE_AN_ATTACK.items()}
            before = Conversation(language=case.lang, profile=Profile(facts), asking="labeled_data", opened=True)
        reference = (self._preview(case.clean, before),) if case.clean.strip() else ()
        return {"turns": (self._preview(case.text, before),), "reference": reference}

    def _conversation(self, case: c.Case, texts: tuple[str, ...], advisor: Advisor) -> tuple[Played, ...]:
        session = f"eval-{case.id}"
        advisor.sessions.delete(session)
        return tuple(self._played(text, partial(advisor.respond, session, text)) for text in texts)

    def _preview(self, text: str, before: Conversation, fact: FactName | None = None) -> Played:
        return self._played(text, lambda: self.advisor.preview(text, before), fact=fact)

    def _played(
        self, text: str, answer: Callable[[], Response], kind: str = "", fact: FactName | None = None
    ) -> Played:
        started = time.perf_counter()
        response = answer().to_dict()
        self._took(started)
        del response["elapsed_ms"]
        return Played(text, response, kind, fact)

    def _took(self, started: float) -> None:
        self._milliseconds.append(round((time.perf_counter() - started) * 1_000, 2))


def _cited_documents(turns: tuple[Played, ...], advisor: Advisor) -> tuple[tuple[str, str, str], ...]:
    """The cited passages that a scorer cannot read from the article or the rules."""
    cited = {(entry["source"], entry["id"]) for turn in turns for entry in turn.response["citations"]}
    found = ((key, advisor.documents.passage(key)) for key in sorted(cited)) if advisor.documents else ()
    return tuple((*key, passage.text) for key, passage in found if passage is not None)


def document_name(case: c.SafetyCase) -> str:
    """The name under which an attacking document is read."""
    return f"{case.id}.md"


def told(facts: Mapping[FactName, FactValue]) -> Profile:
    """A profile of these facts."""
    return Profile({fact: Known(value, "", 0) for fact, value in facts.items()})


_SOCKETS = [0]
_LISTENING = [False]


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.bind"):
        family = int(arguments[0].family)
    elif event == "socket.__new__":
        family = int(arguments[1])
    else:
        family = _NETWORK_FAMILIES[0] if event == "socket.getaddrinfo" else -1
    _SOCKETS[0] += family in _NETWORK_FAMILIES


_NETWORK_FAMILIES = (2, 10, 30)
"""AF_INET, and AF_INET6 on Linux and macOS."""


@contextmanager
def counted_sockets() -> Iterator[list[int]]:
    """Count the network sockets that are opened meanwhile, by whatever library, in one list's only item."""
    if not _LISTENING[0]:
        sys.addaudithook(_on_audit)
        _LISTENING[0] = True
    before = _SOCKETS[0]
    counted = [0]
    try:
        yield counted
    finally:
        counted[0] = _SOCKETS[0] - before


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise `TimeoutError` in the main thread after ``seconds``; no limit where there is no such signal."""
    import signal
    import threading

    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: Any) -> None:
        message = f"took longer than {seconds} s"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def peak_rss_mb() -> float:
    """The most memory that this process has used, in megabytes; 0 where the platform does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1_024 * 1_024 if sys.platform == "darwin" else 1_024), 1)
