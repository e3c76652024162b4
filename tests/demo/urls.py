"""The portal's addresses with those of the demo, which the tests' settings leave out."""

from django.urls import include, path

from certportal.urls import urlpatterns as portal

urlpatterns = [path("demo/", include("demo.urls")), *portal]
