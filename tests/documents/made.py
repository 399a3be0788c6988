"""Documents made for the tests, each with the library that users' programs stand in for."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """An archive with something replaced in one member."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert old in members[member]
    members[member] = members[member].replace(old, new, 1)
    return zipped(members)


def pdf(*pages: list[str], cjk: bool = False, parent: str = "", count: int | None = None) -> bytes:
    """A PDF of lines of text; ``parent`` replaces the list of pages."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    characters = sorted({character for lines in pages for line in lines for character in line})
    objects += _cjk_font(characters) if cjk else [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = []
        for line in lines:
            if cjk:
                shown.append("<" + "".join(f"{characters.index(one) + 1:04x}" for one in line) + "> Tj T*")
            else:
                escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
                shown.append(f"({escaped}) Tj T*")
        content = ("BT /F1 12 Tf 14 TL 72 720 Td " + "\n".join(shown) + " ET").encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(f"{len(objects)} 0 R")
    listed = parent or " ".join(kids)
    objects[1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids) if count is None else count} >>".encode()
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(data))
    )


def _cjk_font(characters: list[str]) -> list[bytes]:
    """A font whose glyphs have numbers only; what they mean stands in its map to Unicode."""
    pairs = "\n".join(
        f"<{number:04x}> <{character.encode('utf-16-be').hex()}>"
        for number, character in enumerate(characters, start=1)
    )
    mapping = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(characters)} beginbfchar\n{pairs}\nendbfchar\nendcmap end end"
    ).encode()
    return [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 1000 /CIDSystemInfo 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(mapping), mapping),
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>",
    ]
