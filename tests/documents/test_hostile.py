"""Files that are too large, damaged, or made to do harm: refused with a reason, or read as the data they are."""

from __future__ import annotations

import io
import random
import struct
import unicodedata
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.documents import parsing
from advisor.documents.formats import archive, rows, sheets
from advisor.documents.formats import pdf as pdf_format
from advisor.documents.parsing import SUFFIXES, DocumentError, ParsedDocument, parse, parse_text
from tests.documents.made import changed, pdf, put, saved, zipped

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def word() -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph("some words")
    return saved(document)


def slides() -> bytes:
    from pptx import Presentation

    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "some words"
    return saved(deck)


def sheet() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["some", "words"])
    book.active.append(["some", "words"])
    return saved(book)


OFFICE = {
    ".docx": (word, "word/document.xml"),
    ".pptx": (slides, "ppt/slides/slide1.xml"),
    ".xlsx": (sheet, "xl/worksheets/sheet1.xml"),
}


def refused(folder: Path, name: str, content: bytes | str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        parse(put(folder, name, content))
    assert name in str(caught.value)


def outcome(path: Path) -> ParsedDocument | str:
    """The document, or why it is not read; anything else is raised."""
    try:
        return parse(path)
    except DocumentError as error:
        return str(error)


# --- limits ---------------------------------------------------------------------------------------


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(parsing.MAX_BYTES + 1)
    with pytest.raises(DocumentError, match="larger than 50 MB"):
        parse(path)


def test_a_long_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_CHARACTERS", 100)
    for name in ("a.md", "a.txt", "a.html", "a.csv"):
        refused(tmp_path, name, "some words " * 10, "characters")
    refused(tmp_path, "a.docx", changed(word(), "word/document.xml", b"some words", b"some words " * 10), "characters")
    with pytest.raises(DocumentError, match="characters"):
        parse_text("some words " * 10, "a.md")


def test_too_many_rows_or_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from openpyxl import Workbook

    wide = ",".join(["x"] * (rows.MAX_COLUMNS + 1))
    refused(tmp_path, "a.csv", f"{wide}\n{wide}\n", "columns")
    book = Workbook()
    book.active.append(wide.split(","))
    refused(tmp_path, "a.xlsx", saved(book), "columns")
    monkeypatch.setattr(rows, "MAX_ROWS", 10)
    refused(tmp_path, "a.csv", "a,b\n" * 11, "rows")
    book = Workbook()
    for tab in (book.active, book.create_sheet()):
        for _ in range(7):
            tab.append(["a", "b"])
    refused(tmp_path, "a.xlsx", saved(book), "rows")


def test_cells_far_away_are_refused_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = b'<row r="%d"><c r="A%d"><v>1</v></c></row></sheetData>'
    far = 99_999_999_999
    data = changed(sheet(), OFFICE[".xlsx"][1], b"</sheetData>", row % (far, far))
    monkeypatch.setattr(sheets, "LAST_ROW", 20_000)
    refused(tmp_path, "a.xlsx", data, "rows|damaged")
    monkeypatch.setattr(sheets, "MAX_CELLS", 100_000)
    many = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (number, number) for number in range(3, 20))
    refused(tmp_path, "a.xlsx", changed(sheet(), OFFICE[".xlsx"][1], b"</sheetData>", many + b"</sheetData>"), "cells")


def test_a_claimed_size_is_not_believed(tmp_path: Path) -> None:
    data = changed(sheet(), OFFICE[".xlsx"][1], b'<dimension ref="A1:B2"', b'<dimension ref="A1:XFD1048576"')
    assert parse(put(tmp_path, "a.xlsx", data)).blocks[1].text == "some: some; words: words"


def test_too_many_pages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_format, "MAX_PAGES", 2)
    refused(tmp_path, "a.pdf", pdf(["a"], ["b"], ["c"]), "pages")


# --- archives -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", OFFICE)
def test_a_bomb_is_not_opened(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, main = OFFICE[suffix]
    with zipfile.ZipFile(io.BytesIO(make())) as office:
        members = {name: office.read(name) for name in office.namelist()}
    assert main in members
    refused(tmp_path, f"a{suffix}", zipped({**members, "media/x.bin": bytes(3_000_000)}), "times its size")
    noise = random.Random(1).randbytes(100_000)  # noqa: S311
    monkeypatch.setattr(archive, "MAX_UNPACKED", 300_000)
    refused(tmp_path, f"a{suffix}", zipped({**members, **{f"{n}.bin": noise for n in range(4)}}), "MB unpacked")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 5)
    refused(tmp_path, f"a{suffix}", make(), "archive of more than")


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = zipped({"word/document.xml": bytes(5_000_000), "[Content_Types].xml": b""})
    lie = data.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 10))
    assert lie != data
    refused(tmp_path, "a.docx", lie, "damaged")


def test_archives_within_are_not_opened(tmp_path: Path) -> None:
    inner = zipped({"x.txt": b"secret"})
    with zipfile.ZipFile(io.BytesIO(word())) as office:
        members = {name: office.read(name) for name in office.namelist()}
    document = parse(put(tmp_path, "a.docx", zipped({**members, "word/embeddings/x.zip": inner})))
    assert [block.text for block in document.blocks] == ["some words"]


