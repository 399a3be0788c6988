"""The conversation in a terminal.

The prompt comes first; what is heavy loads behind it while the user reads and types.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, InMemoryHistory
from rich.console import Console

from advisor.channels.flow import Flow
from advisor.channels.render import footnote, printable, sources_title
from advisor.errors import AdvisorError, unexpected
from advisor.llm.spending import told
from advisor.phrases import phrases

if TYPE_CHECKING:
    from prompt_toolkit.history import History

    from advisor.app import Advisor
    from advisor.language import Language
    from advisor.messages import Response

PROMPT = "› "

HISTORY_FILE = "history"


class Repl:
    """One conversation at a terminal."""

    def __init__(self, advisor: Advisor, session: str, language: Language | None, start: Language) -> None:
        self._advisor = advisor
        self._session = session
        self._forced = language
        self._say = phrases(start).say
        self._console = Console(highlight=False)
        self._warming = False
        self._ready = threading.Event()
        self._progress: tuple[int, int] = (0, 0)
        self._notices: list[str] = []

    def run(self) -> int:
        """Talk until Ctrl-D; return the exit status."""
        turns = self._stored_turns()
        self._greet(turns)
        self._advisor.progress = self._note_progress
        self._advisor.notice = self._notices.append
        prompt: PromptSession[str] = PromptSession(history=self._history())
        prompt.app.after_render += self._warm_once
        while True:
            try:
                text = prompt.prompt(PROMPT)
            except KeyboardInterrupt:
                self._console.print(self._say("opening.keys"), style="dim")
                continue
            except EOFError:
                break
            if text.strip():
                self._answer(text)
        self._console.print(self._say("opening.saved", session=self._session), style="dim")
        return 0

    def _stored_turns(self) -> int:
        stored = self._advisor.sessions.load(self._session)
        return stored.turns if stored else 0

    def _greet(self, turns: int) -> None:
        self._console.print(self._say("opening.banner"), style="bold")
        self._console.print(self._say("opening.keys"), style="dim")
        self._console.print()
        if turns:
            self._console.print(self._say("opening.resumed", session=self._session, turn=turns))
            self._show_last()
        else:
            self._console.print(self._say("opening.invite"))
        self._console.print()

    def _show_last(self) -> None:
        """What was said last, so that the thread can be picked up."""
        text, response = self._advisor.sessions.transcript(self._session)[-1]
        self._console.print(f"{PROMPT}{printable(text)[:400]}", style="dim", markup=False)
        self._markdown(str(response["reply"]))

    def _history(self) -> History:
        try:
            return FileHistory(str(self._advisor.settings.home / HISTORY_FILE))
        except OSError:
            return InMemoryHistory()

    def _note_progress(self, done: int, total: int) -> None:
        self._progress = (done, total)

    def _warm_once(self, _app: object) -> None:
        """Begin to load once the prompt stands: loading before it would hold the prompt up."""
        if not self._warming:
            self._warming = True
            threading.Thread(target=self._warm, name="advisor-warm", daemon=True).start()

    def _warm(self) -> None:
        try:
            self._advisor.warm()
        except Exception:  # noqa: BLE001, S110 - the first message meets the same error and says it
            pass
        finally:
            self._ready.set()

    def _wait(self) -> None:
        """Show how the first build of the index goes, if the user was faster."""
        if self._ready.wait(0.3):
            return
        from rich.progress import BarColumn, Progress, TextColumn

        with Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
            console=self._console, transient=True,
        ) as bar:  # fmt: skip
            task = bar.add_task(self._say("opening.building"), total=None)
            while not self._ready.wait(0.1):
                done, total = self._progress
                if total:
                    bar.update(task, completed=done, total=total)

    def _answer(self, text: str) -> None:
        flow = Flow(self._console)
        streams = False
        try:
            self._wait()
            streams = self._advisor.model_seat.model is not None
            response = self._advisor.respond(self._session, text, self._forced, flow.feed if streams else None)
        except AdvisorError as error:
            self._console.print(f"{error}", style="red", markup=False)
            return
        except KeyboardInterrupt:
            self._console.print(self._say("opening.interrupted"), style="dim")
            return
        except Exception as error:  # noqa: BLE001 - the one place of this channel that catches everything
            self._console.print(unexpected(error), style="red", markup=False)
            return
        self._say = phrases(response.language).say
        if streams:
            flow.feed(response.reply)
            flow.end()
        else:
            self._console.print()
            self._markdown(response.reply)
        self._below(response)

    def _below(self, response: Response) -> None:
        """What stands under a reply: its sources, what it cost, and that it was stopped."""
        if response.citations:
            self._console.print()
            self._console.print(sources_title(response.language), style="dim bold")
            for citation in response.citations:
                self._console.print(footnote(citation), style="dim", markup=False)
        if response.spent is not None:
            self._console.print(told([response.spent]), style="dim", markup=False)
        if response.stopped:
            self._console.print(self._say("opening.interrupted"), style="dim")
        for notice in self._notices:
            self._console.print(notice, style="yellow", markup=False)
        self._notices.clear()
        self._console.print()

    def _markdown(self, text: str) -> None:
        from rich.markdown import Markdown

        self._console.print(Markdown(printable(text)))
