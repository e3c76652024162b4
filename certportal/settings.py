"""Every knob of certportal, read from the environment, with the embedded default beside it.

`manage.py check` and `manage.py check --deploy` find wrong ones
(`certportal/checks.py`).
"""

import os
import tempfile
from pathlib import Path
from typing import Any, Literal

import dj_database_url
import django
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from revocation.outbound.anchors import ROOT_ANCHORS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"


class Knobs(BaseSettings):
    """The environment, typed. A mistyped value stops the start with its name and what is accepted."""

    model_config = SettingsConfigDict(env_file=VAR_DIR / "local.env", extra="ignore", env_ignore_empty=True)

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
    log_level: str = "INFO"


def read_knobs() -> Knobs:
    """Knobs, or a sentence that says which one is missing or wrong and what to do."""
    try:
        return Knobs()  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise ImproperlyConfigured(
            "certportal cannot start with these settings:\n"
            + "\n".join(lines)
            + "\n`make setup` writes var/local.env with the two secrets; certportal/settings.py explains each setting."
        ) from None


KNOBS = read_knobs()

SECRET_KEY = KNOBS.secret_key.get_secret_value()
KEY_ENCRYPTION_KEY = KNOBS.key_encryption_key.get_secret_value()
DEBUG = KNOBS.debug
DEMO = KNOBS.demo
ALLOWED_HOSTS = KNOBS.allowed_hosts
CSRF_TRUSTED_ORIGINS = KNOBS.trusted_origins

INSTALLED_APPS = [
    "certportal.accounts",
    "certportal",
    "revocation",
    "revocation.authorities.local",
    "revocation.authorities.acme",
    "reviews",
    "demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.forms",
    "django_fsm",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "revocation.views.delegated.DelegatedFiles",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "certportal.middleware.ContentSecurityPolicy",
    "certportal.middleware.NotMigrated",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "certportal.middleware.PrivatePages",
    "certportal.middleware.ViewerPreferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "certportal.middleware.SecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
    "revocation.views.refusing.DomainRefusals",
]

ROOT_URLCONF = "certportal.urls"
WSGI_APPLICATION = "certportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "certportal.context.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": dict(dj_database_url.parse(KNOBS.database_url, conn_max_age=None))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE + WAL + a long timeout: no update is lost and none fails with "locked" (shared measurements in
    # docs/decisions.md). FULL: an acknowledged decision survives a power failure.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # A file of its own for each process: threads share it, runs side by side do not.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/certportal-test-{os.getpid()}.sqlite3"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits live in the cache; a per-process cache would count once per worker.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"},
}

LETTERS_STORAGE_OPTIONS = dict(KNOBS.letters_storage_options)
if KNOBS.letters_storage.endswith(".S3Storage"):
    from certportal.s3 import BOUNDED

    LETTERS_STORAGE_OPTIONS.setdefault("client_config", BOUNDED)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing may use it unnamed
    "letters": {"BACKEND": KNOBS.letters_storage, "OPTIONS": LETTERS_STORAGE_OPTIONS},
    "deployments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(KNOBS.deployments_dir), "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

# Accounts: allauth's pages, e-mail as the name, no self sign-up, lock-out by rate limit.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/certificates/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "certportal.accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/300s/key", "reset_password": "20/m/ip,5/m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "certportal"
MFA_TOTP_TOLERANCE = 1  # a code typed while it changes is still good (RFC 6238 5.2)
TWO_APPROVALS_FOR = KNOBS.two_approvals_for
REVIEW_LEASE_MINUTES = KNOBS.review_lease_minutes
REQUIRE_SECOND_FACTOR = KNOBS.require_second_factor

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = KNOBS.https
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = KNOBS.https
SECURE_REDIRECT_EXEMPT = [r"^pki/", r"^healthz$"]  # CRL and OCSP are fetched over plain HTTP (RFC 5280 8)
SECURE_HSTS_SECONDS = KNOBS.hsts_seconds if KNOBS.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = KNOBS.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if KNOBS.behind_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
BEHIND_PROXY = KNOBS.behind_proxy

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = KNOBS.time_zone

if django.VERSION < (6, 1):
    EMAIL_BACKEND = KNOBS.email_backend
    EMAIL_HOST = KNOBS.email_url_host
    EMAIL_PORT = KNOBS.email_port
    EMAIL_HOST_USER = KNOBS.email_host_user
    EMAIL_HOST_PASSWORD = KNOBS.email_host_password.get_secret_value()
    EMAIL_USE_TLS = KNOBS.email_use_tls
    EMAIL_FILE_PATH = KNOBS.email_dir
    EMAIL_TIMEOUT = 20
else:
    MAILERS = {
        "default": {
            "BACKEND": KNOBS.email_backend,
            "OPTIONS": {
                "django.core.mail.backends.filebased.EmailBackend": {"file_path": str(KNOBS.email_dir)},
                "django.core.mail.backends.smtp.EmailBackend": {
                    "host": KNOBS.email_url_host,
                    "port": KNOBS.email_port,
                    "username": KNOBS.email_host_user,
                    "password": KNOBS.email_host_password.get_secret_value(),
                    "use_tls": KNOBS.email_use_tls,
                    "timeout": 20,
                },
            }.get(KNOBS.email_backend, {}),
        }
    }
DEFAULT_FROM_EMAIL = SERVER_EMAIL = KNOBS.mail_from
PORTAL_URL = KNOBS.portal_url.rstrip("/")

LETTER_MAX_BYTES = KNOBS.letter_max_bytes
LETTER_INSPECTIONS = KNOBS.letter_inspections
LETTER_INSPECTION_WAIT = KNOBS.letter_inspection_wait
LETTER_SLOTS_DIR = VAR_DIR / "inspections"
CLAMD_ADDRESS = KNOBS.clamd_address
CLAMD_TIMEOUT = KNOBS.clamd_timeout
FILE_UPLOAD_HANDLERS = ["revocation.uploads.BoundedUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

STEP_UP = KNOBS.step_up
# Times an hour that one person may do it (threat 34).
QUOTAS = {
    "drafts": KNOBS.quota_drafts,
    "uploads": KNOBS.quota_uploads,
    "checks": KNOBS.quota_checks,
    "others": KNOBS.quota_others,
}

PKI_BASE_URL = KNOBS.pki_base_url.rstrip("/")
AUTHORITIES = KNOBS.authorities
PUBLISHES_WITHIN_MINUTES = KNOBS.publishes_within_minutes
COMPARE_EVERY_HOURS = KNOBS.compare_every_hours
DNS_RESOLVERS = KNOBS.dns_resolvers
DNS_PERSPECTIVES = KNOBS.dns_perspectives
DNSSEC_TRUST_ANCHORS = KNOBS.dnssec_trust_anchors
OWNERSHIP_RECORD_LABEL = KNOBS.ownership_record_label
OWNERSHIP_CNAME_ZONE = KNOBS.ownership_cname_zone
DNS_PROVIDERS = KNOBS.dns_providers
DELEGATION_ZONE = KNOBS.delegation_zone.strip(".").lower()
OUTBOUND_TEST_NETWORKS = KNOBS.outbound_test_networks
OUTBOUND_TEST_PORTS = KNOBS.outbound_test_ports

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "certportal.logs.OneLine", "format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": KNOBS.log_level},
}
