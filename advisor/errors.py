"""Every error the advisor raises on purpose, so that each channel can say it in one sentence.

    AdvisorError
    ├── ConfigError            something the operator set is wrong
    │   ├── SettingsError      an environment variable or the settings file
    │   ├── RuleError          the rules file
    │   ├── PhraseError        the phrases of the embedded mode
    │   ├── PromptError        a prompt of the language model
    │   └── PriceError         the price file
    ├── KnowledgeError         a source or the index made from it
    ├── RequestError           what the user or the calling program sent
    ├── SessionError           a stored conversation could not be read or written
    │   └── SessionConflictError  another process stored a turn of the same session first
    ├── OutputError            standard output could not be written
    │   └── ReaderGoneError    whoever read it left, which nobody needs to be told
    ├── ModelError             the language model gave no answer that can be used
    │   ├── ModelTimeoutError      not in the time that there is
    │   ├── ModelUnavailableError  the server is not reached, overloaded or broken
    │   │   ├── ModelRateLimitError    it wants to be asked less often
    │   │   └── ModelPausedError       it is not asked, for it failed just before
    │   ├── ModelSetupError        asking again is useless until the operator changes something
    │   │   ├── ModelAccessError       the key is wrong or may not do this
    │   │   ├── ModelQuotaError        the account has no credit left
    │   │   └── ModelUnknownError      the server has no such model, or the address is wrong
    │   ├── ModelRequestError      the server does not take this request
    │   │   └── ModelContextError      the prompt is too long for the model
    │   ├── ModelRefusedError      the model declines to answer
    │   │   └── ModelFilteredError     the server's content filter stepped in
    │   └── ModelOutputError       the answer is not what was asked for
    │       ├── ModelLengthError       it was cut at the most tokens allowed
    │       ├── ModelIncompleteError   it broke off
    │       └── ModelProtocolError     it is not in the form of the protocol
    ├── EvalError              an evaluation that cannot be run or judged
    │   ├── CaseError          a case is not written as a case must be
    │   ├── CassetteError      a recorded answer is missing or cannot be read
    │   └── RunError           a run is missing, damaged or not comparable
    └── StepLimitError         a turn took more steps than any turn needs

Programming mistakes stay built-in exceptions and are not caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from advisor.llm.client import Usage


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


class PromptError(ConfigError):
    """A prompt is not written as a prompt must be, or is given other inputs than it declares; all are named."""

    code = "prompts"


class PriceError(ConfigError):
    """The price file is wrong; the text lists every fault found."""

    code = "prices"


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


class ModelError(AdvisorError):
    """The language model gave no answer that can be used; the embedded mode can answer instead.

    The text holds nothing that the server said and no secret.
    """

    code = "model"
    retryable: ClassVar[bool] = False
    """Whether the same request may well succeed a moment later."""
    permanent: ClassVar[bool] = False
    """Whether it fails until the operator changes something."""
    blames_server: ClassVar[bool] = False
    """Whether it counts against the server, as opposed to this one request."""

    def __init__(self, message: str, *, usage: Usage | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.usage = usage
        """What was already paid for; ``None`` when nothing is known to have been."""
        self.status = status
        """The HTTP status of the server's answer, if it gave one."""


class ModelTimeoutError(ModelError):
    """The model did not answer in the time that there is."""

    code = "model_timeout"
    retryable = True
    blames_server = True


class ModelUnavailableError(ModelError):
    """The server of the model is not reached, overloaded or broken."""

    code = "model_unavailable"
    retryable = True
    blames_server = True


class ModelRateLimitError(ModelUnavailableError):
    """The server wants to be asked less often."""

    code = "model_rate_limit"

    def __init__(
        self,
        message: str,
        *,
        usage: Usage | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, usage=usage, status=status)
        self.retry_after_s = retry_after_s
        """Seconds after which the server is willing to be asked again, if it said so."""


class ModelPausedError(ModelUnavailableError):
    """The server is not asked, for it failed just before."""

    code = "model_paused"
    retryable = False
    blames_server = False

    def __init__(self, message: str, *, because: str, left_s: float) -> None:
        super().__init__(message)
        self.because = because
        """The code of the error that led to the pause."""
        self.left_s = left_s
        """Seconds until the server is tried again."""


class ModelSetupError(ModelError):
    """Asking is useless until the operator changes a setting or an account."""

    code = "model_setup"
    permanent = True
    blames_server = True


class ModelAccessError(ModelSetupError):
    """The server does not accept the key, or the key may not use the model."""

    code = "model_access"


class ModelQuotaError(ModelSetupError):
    """The account behind the key has no credit left."""

    code = "model_quota"


class ModelUnknownError(ModelSetupError):
    """The server has no such model, or there is no such server at the address."""

    code = "model_unknown"


class ModelRequestError(ModelError):
    """The server does not take this request."""

    code = "model_request"

    def __init__(
        self,
        message: str,
        *,
        usage: Usage | None = None,
        status: int | None = None,
        parameter: str | None = None,
    ) -> None:
        super().__init__(message, usage=usage, status=status)
        self.parameter = parameter
        """The parameter that the server objects to, where it is one that can be left out."""


class ModelContextError(ModelRequestError):
    """The prompt is too long for the model."""

    code = "model_context"


class ModelRefusedError(ModelError):
    """The model declines to answer."""

    code = "model_refused"


class ModelFilteredError(ModelRefusedError):
    """The server's content filter stopped the question or the answer."""

    code = "model_filtered"


class ModelOutputError(ModelError):
    """The answer is not what was asked for; asking once more with what was wrong may mend it."""

    code = "model_output"


class ModelLengthError(ModelOutputError):
    """The answer was cut at the most tokens allowed."""

    code = "model_length"


class ModelIncompleteError(ModelOutputError):
    """The answer broke off before its end."""

    code = "model_incomplete"
    retryable = True
    blames_server = True


class ModelProtocolError(ModelOutputError):
    """What came back is not in the form of the protocol."""

    code = "model_protocol"
    retryable = True
    blames_server = True


class EvalError(AdvisorError):
    """An evaluation cannot be run or judged."""

    code = "eval"


class CaseError(EvalError):
    """A case is not written as a case must be; the text names file and line."""

    code = "case"


class CassetteError(EvalError):
    """A recorded answer of a language model is missing or cannot be read; the model is not asked instead."""

    code = "cassette"


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