@pytest.mark.parametrize("suffix", OFFICE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-7", "utf-32"])
def test_entities_are_not_expanded(tmp_path: Path, suffix: str, encoding: str) -> None:
    make, main = OFFICE[suffix]
    with zipfile.ZipFile(io.BytesIO(make())) as office:
        members = {name: office.read(name) for name in office.namelist()}
    body = members[main].decode().split("?>", 1)[-1].replace("some words", "&i;")
    mark = "" if encoding in ("utf-8", "utf-7", "utf-32") else "\ufeff"
    laughing = f'{mark}<?xml version="1.0" encoding="{encoding[:6]}"?>{LAUGHS}{body}'
    members[main] = laughing.encode(encoding)
    refused(tmp_path, f"a{suffix}", zipped(members), "entities|encoding|damaged")


def test_a_file_of_another_kind_is_named_for_what_it_is(tmp_path: Path) -> None:
    refused(tmp_path, "a.xlsx", word(), r"not really a \.xlsx")
    refused(tmp_path, "a.docx", b"words", r"not really a \.docx")
    refused(tmp_path, "a.pdf", b"words", r"not really a \.pdf")
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    refused(tmp_path, "a.docx", old, "old Office")
    refused(tmp_path, "a.docx", old + "EncryptedPackage".encode("utf-16-le"), "password")
    for name in ("a.txt", "a.md", "a.csv", "a.html"):
        refused(tmp_path, name, pdf(["words"]), "not text")
        refused(tmp_path, name, word(), "not text")
        refused(tmp_path, name, random.Random(2).randbytes(5_000), "not text|damaged")  # noqa: S311


def test_styles_that_are_based_on_each_other_do_not_hang(tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    for name, base in (("One", "Two"), ("Two", "One")):
        style = document.styles.add_style(name, 1)
        element = style.element.makeelement(
            f"{{{style.element.nsmap['w']}}}basedOn", {f"{{{style.element.nsmap['w']}}}val": base}
        )
        style.element.append(element)
    document.add_paragraph("some words", style="One")
    assert parse(put(tmp_path, "a.docx", saved(document))).blocks[0].text == "some words"


# --- PDF ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kids", ["2 0 R", "2 0 R 2 0 R 2 0 R", "1 0 R", "99 0 R", "5 0 R 2 0 R", ""])
def test_a_page_tree_in_a_circle_does_not_hang(tmp_path: Path, kids: str) -> None:
    for count in (1, 0, 1_000_000_000, -1):
        path = put(tmp_path, "a.pdf", pdf(["some words"], parent=kids, count=count))
        assert outcome(path)


def test_a_cut_pdf_is_refused_or_read(tmp_path: Path) -> None:
    data = pdf(["some words"] * 5)
    for size in range(0, len(data), 40):
        read = outcome(put(tmp_path, "a.pdf", data[:size]))
        assert isinstance(read, ParsedDocument) or "a.pdf" in read


# --- HTML and Markdown ----------------------------------------------------------------------------


def test_html_entities_are_not_expanded(tmp_path: Path) -> None:
    document = parse(put(tmp_path, "a.html", f"{LAUGHS}<p>before &i; after</p>"))
    assert sum(len(block.text) for block in document.blocks) < 2_000
    assert "before" in document.blocks[-1].text


def test_deep_html_neither_fails_nor_hangs(tmp_path: Path) -> None:
    for name, text in (
        ("a.html", "<div>" * 20_000 + "words"),
        ("a.html", "<b>" * 20_000 + "words"),
        ("a.html", "<table><tr><td>" * 3_000 + "words"),
        ("a.md", ">" * 5_000 + " words"),
        ("a.md", "[" * 20_000 + "words"),
        ("a.md", "*a " * 20_000),
        ("a.html", "<!--" * 20_000),
        ("a.html", "<style>" + "a{" * 50_000 + "</style>words"),
        ("a.html", "<!DOCTYPE " + "[" * 50_000),
    ):
        assert outcome(put(tmp_path, name, text))


def test_a_cell_that_never_ends_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "a.csv", 'a,"' + "x" * 200_000, "line 1")


def test_a_name_full_of_escapes_is_written_out(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(put(tmp_path, "\x1b[31m\u202ea.pdf", b"x"))
    assert str(caught.value).isprintable()


# --- anything -------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(str.encode),
    st.text(st.sampled_from("<>!-[]()*`#|:;=\"'/&abdhilprtv \n\t\\,\x00\x1b\u202e\u200b中あ"), max_size=200).map(
        str.encode
    ),
)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING, st.integers(0, 10_000))
def test_any_bytes_give_a_document_or_a_reason(suffix: str, content: bytes, place: int) -> None:
    if suffix in OFFICE and place % 2:  # a real document with one part spoilt
        make, main = OFFICE[suffix]
        with zipfile.ZipFile(io.BytesIO(make())) as office:
            members = {name: office.read(name) for name in office.namelist()}
        spoilt = sorted(members)[place % len(members)] if place % 3 else main
        at = place % (len(members[spoilt]) + 1)
        content = zipped({**members, spoilt: members[spoilt][:at] + content + members[spoilt][at:]})
    elif suffix == ".pdf" and place % 2:
        whole = pdf(["some words"])
        content = whole[: place % len(whole)] + content + whole[place % len(whole) :]
    with TemporaryDirectory() as folder:
        document = outcome(put(Path(folder), f"a{suffix}", content))
    if isinstance(document, str):
        assert f"a{suffix}" in document
        return
    for text in (
        document.title,
        *(block.text for block in document.blocks),
        *(block.place for block in document.blocks),
    ):
        assert unicodedata.is_normalized("NFC", text)
        kinds = {unicodedata.category(character) for character in text if character != "\n"}
        assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert document.title
    assert all(block.text.strip() for block in document.blocks)
