"""Django's settings, made of the environment (`certportal/environment.py`).

`manage.py check` and `manage.py check --deploy` find wrong ones (`certportal/checks/`).
"""

import os
import tempfile
from typing import Any

import dj_database_url
import django
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from certportal.environment import BASE_DIR, SQLITE, VAR_DIR, read_environment

env = read_environment()

SECRET_KEY = env.secret_key.get_secret_value()
KEY_ENCRYPTION_KEY = env.key_encryption_key.get_secret_value()
PRODUCTION = env.production
DATABASE_IS_NAMED = "database_url" in env.model_fields_set
DEBUG = env.debug
DEMO = env.demo
ALLOWED_HOSTS = env.allowed_hosts
CSRF_TRUSTED_ORIGINS = env.trusted_origins

INSTALLED_APPS = [
    "certportal.accounts",
    "certportal.limits",
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
    "certportal.health.Probes",
    "certportal.published.Published",
    "revocation.web.views.file_proxy.DelegatedFiles",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "certportal.middleware.CompressedPages",
    "certportal.middleware.ContentSecurityPolicy",
    "certportal.middleware.NotMigrated",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "certportal.middleware.PrivatePages",
    "certportal.signed_out.SignedOut",
    "certportal.middleware.ViewerPreferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "certportal.middleware.SecondFactor",
    "certportal.limits.guessing.GuessingLimits",
    "django_htmx.middleware.HtmxMiddleware",
    "reviews.odd_filters.OddFilters",
    "revocation.web.guards.refusals.DomainRefusals",
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

DATABASES: dict[str, dict[str, Any]] = {"default": dict(dj_database_url.parse(env.database_url, conn_max_age=None))}
if DATABASES["default"]["ENGINE"] == SQLITE:
    # IMMEDIATE + WAL + a long timeout: no update is lost and none fails with "locked". FULL: an acknowledged decision
    # survives a power failure.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # recursive_triggers: what REPLACE deletes is refused like every DELETE (L5), though the guards hold without it.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
    # A file of its own for each process: threads share it, runs side by side do not.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/certportal-test-{os.getpid()}.sqlite3"}
else:
    # PostgreSQL with bounds on every wait (certportal/postgresql). Connections are checked before they are used again,
    # so that nobody meets one that the server has closed meanwhile.
    DATABASES["default"]["ENGINE"] = "certportal.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", env.database_connect_timeout)
DATABASE_STATEMENT_TIMEOUT = env.database_statement_timeout
WORKER_CONNECTIONS = env.worker_connections
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits have a table of their own (certportal/limits). allauth keeps used codes here; a cache per process would
# forget them.
CACHES = {
    "default": {"BACKEND": "certportal.limits.cache.LastingCache", "LOCATION": "cache_entries"},
}

LETTERS_STORAGE_OPTIONS = dict(env.letters_storage_options)
if env.letters_storage.endswith(".S3Storage"):
    from certportal.s3 import BOUNDED

    LETTERS_STORAGE_OPTIONS.setdefault("client_config", BOUNDED)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing may use it unnamed
    "letters": {"BACKEND": env.letters_storage, "OPTIONS": LETTERS_STORAGE_OPTIONS},
    "deployments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(env.deployments_dir), "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "reviews.styles.ListStyles",
]

