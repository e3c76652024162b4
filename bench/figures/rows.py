"""What is measured: each row's name, what it says, what is wanted, and one sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass

MORE, LESS = "more", "less"


@dataclass(frozen=True)
class Goal:
    """What is wanted: a bound for the figure itself, or for its ratio to another's (`than`)."""

    bound: float
    than: str = ""


@dataclass(frozen=True)
class Row:
    """A row of the table. `better`: whether more or less of it is better."""

    what: str
    better: str
    explained: str
    wanted: tuple[Goal, ...] = ()


DJANGO_CA, OPENSSL_CA, OPENSSL_OCSP, DNSPERF = "django-ca", "openssl ca", "openssl ocsp", "dnsperf"
SIGNATURE, SIGNING, ROWS_ALONE, COMMIT = "signature alone", "signing alone", "rows alone", "commit alone"
PARSING, PILLOW, PDFIUM, HELLO, BARE_PAGE, DNSPYTHON = (
    "parsing alone",
    "Pillow alone",
    "pypdfium2 alone",
    "Django's hello",
    "bare page",
    "dnspython alone",
)

_REVOKED = (
    "Approved requests are sent to an embedded authority, published on its CRLs, observed there and recorded as "
    "*revoked*, by the worker's own duties. The web server's answers to it do not count. django-ca revokes one by one "
    "in one transaction and makes its CRL. *Rows alone* inserts ten rows of 300 bytes for each, 500 certificates a "
    "transaction. One run, since it uses up what it revokes."
)
_APPROVED = "A reviewer approves a request that waits in the queue; *commit alone* writes one row and commits."
_STATEMENTS = "How many SQL statements the worker sends for each certificate from the approval until *revoked*."
_LOCK = "The longest transaction of that run, by the clock: on SQLite nobody else writes meanwhile."
_RECEIPT = "The worker makes and signs what a receipt needs at once; *signature alone* is one of ECDSA P-256."
_ONE = "One certificate alone, from its approval until it is *revoked*: batches must not slow it down."
_LETTER = (
    "A scan of about 1.4 MB is inspected in its confined process, whose processor time counts; the library alone "
    "decodes the same file in the same process."
)
_WAIT = "The same inspection, as long as a person waits for it."

