"""Reports: the figures are right, user text stays text, and the untouched half stays untouched."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from advisor.evaluation.report import html, junit, markdown
from tests.evaluation.handmade import case, record, report, scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.evaluation.report import Report

_NASTY = '<script>alert("hi")</script></div><img src="https://evil.example/x.png"> & ]]> http://evil.example/'
_KEPT = "marmalade"
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FORMATS = pytest.mark.parametrize("form", [markdown, junit, html])


def _pair(name: str, said: str = "hi", why: tuple[str, ...] = (), **fields: Any) -> Any:
    split = fields.get("split", "dev")
    of = case(name=name, question=said, split=split)
    error = "it broke" if fields.get("failed") else None
    made = record(of, *(() if error else (said,)), reply=f"You said: {said}", error=error)
    return made, scores(made.key, why=why, **fields)


@pytest.fixture
def told() -> Report:
    """Two of three dev cases wrong, one of them broken; one untouched case wrong."""
    return report([
        _pair("right", lang="ja"),
        _pair("wrong", _NASTY, (f"expected a refusal of {_NASTY}",), passed=False),
        _pair("broken", passed=False, failed=True, why=("could not be played: it broke",)),
        _pair("kept", f"the {_KEPT} question", (f"leaks {_KEPT}",), passed=False, split="untouched"),
    ])  # fmt: skip


class _Page(HTMLParser):
    """What a page holds: its tags, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "rect", "line", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


# all three


@_FORMATS
def test_the_untouched_half_is_withheld(told: Report, form: Callable[[Report], str]) -> None:
    assert _KEPT not in form(told)


@_FORMATS
def test_the_untouched_half_is_shown_to_who_asks(told: Report, form: Callable[[Report], str]) -> None:
    shown = report([(told.records[e.key], e) for e in told.scores], show_untouched=True)

    assert _KEPT in form(shown)


@_FORMATS
def test_two_reports_of_one_run_are_the_same(told: Report, form: Callable[[Report], str]) -> None:
    assert form(told) == form(told)


# Markdown


def test_markdown_tells_figures_speed_and_what_failed(told: Report) -> None:
    text = markdown(told)

    assert text.startswith("# Evals: tuesday\n\nAdvisor 0.1.0 (0123456789ab), mode embedded, 4 cases")
    assert "| passed | 0.250 (0.05–0.70, n 4) | 1.000 (0.21–1.00, n 1) | 0.000 (0.00–0.56, n 3) |" in text
    assert "refused_wrongly ↓" in text
    assert "| qa | 8 | 500.0 | 750.0 | 99 |" in text
    assert "## Failing cases: 2 shown, 1 of the untouched half withheld" in text
    assert "- `broken#0`: could not be played: it broke" in text
    assert "right#0" not in text


def test_a_table_of_markdown_is_whole_whatever_was_said() -> None:
    text = markdown(report([_pair("a", why=("x | y\n\n# heading\n<b>",), passed=False)]))

    assert "- `a#0`: x ¦ y # heading ‹b>" in text.splitlines()
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {6}


def _tagged(count: int, tag: str, passed: int, **fields: Any) -> list[Any]:
    return [_pair(f"{tag}-{n}", passed=n < passed, tags=(tag,), **fields) for n in range(count)]


@pytest.mark.parametrize("form", [markdown, html])
def test_figures_are_told_by_tag_the_worst_first(form: Callable[[Report], str]) -> None:
    text = form(report([*_tagged(8, "comparison", 8), *_tagged(8, "partly", 4), *_tagged(7, "rare", 0)]))

    assert "by tag, the worst first" in text.lower()
    assert text.index("#partly") < text.index("#comparison")
    assert "0.500 (0.22–0.78, n 8)" in text
    assert "premise_blamed ↓" in text
    assert "#rare" not in text, "seven cases tell little"


def test_of_other_suites_what_passes_is_told_by_tag() -> None:
    text = markdown(report(_tagged(8, "bullet", 2, suite="retrieval")))

    assert "| tag | passed |\n| --- | --- |\n| #bullet | 0.250 (0.07–0.59, n 8) |" in text


# JUnit


def _suite(text: str) -> ET.Element:
    (suite,) = ET.fromstring(text)  # noqa: S314 - our own
    return suite


def test_junit_counts_failures_and_errors_apart(told: Report) -> None:
    suite = _suite(junit(told))

    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors", "time")} == {
        "name": "qa", "tests": "4", "failures": "2", "errors": "1", "time": "4.000",
    }  # fmt: skip
    assert [(c.get("name"), c.get("classname"), [child.tag for child in c]) for c in suite] == [
        ("right#0", "qa.ja", []),
        ("wrong#0", "qa.en", ["failure"]),
        ("broken#0", "qa.en", ["error"]),
        ("kept#0", "qa.en", ["failure"]),
    ]


def test_junit_carries_the_reason_as_text(told: Report) -> None:
    failure = _suite(junit(told))[1][0]

    assert failure.text == failure.get("message") == f"expected a refusal of {_NASTY}"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe", "\uffff", "\u2028", "\x85", "🦊"])
