#!/usr/bin/env python
"""The command line's door: `manage.py help` lists the verbs."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
    execute_from_command_line(sys.argv)
