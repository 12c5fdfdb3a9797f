"""What a file or an answer is by its first bytes, where it is not what was declared."""

GZIP = b"\x1f\x8b"

_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<?xml", b"<!--")

_KINDS: tuple[tuple[bytes, str], ...] = (
    (GZIP, "gzipped once more; unpack it"),
    (b"PK\x03\x04", "a ZIP archive or a workbook; unpack it, or save it as CSV"),
    (b"PAR1", 'Parquet; declare it with kind = "parquet"'),
    (b"\xff\xfe", "text in UTF-16; save it in UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it in UTF-8"),
    (b"%PDF", "a PDF; get the data as CSV"),
    (b"SQLite format 3", 'an SQLite database; declare it with kind = "sql"'),
)


def is_markup(beginning: bytes) -> bool:
    """Whether it is a web page or XML."""
    return beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP)


def stranger(beginning: bytes) -> str | None:
    """What it is and what to do, where it cannot be CSV; None where it may be."""
    if is_markup(beginning):
        return "a web page (HTML) or XML, such as a page that asks for a login; get the data themselves"
    return next((words for magic, words in _KINDS if beginning.startswith(magic)), None)
