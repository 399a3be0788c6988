"""Every error the advisor raises on purpose, so that each channel can say it in one sentence.

    AdvisorError
    ├── ConfigError            something the operator set is wrong
    │   ├── SettingsError      an environment variable or the settings file
    │   ├── RuleError          the rules file
    │   └── PhraseError        the phrases of the embedded mode
    ├── KnowledgeError         a source or the index made from it
    ├── RequestError           what the user or the calling program sent
    ├── SessionError           a stored conversation could not be read or written
    │   └── SessionConflictError  another process stored a turn of the same session first
    ├── OutputError            standard output could not be written
    │   └── ReaderGoneError    whoever read it left, which nobody needs to be told
    ├── EvalError              an evaluation that cannot be run or judged
    │   ├── CaseError          a case is not written as a case must be
    │   └── RunError           a run is missing, damaged or not comparable
    └── StepLimitError         a turn took more steps than any turn needs

Programming mistakes stay built-in exceptions and are not caught.
"""

from __future__ import annotations


class AdvisorError(Exception):
    """Base of all; its text tells what is wrong, where, and what to do."""

    code = "error"


class ConfigError(AdvisorError):
    """Something that the operator configured is wrong."""

    code = "config"


class SettingsError(ConfigError):
    """An environment variable or the settings file is wrong."""

    code = "settings"


class RuleError(ConfigError):
    """The rules file is wrong; the text lists every fault found."""

    code = "rules"


class PhraseError(ConfigError):
    """A phrase is missing or wants other slots than the code fills."""

    code = "phrases"


class KnowledgeError(AdvisorError):
    """A source cannot be read or the index cannot be built."""

    code = "knowledge"


class RequestError(AdvisorError):
    """What was asked cannot be read as a request."""

    code = "request"


class SessionError(AdvisorError):
    """A stored conversation cannot be read or written."""

    code = "session"


class SessionConflictError(SessionError):
    """Another process stored a turn of this session first; read it again and retry."""

    code = "session_conflict"


class OutputError(AdvisorError):
    """Standard output cannot be written."""

    code = "output"


class ReaderGoneError(OutputError):
    """Whoever read standard output left, as `head` does; the program ends without a word."""

    code = "reader_gone"


class EvalError(AdvisorError):
    """An evaluation cannot be run or judged."""

    code = "eval"


class CaseError(EvalError):
    """A case is not written as a case must be; the text names file and line."""

    code = "case"


class RunError(EvalError):
    """A run of evals is missing, damaged, or not comparable with another."""

    code = "run"


class StepLimitError(AdvisorError):
    """A turn took more steps than any turn needs."""

    code = "step_limit"


def unexpected(error: Exception) -> str:
    """What a user is told of a programming mistake: that it is ours, and that nothing is lost."""
    return (
        f"something went wrong inside the advisor ({type(error).__name__}); this message was not stored, "
        "everything before it is. Say it in other words, and please report it."
    )
