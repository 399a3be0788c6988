"""What the advisor costs in time and memory, beside the least that the same thing can cost.

Usage: python benchmarks/run.py [--rounds N] [--only N …] [--without-vectors]

Needs no network; takes some three minutes on two quiet cores. It is a measurement, not a test: nothing fails
when a figure misses its aim. Figures are medians (min–max) of several whole processes; what is compared
is measured in turns, and a ratio is one of medians.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processes import (
    HERE,
    Sample,
    busy_neighbours,
    interleaved,
    peak_memory,
    piped,
    receive,
    report_of,
    send,
    until_end,
    until_line,
    until_prompt,
)
from talks import PLAN, TALKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 7
"""Measurements of each whole process."""

TURN_PROCESSES = 3
"""Processes that play all talks, alone and beside a busy neighbour each."""

TURN_BUDGET_S = 60.0
"""On a machine that is busy anyway there are fewer of them: none begins after so long."""

LONG_BUILD_S = 30.0
"""An index that takes longer than this to build is built once only."""

CHAT = ("-m", "advisor", "chat")
REBUILD = ("-m", "advisor", "knowledge", "rebuild")
QUESTION = "When does fine-tuning pay off?"
STORY = TALKS[0].told["story"]

IMPORTS = "import prompt_toolkit, rich; print('›', flush=True)"
PROMPTS = "import prompt_toolkit, rich; prompt_toolkit.PromptSession().prompt('› ')"

OWN, NONE = "own store", "nothing kept"


def line(name: str, measured: str, ratio: str = "", aim: str = "") -> None:
    """Print one line of the table."""
    print(f"  {name:<50} {measured:<34} {ratio:<8} {aim}".rstrip(), flush=True)


def title(text: str) -> None:
    """Print a section's title."""
    print(f"\n{text}", flush=True)


def times(measured: float, least: float) -> str:
    """A ratio as it is printed."""
    return f"{measured / least:.2f}x"


