"""All addresses of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from certportal import health, views
from revocation.urls import public

handler500 = "certportal.database.unanswered.broken"

urlpatterns = [
    path("", views.home, name="home"),
    path("signed-in/", views.signed_in, name="signed_in"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("preferences/", views.preferences, name="preferences"),
    path("", include("revocation.urls")),
    *public,
    path("accounts/", include("certportal.accounts.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("admin/login/", views.admin_login),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))
