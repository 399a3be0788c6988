"""What a run leaves: a header, one record a case, and, kept apart, what differs from run to run.

``header.json`` says what was run, ``records.jsonl`` what came of every case, ``scores.jsonl`` what the
scorers make of it. In the embedded mode two runs of the same content give the same bytes. Times and
memory, which never do, stand in ``timings.jsonl``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from advisor.errors import CaseError, RunError
from advisor.evaluation.cases import Case, parse_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMAT = 1
"""The form of a run's files."""

HEADER, RECORDS, SCORES, TIMINGS = "header.json", "records.jsonl", "scores.jsonl", "timings.jsonl"
PARTIAL = "partial.jsonl"
"""The records of a run that has not ended, in the order in which they came."""


@dataclass(frozen=True, slots=True)
class Played:
    """One message put to the advisor and what came back."""

    text: str
    response: dict[str, Any]
    """The contract's response, without the time it took."""
    kind: str = ""
    """What the message was meant as: ``opening``, ``answer``, ``correction``, a move; free for other suites."""
    fact: str | None = None
    """The fact that an answer is about."""


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one case."""

    case: Case
    turns: tuple[Played, ...] = ()
    found: tuple[dict[str, Any], ...] = ()
    """What a search found, best first: source, id, score."""
    reference: tuple[Played, ...] = ()
    """The same without the attack, where a case is one."""
    decision: dict[str, Any] | None = None
    """What the rules alone said."""
    documents: tuple[tuple[str, str, str], ...] = ()
    """Source, id and text of every cited passage of the user's documents."""
    error: str | None = None
    """Why the case could not be played; it counts as failed in every metric."""
    sockets: int = 0
    """Network sockets opened or names looked up while it was played."""
    repeat: int = 0
    """Which playing of the case this is, from 0."""

    @property
    def key(self) -> str:
        """What tells this record from the others of a run."""
        return f"{self.case.id}#{self.repeat}"

    def to_json(self) -> str:
        """One line, the same for the same record."""
        values = {
            "case": self.case.model_dump(mode="json"),
            "repeat": self.repeat,
            "turns": [asdict(turn) for turn in self.turns],
            "found": list(self.found),
            "reference": [asdict(turn) for turn in self.reference],
            "decision": self.decision,
            "documents": list(self.documents),
            "error": self.error,
            "sockets": self.sockets,
        }
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Read what `to_json` wrote."""
        values = json.loads(line)
        return cls(
            case=parse_case(values["case"]),
            turns=tuple(Played(**turn) for turn in values["turns"]),
            found=tuple(values["found"]),
            reference=tuple(Played(**turn) for turn in values["reference"]),
            decision=values["decision"],
            documents=tuple((source, passage_id, text) for source, passage_id, text in values["documents"]),
            error=values["error"],
            sockets=values["sockets"],
            repeat=values["repeat"],
        )


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the turns of one record took, on this machine."""

    key: str
    suite: str
    lang: str
    milliseconds: tuple[float, ...]
    peak_rss_mb: float


@dataclass(frozen=True)
class Header:
    """What was run on what."""

    mode: str
    version: str
    commit: str | None
    cases: dict[str, int]
    """How many cases of each suite."""
    case_set: str
    """`case_set_hash` of them."""
    selection: dict[str, Any]
    """What was asked for: suites, languages, tags, …"""
    fingerprints: dict[str, str]
    """Of the rules, the index, the phrases and prompts, the scorers."""
    platform: dict[str, str]
    repeat: int = 1
    format: int = FORMAT
    notes: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """The header's file."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=2) + "\n"


@dataclass(frozen=True)
class Run:
    """A run on disk."""

    folder: Path
    header: Header

    @property
    def name(self) -> str:
        """What it is called by."""
        return self.folder.name

    @property
    def size(self) -> int:
        """How many cases it has.

        Raises:
            RunError: the header is damaged.
        """
        try:
            return sum(self.header.cases.values())
        except (AttributeError, TypeError) as error:
            message = f"the header of the run {self.name!r} cannot be read: its cases are not counted by suite"
            raise RunError(message) from error

    def records(self) -> Iterator[Record]:
        """Its records, in the order of the cases.

        Raises:
            RunError: it has not ended or is damaged.
        """
        yield from _read_records(self.folder / RECORDS)

    def timings(self) -> tuple[Timing, ...]:
        """How long everything took; empty where that was not kept."""
        file = self.folder / TIMINGS
        if not file.is_file():
            return ()
        return tuple(
            Timing(**{**json.loads(line), "milliseconds": tuple(json.loads(line)["milliseconds"])})
            for line in read_lines(file)
        )


def _read_records(file: Path) -> Iterator[Record]:
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield Record.from_json(line)
                except (ValueError, KeyError, TypeError, CaseError) as error:
                    message = f"{file.parent.name}/{file.name}:{number} is damaged: {error}"
                    raise RunError(message) from error
    except OSError as error:
        message = f"the run {file.parent.name!r} has no records ({error.strerror}); it may not have ended: use --resume"
        raise RunError(message) from error
    except UnicodeDecodeError as error:
        message = f"{file.parent.name}/{file.name} is damaged: {error}"
        raise RunError(message) from error


def open_run(folder: Path) -> Run:
    """Open a run.

    Raises:
        RunError: there is none, or a newer advisor wrote it.
    """
    try:
        values = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        header = Header(**values)
        if not isinstance(header.format, int):
            raise TypeError("its format is not a number")
    except OSError as error:
        message = f"{str(folder)!r} is not a run of evals ({error.strerror}); see: advisor eval runs"
        raise RunError(message) from error
    except (ValueError, TypeError, RecursionError) as error:
        message = f"the header of the run {folder.name!r} cannot be read: {error}"
        raise RunError(message) from error
    if header.format > FORMAT:
        message = f"the run {folder.name!r} was written by a newer advisor (format {header.format})"
        raise RunError(message)
    return Run(folder, header)


def read_lines(file: Path) -> list[str]:
    """The lines that `write_lines` wrote; what other scripts call a line end may stand within one."""
    return file.read_text(encoding="utf-8").removesuffix("\n").split("\n") if file.stat().st_size else []


def write_lines(file: Path, lines: Iterable[str]) -> None:
    """Write ``lines`` at once: a reader sees the old file or the new one."""
    beside = file.with_suffix(".writing")
    with beside.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines)
    beside.replace(file)