def header() -> None:
    """Say when and where this was measured."""
    print(f"Advisor benchmark, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    print(f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
    print(f"Load average at the start: {os.getloadavg()[0]:.2f} (other programs' load makes every figure worse)")


def processor() -> str:
    """The processor's model."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = (text.partition(":")[2].strip() for text in lines if text.startswith("model name"))
    return next(models, platform.machine())


def first_prompt(home: Path, rounds: int) -> None:
    """Measure 1: how long a user waits for the prompt."""
    title("1. Cold start to the first prompt under a pseudo-terminal, seconds")
    found = interleaved(
        {
            "advisor": lambda: until_prompt(CHAT, home),
            "imports": lambda: until_prompt(("-c", IMPORTS), home),
            "prompts": lambda: until_prompt(("-c", PROMPTS), home),
        },
        rounds,
    )
    advisor = found["advisor"].median
    line("advisor chat", found["advisor"].text())
    line(
        "import prompt_toolkit, rich",
        found["imports"].text(),
        times(advisor, found["imports"].median),
        "aim: 2x or less",
    )
    line("the same, and show a prompt", found["prompts"].text(), times(advisor, found["prompts"].median))


def first_answer(home: Path, rounds: int) -> None:
    """Measure 2: how long a program waits for an answer."""
    title("2. Cold start to the first answer, seconds")
    found = interleaved(
        {
            "chat": lambda: until_line((*CHAT, "--json"), home, {"text": STORY}),
            "ask": lambda: until_line(("-m", "advisor", "ask", QUESTION, "--json"), home),
            "floor": lambda: until_line((str(HERE / "floor.py"), str(home), QUESTION), home),
        },
        rounds,
    )
    floor = found["floor"].median
    line("Chroma opened, one query embedded and looked up", found["floor"].text())
    line("advisor chat --json, a story (no search)", found["chat"].text(), times(found["chat"].median, floor))
    line("advisor ask --json (searches)", found["ask"].text(), times(found["ask"].median, floor), "aim: 1.3x or less")


def turns(home: Path) -> None:
    """Measure 3: how long a warm turn takes."""
    alone: list[dict[str, Any]] = []
    beside: list[dict[str, Any]] = []
    began = time.perf_counter()
    while len(alone) < TURN_PROCESSES and (not alone or time.perf_counter() - began < TURN_BUDGET_S):
        alone.append(report_of("turns.py", home))
        with busy_neighbours(os.cpu_count() or 1):
            beside.append(report_of("turns.py", home))
    each = len(alone[0]["turns"])
    title(f"3. A turn in a warm process, milliseconds ({len(alone)} x {each} turns in 4 languages)")
    for name, reports in (("alone", alone), ("beside a busy process a core", beside)):
        played = [turn for report in reports for turn in report["turns"]]
        whole, bare = (Sample([turn[key] for turn in played]) for key in ("whole", "bare"))
        for share in (0.50, 0.95):
            measured, least = whole.quantile(share), bare.quantile(share)
            line(
                f"{name}, p{share * 100:.0f}",
                f"{measured * 1e3:.1f}, bare embedding {least * 1e3:.1f}",
                times(measured, least),
                "aim: 3x or less",
            )
    turn_parts([turn for report in alone for turn in report["turns"]], [report["fsync"] for report in alone])


def turn_parts(played: Sequence[dict[str, Any]], fsyncs: Sequence[float]) -> None:
    """Say which kinds and which parts of a turn take the time."""
    print("  Alone, by kind of message: median, texts embedded (of those already embedded in the same turn)")
    for kind in dict.fromkeys(PLAN):
        same = [turn for turn in played if turn["kind"] == kind]
        if same:
            texts, again = (
                statistics.mean(turn["parts"][part] for turn in same) for part in ("texts embedded", "embedded again")
            )
            line(
                f"  {kind}",
                f"{statistics.median(turn['whole'] for turn in same) * 1e3:.1f}",
                f"{texts:.1f} ({again:.1f})",
            )
    print("  Alone, by part: mean of all turns, share of a turn")
    whole = statistics.mean(turn["whole"] for turn in played)
    for part in played[0]["parts"]:
        if not part.startswith("embedded") and part != "texts embedded":
            mean = statistics.mean(turn["parts"][part] for turn in played)
            within = "  of these: " if part == "embedding" else "  "
            line(f"{within}{part}", f"{mean * 1e3:.2f}", f"{mean / whole:.0%}")
    line("  (one fsync of a page by itself)", f"{statistics.median(fsyncs) * 1e3:.2f}")


def build(scratch: Path, rounds: int, first: tuple[float, float], *, without_vectors: bool) -> None:
    """Measure 4: how long the first start builds; ``first`` is a build before the measurements."""
    title("4. Building the index from an empty home, seconds")
    counted = report_of("build_plain.py", scratch, "--missing")
    built = [first]
    if first[0] <= LONG_BUILD_S:
        built = [until_end(REBUILD, new_home(scratch)) for _ in range(rounds)]
    seconds, megabytes = (Sample(list(values)) for values in zip(*built, strict=True))
    line("with the shipped vectors", seconds.text())
    line("  peak memory meanwhile, MB", megabytes.text(digits=0))
    print(f"  ({counted['texts']:,} texts, {counted['missing']:,} of them edited since the vectors were shipped)")
    if without_vectors:
        plain, _ = until_end((str(HERE / "build_plain.py"),), new_home(scratch))
        line("without them, once", f"{plain:,.1f}", times(plain, seconds.median))
    else:
        line("without them", "left out", "", "takes minutes: --without-vectors measures it")


def new_home(scratch: Path) -> Path:
    """An empty folder."""
    return Path(tempfile.mkdtemp(dir=scratch))


def memory(home: Path, rounds: int) -> None:
    """Measure 5: how much memory a conversation takes at its peak."""
    title("5. Peak resident memory, MB")
    found = interleaved({"chat": lambda: memory_of_chat(home), "floor": lambda: memory_of_floor(home)}, rounds)
    line(
        f"advisor chat --json, {len(PLAN)} turns with a search",
        found["chat"].text(digits=0),
        "",
        "aim: 200 or less",
    )
    line(
        "Chroma opened, one query embedded and looked up",
        found["floor"].text(digits=0),
        times(found["chat"].median, found["floor"].median),
    )


def memory_of_chat(home: Path) -> float:
    """The peak of a talk of ten turns."""
    with piped((*CHAT, "--json"), home) as child:
        asking = None
        for step in range(len(PLAN)):
            _, text = TALKS[0].message(step, asking)
            send(child, {"text": text})
            asking = receive(child)["asking"]
        return peak_memory(child)


def memory_of_floor(home: Path) -> float:
    """The peak of the least that a search can cost."""
    with piped((str(HERE / "floor.py"), str(home), QUESTION), home) as child:
        receive(child)
        return peak_memory(child)


def checkpoints(home: Path) -> None:
    """Measure 6: the session store beside LangGraph's checkpoints."""
    title("6. Keeping a turn: what is added to the bare graph, milliseconds, median and p95 (KB a turn on disk)")
    report = report_of("checkpoints.py", home)
    ways = [way for way in report["turns"][0] if way != NONE]
    added = {way: Sample([turn[way] - turn[NONE] for turn in report["turns"]]) for way in ways}
    for way in ways:
        kept = report["bytes"].get(way)
        disk = "" if kept is None else f" ({kept / 1e3:.1f} KB)"
        line(
            "own store, one transaction a turn" if way == OWN else way,
            f"{added[way].median * 1e3:.2f}, {added[way].quantile(0.95) * 1e3:.2f}{disk}",
            "" if way == OWN else times(added[way].median, added[OWN].median),
        )
    if not any(way.startswith("SqliteSaver") for way in ways):
        print("  SqliteSaver: skipped, langgraph-checkpoint-sqlite is not installed")
    print(f"  The checkpoints' serializer warned of {report['unregistered']} types that it will refuse in future.")


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="measurements of each whole process")
    parser.add_argument("--only", type=int, nargs="+", choices=range(1, 7), help="numbers of the sections to measure")
    parser.add_argument("--without-vectors", action="store_true", help="build once without the shipped vectors, too")
    chosen = parser.parse_args()
    started = time.perf_counter()
    header()
    with tempfile.TemporaryDirectory(prefix="advisor-bench-") as name:
        scratch = Path(name)
        home = new_home(scratch)
        first_build = until_end(REBUILD, home)
        sections: dict[int, Callable[[], None]] = {
            1: lambda: first_prompt(home, chosen.rounds),
            2: lambda: first_answer(home, chosen.rounds),
            3: lambda: turns(home),
            4: lambda: build(scratch, min(5, chosen.rounds), first_build, without_vectors=chosen.without_vectors),
            5: lambda: memory(home, min(5, chosen.rounds)),
            6: lambda: checkpoints(home),
        }
        for number in chosen.only or sections:
            sections[number]()
    print(f"\nMeasured in {time.perf_counter() - started:.0f} s.")


if __name__ == "__main__":
    main()
