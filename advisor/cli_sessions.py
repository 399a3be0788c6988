"""`advisor sessions`: list, show, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli_shared import JsonOption, emit, make_advisor
from advisor.errors import SessionError
from advisor.llm.spending import Spent, told

if TYPE_CHECKING:
    from advisor.app import Advisor

sessions_app = typer.Typer(help="Stored conversations.", no_args_is_help=True, rich_markup_mode=None)


@sessions_app.command("list")
def sessions_list(as_json: JsonOption = False) -> None:
    """List stored conversations, the latest first."""
    lines = make_advisor().sessions.list()
    if as_json:
        for line in lines:
            emit({"session": line.id, "updated": line.updated, "turns": line.turns, "approach": line.approach})
    elif not lines:
        print("No conversations are stored yet. Begin one with: advisor chat")
    else:
        for line in lines:
            print(
                f"{line.updated[:16].replace('T', ' ')}  {line.turns:>3} turns  {line.approach or '-':<18}  {line.id}"
            )


SessionArgument = Annotated[str, typer.Argument(metavar="SESSION", help="The conversation's name.")]


@sessions_app.command("show")
def sessions_show(session: SessionArgument, as_json: JsonOption = False) -> None:
    """Show a stored conversation, turn by turn."""
    from advisor.channels.render import printable

    advisor = make_advisor()
    transcript = advisor.sessions.transcript(session)
    if not transcript:
        raise _no_session(advisor, session)
    turns = [_parted(response) for _, response in transcript]
    for (text, response), spent in zip(transcript, turns, strict=True):
        if as_json:
            emit({"text": text, "response": response, **({} if spent is None else {"spent": spent.to_dict()})})
        else:
            print(f"› {printable(text)}\n\n{printable(response['reply'])}\n")
            if spent is not None:
                print(f"({told([spent])})\n")
    paid = [spent for spent in turns if spent is not None]
    if paid and not as_json:
        print(f"In all: {told(paid)}")


def _parted(response: dict[str, Any]) -> Spent | None:
    """Take out of a stored turn what is kept beside the contract's form."""
    raw = response.pop("spent", None)
    response.pop("stopped", None)
    return Spent.from_dict(raw) if isinstance(raw, dict) else None


@sessions_app.command("delete")
def sessions_delete(session: SessionArgument) -> None:
    """Delete a stored conversation for good."""
    advisor = make_advisor()
    if not advisor.sessions.delete(session):
        raise _no_session(advisor, session)
    print(f"Deleted {session!r}.")


def _no_session(advisor: Advisor, session: str) -> SessionError:
    from difflib import get_close_matches

    near = get_close_matches(session, [line.id for line in advisor.sessions.list()], 3, 0.5)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "; see: advisor sessions list"
    return SessionError(f"there is no session {session!r}{hint}")
