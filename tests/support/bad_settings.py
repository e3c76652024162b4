"""Threat 39: settings that production may not have (errors) or should not (warnings), by what is wrong. Each id of a
system check has a row."""

from __future__ import annotations

from collections.abc import Mapping

LONG = "c7Fv-2mQx9Lr4Tz8Kp1Ws6Yd3Hn5Bg0Ja_Eu-iOqXvRlTkMzPf"
ACME = '{"le": {"driver": "acme", "name": "An authority", "directory": "%s"}}'
PROVIDER = (
    '{"a": {"driver": "%s", "server": "192.0.2.53", "zones": ["b.example"], "key_name": "p", "key_secret": "%s"}}'
)

BAD: Mapping[str, tuple[dict[str, str], str]] = {
    # -- what is wrong anywhere
    "driver": ({"AUTHORITIES": '{"x": {"driver": "nothing"}}'}, "E001"),
    "an option that is none": ({"AUTHORITIES": '{"x": {"driver": "by_hand", "name": "X", "dir": 1}}'}, "E001"),
    "an authority over http": ({"AUTHORITIES": ACME % "http://acme.example.com/directory"}, "E001"),
    "a missing file of an authority": (
        {"AUTHORITIES": '{"x": {"driver": "by_hand", "name": "X", "issuers": ["/nowhere/x.pem"]}}'},
        "W001",
    ),
    "no resolver": ({"DNS_RESOLVERS": '["dns.example"]'}, "E002"),
    "no perspective": ({"DNS_PERSPECTIVES": '{"Here": ["dns.example"]}'}, "E002"),
    "no network": ({"OUTBOUND_TEST_NETWORKS": '["everywhere"]'}, "E003"),
    "no address": ({"PORTAL_URL": "portal.example.com"}, "E004"),
    "another scheme": ({"PKI_BASE_URL": "ldap://pki.example.com"}, "E004"),
    "provider": ({"DNS_PROVIDERS": PROVIDER % ("nothing", "c2VjcmV0")}, "E005"),
    "a zone that nobody hosts": ({"DELEGATION_ZONE": "proofs.example.com"}, "E008"),
    "scanner": ({"CLAMD_ADDRESS": "clamd"}, "E006"),
    "letters among static files": ({"LETTERS_STORAGE_OPTIONS": '{"location": "var/static/letters"}'}, "E007"),
    "letters for everybody": ({"LETTERS_STORAGE_OPTIONS": '{"default_acl": "public-read"}'}, "E007"),
    "trust anchors": ({"DNSSEC_TRUST_ANCHORS": '["nonsense"]'}, "E009"),
    "a mailer that does not exist": ({"EMAIL_BACKEND": "django.core.mail.backends.smpt.EmailBackend"}, "E010"),
    "a store that does not exist": ({"LETTERS_STORAGE": "storages.backends.s3.S3Store"}, "E010"),
    # -- what only development may have
    "demo": ({"DEMO": "true"}, "E101"),
    "test networks": ({"OUTBOUND_TEST_NETWORKS": '["127.0.0.0/8"]'}, "E102"),
    "test ports": ({"OUTBOUND_TEST_PORTS": '{"80": 8053}'}, "E103"),
    "staging": ({"AUTHORITIES": ACME % "https://acme-staging-v02.api.letsencrypt.org/directory"}, "E104"),
    "an authority on this machine": ({"AUTHORITIES": ACME % "https://127.0.0.1:14000/dir"}, "E104"),
    "a crash point": ({"CERTPORTAL_FAULT": "after-claim"}, "E105"),
    "a crash point that is none": ({"CERTPORTAL_FAULT": "x"}, "E105"),
    "debug pages": ({"DEBUG": "true"}, "E106"),
    "plain cookies": ({"HTTPS": "false"}, "E107"),
    # -- secrets
    "one letter": ({"SECRET_KEY": "x"}, "E108"),
    "short": ({"SECRET_KEY": "c7Fv-2mQx9Lr4Tz8Kp1Ws6Yd3Hn5Bg0Ja"}, "E108"),
    "to be filled in": ({"SECRET_KEY": "…"}, "E108"),
    "a long placeholder": ({"SECRET_KEY": "please-changeme-" + LONG}, "E108"),
    "Django's own": ({"SECRET_KEY": "django-insecure-" + LONG}, "E108"),
    "one letter many times": ({"SECRET_KEY": "x" * 64}, "E108"),
    "a word many times": ({"SECRET_KEY": "aurora-17" * 8}, "E108"),
    "the alphabet": ({"SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"}, "E108"),
    "the keyboard": ({"SECRET_KEY": "qwertyuiopasdfghjklzxcvbnm1234567890QWERTYUIOPASDFGHJKL"}, "E108"),
    "a line break": ({"SECRET_KEY": LONG + "\n"}, "E108"),
    "in quotation marks": ({"SECRET_KEY": f'"{LONG}"'}, "E108"),
    "a sentence": ({"SECRET_KEY": "nobody will ever guess this sentence of mine, I hope so"}, "E108"),
    "one letter for keys": ({"KEY_ENCRYPTION_KEY": "x"}, "E109"),
    "only blanks": ({"KEY_ENCRYPTION_KEY": " " * 40}, "E109"),
    "digits": ({"KEY_ENCRYPTION_KEY": "12345678901234567890123456789012"}, "E109"),
    "twice the same": ({"SECRET_KEY": LONG, "KEY_ENCRYPTION_KEY": LONG}, "E110"),
    # -- names and ways
    "every host": ({"ALLOWED_HOSTS": '["*"]'}, "E111"),
    "every host beside ours": ({"ALLOWED_HOSTS": '["portal.example.com", "*"]'}, "E111"),
    "no host": ({"ALLOWED_HOSTS": "[]"}, "E111"),
    "hosts of a registry": ({"ALLOWED_HOSTS": '["portal.example.com", ".com"]'}, "E111"),
    "hosts of a country": ({"ALLOWED_HOSTS": '["portal.example.com", ".co.uk"]'}, "E111"),
    "hosts of a hoster": ({"ALLOWED_HOSTS": '["portal.example.com", ".github.io"]'}, "E111"),
    "a host with a scheme": ({"ALLOWED_HOSTS": '["https://portal.example.com"]'}, "E111"),
    "a host with a port": ({"ALLOWED_HOSTS": '["portal.example.com:443"]'}, "E111"),
    "a wildcard as in DNS": ({"ALLOWED_HOSTS": '["*.example.com"]'}, "E111"),
    "a blank host": ({"ALLOWED_HOSTS": '["portal.example.com", ""]'}, "E111"),
    "links to a host that is refused": ({"PORTAL_URL": "https://www.example.com"}, "E112"),
    "a forgotten PORTAL_URL": ({"PORTAL_URL": ""}, "E112"),
    "forgotten hosts": ({"ALLOWED_HOSTS": ""}, "E112"),
    "plain links": ({"PORTAL_URL": "http://portal.example.com"}, "E112"),
    "no proxy": ({"BEHIND_PROXY": "false"}, "E113"),
    "plain origins": ({"TRUSTED_ORIGINS": '["http://portal.example.com"]'}, "E114"),
    "origins of a registry": ({"TRUSTED_ORIGINS": '["https://*.com"]'}, "E114"),
    "every origin": ({"TRUSTED_ORIGINS": '["https://*"]'}, "E114"),
    # -- what is kept
    "letters in memory": ({"LETTERS_STORAGE": "django.core.files.storage.InMemoryStorage"}, "E115"),
    "a forgotten database": ({"DATABASE_URL": ""}, "E117"),
    "a database in no folder": ({"DATABASE_URL": "sqlite:////nowhere/portal.sqlite3"}, "E118"),
    "a database in memory": ({"DATABASE_URL": "sqlite://:memory:"}, "E116"),
    # -- warnings
    "address in certificates": ({"PKI_BASE_URL": "http://127.0.0.1:8000"}, "W101"),
    "a forgotten PKI_BASE_URL": ({"PKI_BASE_URL": ""}, "W101"),
    "address in mails": ({"PORTAL_URL": "https://localhost", "ALLOWED_HOSTS": '["localhost"]'}, "W102"),
    "a password is enough": ({"REQUIRE_SECOND_FACTOR": "false"}, "W103"),
    "one file": ({"DATABASE_URL": "sqlite:////srv/portal.sqlite3"}, "W104"),
    "mail into files": ({"EMAIL_BACKEND": ""}, "W105"),
    "mail to the console": ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "W105"),
    "mail to nowhere": ({"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}, "W105"),
    "a sender at no domain": ({"MAIL_FROM": ""}, "W106"),
    "talkative": ({"LOG_LEVEL": "DEBUG"}, "W107"),
    "past the proxy": ({"BIND": "192.0.2.10"}, "W108"),
}

UNREADABLE: Mapping[str, tuple[dict[str, str], str]] = {
    "a number that is none": ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT"),
    "neither yes nor no": ({"HTTPS": "maybe"}, "HTTPS"),
    "production, perhaps": ({"PRODUCTION": "maybe"}, "PRODUCTION"),
    "no list": ({"ALLOWED_HOSTS": "portal.example.com"}, "ALLOWED_HOSTS: it is not JSON"),
    "another database": ({"DATABASE_URL": "mysql://portal@db.example.com/portal"}, "DATABASE_URL"),
    "no database": ({"DATABASE_URL": "db.example.com"}, "DATABASE_URL"),
    "no zone": ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE"),
    "loud": ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    "an endless wait": ({"DATABASE_STATEMENT_TIMEOUT": "0"}, "DATABASE_STATEMENT_TIMEOUT"),
    "no secret": ({"SECRET_KEY": ""}, "SECRET_KEY"),
    "neither secret": ({"SECRET_KEY": "", "KEY_ENCRYPTION_KEY": ""}, "KEY_ENCRYPTION_KEY"),
}
"""Settings that stop Django itself; the message names the setting."""
