"""What a session remembers between turns: plain values, stored as JSON with a format number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from advisor.errors import RequestError, SessionError
from advisor.language import LANGUAGES, Language
from advisor.profile import FACTS, FactName, FactValue, Profile, check_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1
"""The form in which a conversation is stored; a higher one comes from a newer advisor."""


FRESH = 2
"""Replies for which an answer is what a short question leans on."""

MAX_LEANT_ON = 240
"""Characters kept of a question that was answered."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The last question that the sources answered."""

    question: str
    """What it asked, with what it leant on."""
    passages: tuple[str, ...]
    """The ids of the article's passages that were shown, in their order."""
    age: int = 0
    """Replies since."""

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {"question": self.question, "passages": list(self.passages), "age": self.age}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Answered | None:
        """Read what `to_dict` wrote."""
        if data is None:
            return None
        return cls(str(data["question"]), tuple(map(str, data["passages"])), int(data.get("age", 0)))


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state of one session after its last stored turn."""

    language: Language | None = None
    """The language of the last reply."""
    asked_language: Language | None = None
    """A language that the user asked to be answered in, whatever they write."""
    writing: Language | None = None
    """What the user was writing in when they asked for it; writing in a third one ends the wish."""
    profile: Profile = field(default_factory=Profile)
    asking: FactName | None = None
    """The fact that the last reply ended by asking for."""
    follow_up: str | None = None
    """Why the pending question is a follow-up (`AskBack.reason`)."""
    follow_up_said: str = ""
    """The words that called for the follow-up."""
    follow_up_options: tuple[FactValue, ...] = ()
    """The values between which the follow-up asked to choose."""
    follow_up_other: str = ""
    """The earlier words, where two statements did not fit."""
    followed_up: tuple[FactName, ...] = ()
    """Facts that had their one follow-up."""
    options_shown: bool = False
    """Whether the pending question was put with numbered answers."""
    misses: int = 0
    """How often in a row the pending question was not answered."""
    opened: bool = False
    """Whether the user was invited to tell about their case."""
    presented: str | None = None
    """The approach that was presented as final."""
    rules_fingerprint: str = ""
    """The rules under which the last recommendation was worked out."""
    answered: Answered | None = None
    """What a short question leans on, while it is fresh."""

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "format": FORMAT,
            "language": self.language,
            "asked_language": self.asked_language,
            "writing": self.writing,
            "facts": self.profile.to_dict(),
            "asking": self.asking,
            "follow_up": self.follow_up,
            "follow_up_said": self.follow_up_said,
            "follow_up_options": list(self.follow_up_options),
            "follow_up_other": self.follow_up_other,
            "followed_up": list(self.followed_up),
            "options_shown": self.options_shown,
            "misses": self.misses,
            "opened": self.opened,
            "presented": self.presented,
            "rules_fingerprint": self.rules_fingerprint,
            "answered": None if self.answered is None else self.answered.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Conversation:
        """Read what `to_dict` wrote, in this format or an older one.

        Raises:
            SessionError: a newer advisor wrote it, or it is not a conversation.
        """
        written = data.get("format")
        if not isinstance(written, int) or isinstance(written, bool) or written < 1:
            message = "the stored session has no format number; it was not written by the advisor"
            raise SessionError(message)
        if written > FORMAT:
            message = (
                f"the stored session has format {written}, this advisor reads up to {FORMAT}; "
                "it was written by a newer version: upgrade the advisor. Nothing was changed."
            )
            raise SessionError(message)
        try:
            return cls(
                language=_language(data.get("language")),
                asked_language=_language(data.get("asked_language")),
                writing=_language(data.get("writing")),
                profile=Profile.from_dict(data.get("facts", {})),
                asking=_fact(data.get("asking")),
                follow_up=data.get("follow_up"),
                follow_up_said=data.get("follow_up_said", ""),
                follow_up_options=_options(_fact(data.get("asking")), data.get("follow_up_options", ())),
                follow_up_other=data.get("follow_up_other", ""),
                followed_up=tuple(fact for name in data.get("followed_up", ()) if (fact := _fact(name))),
                options_shown=bool(data.get("options_shown")),
                misses=int(data.get("misses", 0)),
                opened=bool(data.get("opened")),
                presented=data.get("presented"),
                rules_fingerprint=data.get("rules_fingerprint", ""),
                answered=Answered.from_dict(data.get("answered")),
            )
        except (RequestError, KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"the stored session is damaged ({error}); nothing was changed"
            raise SessionError(message) from error


def _language(value: object) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)


def _options(fact: FactName | None, values: Sequence[object]) -> tuple[FactValue, ...]:
    return () if fact is None else tuple(check_value(fact, value) for value in values)


def _fact(value: object) -> FactName | None:
    return next((fact for fact in FACTS if fact == value), None)
