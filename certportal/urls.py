"""All addresses of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from certportal import views
from revocation.urls import public

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("preferences/", views.preferences, name="preferences"),
    path("", include("revocation.urls")),
    *public,
    path("pki/", include("revocation.authorities.local.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("admin/login/", views.admin_login),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))
