"""What the web server loads before it forks, so that its workers share it and nobody waits for it."""

from __future__ import annotations

import gc
from importlib import import_module

from django.conf import settings
from django.urls import get_resolver
from django.utils import translation

from revocation.letters import fonts


def preload() -> None:
    """Load views, catalogues, addresses and the letters' typeface, and keep them where they are.

    A page of memory is shared between processes until one of them writes to it. The collector of cycles writes to every
    object that it looks at, so it is told to look at none of these any more (`gc.freeze`).
    """
    for module in (settings.ROOT_URLCONF, "revocation.letters.template"):
        import_module(module)
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")
            get_resolver().reverse_dict.keys()
    fonts.registered()
    gc.collect()
    gc.freeze()