def test_junit_is_xml_whatever_was_said(character: str) -> None:
    text = junit(report([_pair("a", why=(f"be{character}fore", "after"), passed=False)]))

    said = _suite(text)[0][0].text
    assert said is not None
    assert re.fullmatch(f"be{character}?fore\nafter", said)


def test_a_failure_without_a_reason_is_still_a_failure() -> None:
    suite = _suite(junit(report([_pair("a", passed=False)])))

    assert (suite.get("failures"), suite[0][0].get("message")) == ("1", "did not pass")


# HTML


def test_the_page_needs_nothing_else_and_runs_nothing(told: Report) -> None:
    text = html(told)
    page = _Page(text)

    assert not {"script", "img", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    addresses = [
        value for name, value in page.attributes if name in ("href", "src", "srcset", "action", "data", "xlink:href")
    ]
    assert addresses
    assert all(value is not None and value.startswith("#") for value in addresses)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert not re.search(r"url\(|@import|https?:", style)


def test_what_users_say_stays_text(told: Report) -> None:
    page = _Page(html(told))

    assert page.faults == page.open == []
    assert page.text.count(_NASTY) >= 3


def test_every_link_has_its_target(told: Report) -> None:
    page = _Page(html(told))
    targets = {value for name, value in page.attributes if name == "id"}

    assert {value[1:] for name, value in page.attributes if name == "href" and value} <= targets


def test_the_page_shows_figures_and_the_failing_transcripts(told: Report) -> None:
    text = _Page(html(told)).text

    assert "25.0 %" in text
    assert "2 shown, 1 of the untouched half withheld." in text
    assert "could not be played: it broke" in text
    assert "right#0" not in text


def test_an_attribute_is_not_ended_by_what_stands_in_it(told: Report) -> None:
    named = report([(told.records[e.key], e) for e in told.scores])
    object.__setattr__(named, "name", '"><script>')

    assert "script" not in _Page(html(named)).tags


# as it looks


def _chromium(tmp_path: Path, *arguments: str) -> str:
    assert _CHROMIUM is not None
    return subprocess.run(
        [
            _CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
            f"--user-data-dir={tmp_path / 'profile'}", *arguments,
        ],
        capture_output=True, check=True, timeout=60, text=True,
    ).stdout  # fmt: skip


@pytest.fixture
def page(told: Report, tmp_path: Path) -> Path:
    long = "x" * 300
    pairs = [(told.records[entry.key], entry) for entry in told.scores]
    tagged = [_pair(f"t{n}", passed=n > 3, tags=("a-rather-long-tag-of-some-scenario",), why=(long,)) for n in range(9)]
    file = tmp_path / "report.html"
    file.write_text(html(report([*pairs, _pair("long", long, (long,), passed=False), *tagged])), encoding="utf-8")
    return file


def _picture(data: bytes) -> tuple[tuple[int, int], bytes, set[bytes]]:
    """The size of a PNG, its first pixel, and its distinct rows, undone as far as telling them apart needs."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    place, packed = 8, b""
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += 12 + length
    rows = zlib.decompress(packed)
    stride = 1 + width * depth // 8 * {2: 3, 6: 4}[color]
    return (width, height), rows[1:4], {rows[start : start + stride] for start in range(0, len(rows), stride)}


@pytest.mark.slow
@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize("size", [(1200, 1600), (390, 1200)])
@pytest.mark.parametrize(("scheme", "back"), [(1, b"\xff\xff\xff"), (0, b"\x0d\x11\x17")])
def test_the_page_is_drawn_in_light_and_dark(
    page: Path, tmp_path: Path, size: tuple[int, int], scheme: int, back: bytes
) -> None:
    file = tmp_path / "picture.png"

    _chromium(
        tmp_path, f"--window-size={size[0]},{size[1]}", f"--screenshot={file}",
        f"--blink-settings=preferredColorScheme={scheme}", page.as_uri(),
    )  # fmt: skip

    drawn, corner, rows = _picture(file.read_bytes())
    assert drawn == size
    assert corner == back
    assert len(rows) > 100


@pytest.mark.slow
@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize("width", [1200, 390, 320])
def test_the_page_fits_its_window_with_everything_unfolded(page: Path, tmp_path: Path, width: int) -> None:
    """The page in a frame of that width, since a window of Chromium's has a least width of its own."""
    inner = page.read_text(encoding="utf-8").replace("<details", "<details open")
    page.write_text(inner, encoding="utf-8")
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(
        f'<iframe id="f" style="width:{width}px;height:900px;border:0" src="report.html"></iframe>'
        "<script>onload = () => { const root = document.getElementById('f').contentDocument.documentElement;"
        "document.body.dataset.widths = root.clientWidth + ' ' + root.scrollWidth; };</script>"
    )

    shown = _chromium(
        tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=3000", "--dump-dom", wrapper.as_uri()
    )

    widths = re.search(r'data-widths="(\d+) (\d+)"', shown)
    assert widths is not None
    assert (int(widths[1]), int(widths[2])) == (width, width)
