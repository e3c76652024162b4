"""A project with django-ca, as its documentation begins one: Django's usual middleware, SQLite, keys in a folder."""

import os

FOLDER = os.environ["BENCH_FOLDER"]

SECRET_KEY = "nothing is signed"
ALLOWED_HOSTS = ["localhost"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "bench.peers.django_ca_settings"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django_object_actions",
    "django_ca",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER}/peer.sqlite3"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FOLDER}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "django-ca": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": f"{FOLDER}/keys"}},
}
CA_DEFAULT_HOSTNAME = "localhost"
CA_USE_CELERY = False
CA_DEFAULT_PRIVATE_KEY_TYPE = "EC"
CA_DEFAULT_SIGNATURE_HASH_ALGORITHM = "SHA-256"
CA_DEFAULT_ELLIPTIC_CURVE = "secp256r1"
if os.environ.get("BENCH_STOCK"):  # answers are signed beforehand and stored
    CA_OCSP_RESPONSE_CACHE_EXPIRES = 86400


def __getattr__(name: str) -> object:
    """Give the addresses when they are asked for: importing them needs the settings above."""
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("django_ca/", include("django_ca.urls"))]
    raise AttributeError(name)
