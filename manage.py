#!/usr/bin/env python
"""The command line's door: `manage.py help` lists the verbs."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        if not str(wrong).startswith("certportal cannot start"):
            raise
        sys.exit(str(wrong))  # sentences for an operator, who needs no traceback