ROWS: dict[str, Row] = {
    "revoked_sqlite": Row("approved → revoked, SQLite", MORE, _REVOKED, (Goal(3000),)),
    "revoked_sqlite_statements": Row("… statements for each", LESS, _STATEMENTS),
    "revoked_sqlite_lock": Row("… longest write transaction", LESS, _LOCK, (Goal(50),)),
    "revoked_sqlite_one": Row("… one alone", LESS, _ONE),
    "revoked_postgresql": Row("approved → revoked, PostgreSQL", MORE, _REVOKED, (Goal(1000),)),
    "revoked_postgresql_server": Row(
        "… with the server's processor time",
        MORE,
        "The same run, with the database server's time added to the worker's.",
    ),
    "revoked_postgresql_statements": Row("… statements for each", LESS, _STATEMENTS),
    "revoked_postgresql_lock": Row("… longest write transaction", LESS, _LOCK, (Goal(50),)),
    "revoked_postgresql_one": Row("… one alone", LESS, _ONE),
    "receipts_sqlite": Row("one receipt, SQLite", LESS, _RECEIPT, (Goal(1),)),
    "receipts_postgresql": Row("one receipt, PostgreSQL", LESS, _RECEIPT, (Goal(1),)),
    "receipt_pdf": Row("a receipt's PDF, first download", LESS, "The customer opens the PDF of a receipt."),
    "approvals_sqlite": Row("approvals, SQLite", MORE, _APPROVED, (Goal(300),)),
    "approvals_sqlite_statements": Row("… statements for each", LESS, "How many SQL statements an approval sends."),
    "approvals_postgresql": Row("approvals, PostgreSQL", MORE, _APPROVED, (Goal(300),)),
    "approvals_postgresql_statements": Row("… statements for each", LESS, "How many SQL statements an approval sends."),
    "crl_shard": Row(
        "one shard's CRL after a revocation",
        LESS,
        "The worker publishes one of 16 shards of a million revoked certificates after one more revocation in it; "
        "*openssl ca* writes a CRL of as many entries; *signing alone* signs the same bytes.",
        (Goal(60),),
    ),
    "crl_shard_memory": Row("… peak memory", LESS, "What Python allocates at most meanwhile.", (Goal(10),)),
    "crl_complete": Row(
        "the complete CRL of a million", LESS, "The worker publishes the complete CRL of the same authority."
    ),
    "crl_complete_memory": Row(
        "… peak memory over its length", LESS, "What Python allocates at most meanwhile, as a multiple of the CRL."
    ),
    "crl_3000": Row(
        "a complete CRL of 3000",
        LESS,
        "django-ca feeds the library's builder entry by entry, which grows with the square.",
    ),
    "ocsp_stock": Row(
        "OCSP from stock",
        MORE,
        "The whole WSGI application answers from what the worker signed beforehand; so does django-ca, set up to keep "
        "answers; `openssl ocsp` signs each. *Django's hello* is a view without middleware.",
        (Goal(0.5, HELLO),),
    ),
    "ocsp_nonce": Row(
        "OCSP with a nonce", MORE, "The same, each answer signed for the request that asks.", (Goal(5, DJANGO_CA),)
    ),
    "healthz": Row("/healthz", LESS, "The probe that says whether the process answers.", (Goal(0.5),)),
    "imports": Row(
        "import",
        MORE,
        "Fresh certificates of 1.2 KB from one file, as the command and the page import them; django-ca stores them as "
        "its command does, in one transaction; *parsing alone* reads the same fields with the library.",
        (Goal(1, DJANGO_CA), Goal(0.5, PARSING)),
    ),
    "imports_again": Row("… the same file again", MORE, "Certificates that are in the inventory already."),
    "letter_jpg": Row("a letter, JPEG", LESS, _LETTER, (Goal(160),)),
    "letter_jpg_wait": Row("… by the clock", LESS, _WAIT, (Goal(160),)),
    "letter_png": Row("a letter, PNG", LESS, _LETTER, (Goal(160),)),
    "letter_png_wait": Row("… by the clock", LESS, _WAIT, (Goal(160),)),
    "letter_pdf": Row("a letter, PDF", LESS, _LETTER, (Goal(270),)),
    "letter_pdf_wait": Row("… by the clock", LESS, _WAIT, (Goal(270),)),
    "letter_template": Row(
        "a letter's template", LESS, "The PDF that a customer downloads and stamps, with 200 names."
    ),
    "list_page": Row(
        "list page",
        LESS,
        "*My Certificates* with 50 of 100 000 rows; the *bare page* shows six columns of the same rows in a table: one "
        "query, no middleware, translation or link.",
        (Goal(3, BARE_PAGE),),
    ),
    "list_page_bytes": Row(
        "… transferred", LESS, "The page itself, as a browser that takes gzip gets it.", (Goal(10),)
    ),
    "list_page_queries": Row("… statements", LESS, "How many SQL statements the page sends."),
    "list_page_growth": Row("… 100 000 over 100 rows", LESS, "The first page of a long list over that of a short one."),
    "list_page_deep": Row("… deep page over first", LESS, "A page at the end of the long list over its first page."),
    "queue_page": Row("queue page", LESS, "The first page of the reviewers' queue, 50 of 1000 requests."),
    "queue_page_blocking": Row(
        "… requests that block", LESS, "The page, its style sheets, and its scripts that are not deferred.", (Goal(5),)
    ),
    "queue_page_bytes": Row(
        "… transferred",
        LESS,
        "The page and all its style sheets and scripts, for a browser that takes gzip.",
        (Goal(50),),
    ),
    "search_missing": Row("search without a hit at 100 000", LESS, "A search in *My Certificates* that finds nothing."),
    "search_missing_growth": Row(
        "… over the same at 10 000", LESS, "How the search grows when the list is ten times as long.", (Goal(1.5),)
    ),
    "search_rare": Row("search with one hit at 100 000", LESS, "A search in *My Certificates* that finds one row."),
    "reissues": Row(
        "reissues of a certificate at 100 000", LESS, "One look-up of the certificates that were reissued from one."
    ),
    "rules": Row("all rules for one certificate", LESS, "M and N for facts that are read already."),
    "dns_first": Row(
        "first DNS checks",
        MORE,
        "The first look at 1000 names that are not proven, with the diagnosis that the page shows; *dnspython alone* "
        "asks one question a name, as many at a time; dnsperf is a program in C, measured by the clock.",
        (Goal(0.5, DNSPYTHON),),
    ),
    "dns_routine": Row("later DNS checks", MORE, "The later looks at the same names, without news."),
    "memory_web": Row(
        "a web worker's own memory", LESS, "After 200 pages, what only this process holds (USS).", (Goal(90),)
    ),
    "memory_worker": Row(
        "a worker's own memory", LESS, "After some hundred revocations with receipts (USS).", (Goal(110),)
    ),
    "connections": Row(
        "database connections of an idle worker", LESS, "Sessions on PostgreSQL while a worker has nothing to do."
    ),
}
