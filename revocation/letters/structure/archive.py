"""A check whether a file can be opened as a ZIP archive (PKWARE APPNOTE, section 4.3), whatever else it is.

Programs find an archive by the record at its end, which tells where its directory is. The two letters ``PK`` alone make
no archive.
"""

from __future__ import annotations

END_RECORD = b"PK\x05\x06"
END_RECORD_LENGTH = 22
ENTRY = b"PK\x01\x02"
LOCATOR_64 = b"PK\x06\x07"
LOCATOR_64_LENGTH = 20
ENTRIES, SIZE, OFFSET = slice(10, 12), slice(12, 16), slice(16, 20)
"""Parts of the end record: number of entries, bytes of the directory, where it begins."""


def has_directory(data: bytes) -> bool:
    """Whether an end record with a directory, or of an empty archive, is anywhere in `data`."""
    at = data.rfind(END_RECORD)
    while at != -1:
        if _is_end(data, at):
            return True
        at = data.rfind(END_RECORD, 0, at + len(END_RECORD) - 1)
    return False


def _is_end(data: bytes, at: int) -> bool:
    record = data[at : at + END_RECORD_LENGTH]
    if len(record) < END_RECORD_LENGTH:
        return False
    entries, size, offset = (int.from_bytes(record[part], "little") for part in (ENTRIES, SIZE, OFFSET))
    if not entries:
        return not any(record[4:16])  # an empty archive
    if data[at - LOCATOR_64_LENGTH : at].startswith(LOCATOR_64):
        return True
    # The directory ends at the record or begins at the offset in it: programs accept either and correct the offset.
    return any(0 <= start < at and data.startswith(ENTRY, start) for start in (at - size, offset))
