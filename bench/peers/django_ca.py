"""`python -m bench.peers.django_ca`, with the Python of `scratch`: a process that carries out `django_ca_tasks`."""

from __future__ import annotations

import os

import django

from bench.peers.answering import answer

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.django_ca_settings"
    django.setup()
    from bench.peers.django_ca_tasks import TASKS  # its models need the settings

    answer(TASKS)
