"""Office files are archives of XML: looked at before any parser opens them."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import suppress
from typing import Any

from advisor.documents.parsing import Unreadable

MAX_UNPACKED = 200_000_000
"""Bytes of all members unpacked."""

MAX_RATIO = 200
"""How many times smaller than its content a member may be packed."""

RATIO_FROM = 1_000_000
"""Bytes of a member from which on the ratio counts; a short one may pack as well as it can."""

MAX_MEMBERS = 10_000
"""Members of an archive."""

_PIECE = 1 << 20
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XML = re.compile(r"\.(?:xml|rels|vml)\Z", re.IGNORECASE)
_DECLARATIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{0,60})", re.IGNORECASE)
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def checked(data: bytes) -> io.BytesIO:
    """The archive to be read, if nothing about it is dangerous.

    Raises:
        Unreadable: it is too large unpacked, protected by a password, or declares entities of XML.
    """
    if data.startswith(_OLD_OFFICE):
        if _ENCRYPTED in data:
            raise Unreadable("is protected by a password; save a copy without one")
        raise Unreadable("has the format of an old Office program; open it and save it in the new one")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise Unreadable(f"is an archive of more than {MAX_MEMBERS:,} files, which no document is")
        archive.getinfo("[Content_Types].xml")
        size = 0
        for member in members:
            if member.flag_bits & 1:
                raise Unreadable("is protected by a password; save a copy without one")
            if member.compress_type not in _PACKED:
                raise zipfile.BadZipFile(member.filename)
            _bounded(size, member.file_size, member.compress_size)
            size += _unpacked(archive, member, size)
    return io.BytesIO(data)


def title_of(opened: Any) -> str:
    """The title that an opened document gives itself; empty if it has none or that part of it is damaged."""
    with suppress(Exception):  # what a file says of itself may be damaged, its text is not
        return str(opened.core_properties.title or "")
    return ""


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, before: int) -> int:
    """How large a member really is; unpacked piece by piece, and given up as soon as it is too large."""
    size, tail = 0, b""
    is_xml = _XML.search(member.filename) is not None
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            if is_xml:
                if not size:
                    _readable(piece)
                if any(word in tail + piece for word in _DECLARATIONS):
                    raise Unreadable("declares entities of its own, which no Office program writes; it is not opened")
                tail = piece[-32:]
            size += len(piece)
            _bounded(before, size, member.compress_size)
    return size


def _bounded(before: int, size: int, packed: int) -> None:
    if before + size > MAX_UNPACKED:
        raise Unreadable(f"is larger than {MAX_UNPACKED // 1_000_000} MB unpacked; split it")
    if size > RATIO_FROM and size > MAX_RATIO * max(packed, 1):
        raise Unreadable(f"unpacks to more than {MAX_RATIO} times its size, which no document does; it is not opened")


def _readable(start: bytes) -> None:
    """Refuse an encoding in which a declaration would not be seen."""
    found = _ENCODING.search(start[:400])
    if (found and found[1].lower() not in _ENCODINGS) or start.startswith((b"\x4c\x6f\xa7\x94", b"+ADw")):
        raise Unreadable("is written in an encoding that no Office program uses; open it and save it again")
    if start.startswith((b"\x00\x00", b"\xff\xfe\x00\x00", b"<\x00\x00\x00")):
        raise Unreadable("is written in an encoding that no Office program uses; open it and save it again")