# Accounts: allauth's pages, e-mail as the name, no self sign-up.
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
ACCOUNT_RATE_LIMITS = False  # allauth's lock owners out and count in the cache; certportal/limits has ours
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[certportal] "  # not the Host header of whoever asked
ACCOUNT_REAUTHENTICATION_REQUIRED = MFA_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds for which a password or a code counts as just given (U1)
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False  # a mailed link is no way around the second factor
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# allauth's own adds a row about the address, at an anonymous request.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from staff: no row of allauth's keeps anybody from a second factor
MFA_FORMS = {
    "authenticate": "certportal.accounts.forms.AuthenticateForm",
    "reauthenticate": "certportal.accounts.forms.ReauthenticateForm",
    "activate_totp": "certportal.accounts.forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "certportal"
MFA_TOTP_TOLERANCE = 1  # a code typed while it changes is still good (RFC 6238 5.2)
TWO_APPROVALS_FOR = env.two_approvals_for
REVIEW_LEASE_MINUTES = env.review_lease_minutes
REQUIRE_SECOND_FACTOR = env.require_second_factor

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.https
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_FAILURE_VIEW = "certportal.signed_out.csrf_failure"
SECURE_SSL_REDIRECT = env.https
SECURE_REDIRECT_EXEMPT = [r"^pki/"]  # CRL and OCSP are fetched over plain HTTP (RFC 5280 8)
SECURE_HSTS_SECONDS = env.hsts_seconds if env.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.behind_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
BEHIND_PROXY = env.behind_proxy

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = env.time_zone

if django.VERSION < (6, 1):
    EMAIL_BACKEND = env.email_backend
    EMAIL_HOST = env.email_url_host
    EMAIL_PORT = env.email_port
    EMAIL_HOST_USER = env.email_host_user
    EMAIL_HOST_PASSWORD = env.email_host_password.get_secret_value()
    EMAIL_USE_TLS = env.email_use_tls
    EMAIL_FILE_PATH = env.email_dir
    EMAIL_TIMEOUT = 20
else:
    MAILERS = {
        "default": {
            "BACKEND": env.email_backend,
            "OPTIONS": {
                "django.core.mail.backends.filebased.EmailBackend": {"file_path": str(env.email_dir)},
                "django.core.mail.backends.smtp.EmailBackend": {
                    "host": env.email_url_host,
                    "port": env.email_port,
                    "username": env.email_host_user,
                    "password": env.email_host_password.get_secret_value(),
                    "use_tls": env.email_use_tls,
                    "timeout": 20,
                },
            }.get(env.email_backend, {}),
        }
    }
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_from
PORTAL_URL = env.portal_url.rstrip("/")

LETTER_MAX_BYTES = env.letter_max_bytes
LETTER_INSPECTIONS = env.letter_inspections
LETTER_INSPECTION_WAIT = env.letter_inspection_wait
LETTER_SLOTS_DIR = VAR_DIR / "inspections"
CLAMD_ADDRESS = env.clamd_address
CLAMD_TIMEOUT = env.clamd_timeout
FILE_UPLOAD_HANDLERS = ["revocation.web.guards.uploads.BoundedUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

STEP_UP = env.step_up
# Times an hour that one person may do it (threat 34).
QUOTAS = {
    "drafts": env.quota_drafts,
    "uploads": env.quota_uploads,
    "checks": env.quota_checks,
    "others": env.quota_others,
}

PKI_BASE_URL = env.pki_base_url.rstrip("/")
AUTHORITIES = env.authorities
PUBLISHES_WITHIN_MINUTES = env.publishes_within_minutes
COMPARE_EVERY_HOURS = env.compare_every_hours
DNS_RESOLVERS = env.dns_resolvers
DNS_PERSPECTIVES = env.dns_perspectives
DNSSEC_TRUST_ANCHORS = env.dnssec_trust_anchors
OWNERSHIP_RECORD_LABEL = env.ownership_record_label
OWNERSHIP_CNAME_ZONE = env.ownership_cname_zone
DNS_PROVIDERS = env.dns_providers
DELEGATION_ZONE = env.delegation_zone.strip(".").lower()
OUTBOUND_TEST_NETWORKS = env.outbound_test_networks
OUTBOUND_TEST_PORTS = env.outbound_test_ports

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "certportal.logs.OneLine", "format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "filters": {"outages": {"()": "certportal.logs.OutagesOnce"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outages"]}},
    "root": {"handlers": ["stderr"], "level": env.log_level},
}
