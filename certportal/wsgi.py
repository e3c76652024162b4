"""WSGI entry point: pages are served synchronously (docs/decisions.md)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
application = get_wsgi_application()
