"""The environment, typed: each setting with its embedded default, and the sentence about a wrong value."""

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, PositiveInt, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from revocation.outbound.dns.anchors import ROOT_ANCHORS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
SECRETIVE = ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "EMAIL_HOST_PASSWORD", "DATABASE_URL")
SQLITE, POSTGRESQL = "django.db.backends.sqlite3", "django.db.backends.postgresql"


class Role(BaseSettings):
    """Whether this process works for a production installation. Only the environment says so, no file."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    production: bool = False


class Environment(Role):
    """The environment, typed. A mistyped value stops the start with its name and what is accepted."""

    secret_key: SecretStr
    key_encryption_key: SecretStr
    debug: bool = False
    demo: bool = False
    https: bool = False
    hsts_seconds: int = 31_536_000
    allowed_hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    trusted_origins: list[str] = []
    behind_proxy: bool = False

    database_url: str = f"sqlite:///{VAR_DIR / 'certportal.sqlite3'}"
    database_connect_timeout: int = Field(3, ge=2, le=60)
    database_statement_timeout: float = Field(15, ge=1, le=600)
    worker_connections: int = Field(8, ge=2)

    letters_storage: str = "django.core.files.storage.FileSystemStorage"
    letters_storage_options: dict[str, Any] = {"location": str(VAR_DIR / "letters"), "base_url": None}
    deployments_dir: Path = VAR_DIR / "deployments"
    letter_max_bytes: int = Field(1_468_006, gt=1024)
    letter_inspections: int = Field(4, ge=1)
    letter_inspection_wait: float = Field(8, ge=0)
    clamd_address: str = ""
    clamd_timeout: float = Field(10, gt=0)

    email_backend: str = "django.core.mail.backends.filebased.EmailBackend"
    email_url_host: str = "localhost"
    email_port: int = 25
    email_host_user: str = ""
    email_host_password: SecretStr = SecretStr("")
    email_use_tls: bool = False
    email_dir: Path = VAR_DIR / "mail"
    mail_from: str = "certportal <certportal@localhost>"
    portal_url: str = "http://127.0.0.1:8000"

    pki_base_url: str = "http://127.0.0.1:8000"
    authorities: dict[str, dict[str, Any]] = {
        "by-hand": {"driver": "by_hand", "name": "Authority without an interface"}
    }

    publishes_within_minutes: dict[str, PositiveInt] = {}
    compare_every_hours: float = Field(24, ge=0.1)

    dns_resolvers: list[str] = []
    dns_perspectives: dict[str, list[str]] = {}
    dnssec_trust_anchors: list[str] = [*ROOT_ANCHORS]
    ownership_record_label: str = "_dnsauth"
    ownership_cname_zone: str = "pki-validation.example"
    dns_providers: dict[str, dict[str, Any]] = {}
    delegation_zone: str = ""
    outbound_test_networks: list[str] = []
    outbound_test_ports: dict[int, int] = {}

    step_up: bool = False
    quota_drafts: int = Field(300, gt=0)
    quota_uploads: int = Field(120, gt=0)
    quota_checks: int = Field(240, gt=0)
    quota_others: int = Field(240, gt=0)
    require_second_factor: bool = False
    two_approvals_for: list[Literal["dv", "ov", "ev"]] = []
    review_lease_minutes: int = Field(30, ge=1)
    time_zone: str = "UTC"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        try:
            engine = str(dj_database_url.parse(value).get("ENGINE", ""))
        except Exception as error:  # the library raises several kinds
            raise ValueError("it cannot be read. Write postgres://… or sqlite:///…") from error
        if engine not in (SQLITE, POSTGRESQL):
            raise ValueError("it names neither PostgreSQL nor SQLite. Write postgres://… or sqlite:///…")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("there is no such time zone. Write a name such as Asia/Shanghai or UTC") from error


def read_environment() -> Environment:
    """Read the environment.

    Development also reads `var/local.env`, which `make setup` writes. Production reads the environment alone: a secret
    that was forgotten there is missing, not replaced by one that exists on this machine only (threat 54).

    Raises `ImproperlyConfigured` with a sentence for each setting that is missing or wrong, and what to do.
    """
    try:
        production = Role().production
        return Environment(_env_file=None if production else VAR_DIR / "local.env", production=production)  # type: ignore[call-arg]
    except (ValidationError, SettingsError) as error:
        said = list(map(_said, error.errors())) if isinstance(error, ValidationError) else [_not_json(error)]
        raise ImproperlyConfigured(
            "certportal cannot start with these settings:\n"
            + "\n".join(f"  {sentence}" for sentence in said)
            + "\ndocs/settings.md explains each setting."
        ) from None


def _said(wrong: Any) -> str:
    name = ".".join(map(str, wrong["loc"])).upper()
    if wrong["type"] == "missing":
        return (
            f"{name}: it is missing. Set it in the environment, the same on every machine; make one with: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))". (For development `make setup` writes one '
            "into var/local.env, which production does not read.)"
        )
    # What may hold a secret is not repeated: lists and objects, a text in their place, and the values of SECRETIVE.
    single = len(wrong["loc"]) == 1 and wrong["type"] not in ("list_type", "dict_type")
    plain = single and isinstance(wrong["input"], str) and name not in SECRETIVE
    return f"{name}: {wrong['msg']}." + (f" Found: {wrong['input'][:80]!r}." if plain else "")


def _not_json(error: SettingsError) -> str:
    """Lists and objects are written in JSON; the library names the field and nothing else."""
    name = str(error).partition('"')[2].partition('"')[0].upper()
    return f"""{name}: it is not JSON. Write a list as ["one", "two"], an object as {{"name": "value"}}."""
