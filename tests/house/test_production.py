"""Threat 39: a production configuration is clean, and each bad one is refused with its name and a hint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": "a8Jq0Zr3x-Vt5uWb7cYd9eFg1hKl2mNp4oQs6RtUvXyZ-0123456789abcdef",
    "KEY_ENCRYPTION_KEY": "kQ9w3e5r7t1y2u4i6o8p0a-s2d4f6g8h",
    "DATABASE_URL": "postgres://portal@db.example.com/portal",
    "HTTPS": "true",
    "BEHIND_PROXY": "true",
    "ALLOWED_HOSTS": '["portal.example.com"]',
    "TRUSTED_ORIGINS": '["https://portal.example.com"]',
    "PORTAL_URL": "https://portal.example.com",
    "PKI_BASE_URL": "http://pki.example.com",
    "REQUIRE_SECOND_FACTOR": "true",
    "DEMO": "false",
    "DEBUG": "false",
    "OUTBOUND_TEST_NETWORKS": "[]",
    "OUTBOUND_TEST_PORTS": "{}",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}
ACME = '{"le": {"driver": "acme", "name": "An authority", "directory": "%s"}}'
BAD = {
    "debug pages": ({"DEBUG": "true"}, "security.W018"),
    "plain cookies": ({"HTTPS": "false"}, "security.W012"),
    "weak secret": ({"SECRET_KEY": "short"}, "security.W009"),
    "demo": ({"DEMO": "true"}, "certportal.E101"),
    "test networks": ({"OUTBOUND_TEST_NETWORKS": '["127.0.0.0/8"]'}, "certportal.E102"),
    "test ports": ({"OUTBOUND_TEST_PORTS": '{"80": 8053}'}, "certportal.E103"),
    "address in certificates": ({"PKI_BASE_URL": "http://127.0.0.1:8000"}, "certportal.W101"),
    "no resolver": ({"DNS_RESOLVERS": '["dns.example"]'}, "certportal.E002"),
    "scanner": ({"CLAMD_ADDRESS": "clamd"}, "certportal.E006"),
    "letters among static files": (
        {"LETTERS_STORAGE_OPTIONS": '{"location": "var/static/letters"}'},
        "certportal.E007",
    ),
    "letters for everybody": ({"LETTERS_STORAGE_OPTIONS": '{"default_acl": "public-read"}'}, "certportal.E007"),
    "staging": ({"AUTHORITIES": ACME % "https://acme-staging-v02.api.letsencrypt.org/directory"}, "certportal.E104"),
    "an authority on this machine": ({"AUTHORITIES": ACME % "https://127.0.0.1:14000/dir"}, "certportal.E104"),
    "an authority over http": ({"AUTHORITIES": ACME % "http://acme.example.com/directory"}, "certportal.E001"),
    "an option that is none": (
        {"AUTHORITIES": '{"x": {"driver": "by_hand", "name": "X", "dir": 1}}'},
        "certportal.E001",
    ),
    "driver": ({"AUTHORITIES": '{"x": {"driver": "nothing"}}'}, "certportal.E001"),
    "a number that is none": ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT"),
}


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    everything = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "certportal.settings", **GOOD, **environment}
    return subprocess.run(command, cwd=ROOT, env=everything, capture_output=True, text=True, check=False)


def test_a_production_configuration_is_clean() -> None:
    result = check()
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


@pytest.mark.parametrize("name", list(BAD))
def test_threat_39_a_bad_configuration_is_named(name: str) -> None:
    environment, said = BAD[name]
    result = check(**environment)
    assert result.returncode != 0
    assert said in result.stderr


def test_threat_39_without_secrets_nothing_starts() -> None:
    result = check(SECRET_KEY="", KEY_ENCRYPTION_KEY="")
    if not (ROOT / "var" / "local.env").exists():
        assert "SECRET_KEY" in result.stderr
