"""What the web server loads before it forks, so that its workers share it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from certportal.preloading import preload
from revocation.letters import fonts


@pytest.fixture(autouse=True)
def collected_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_workers_share_is_loaded_and_left_alone_by_the_collector() -> None:
    """No connection is made, which workers would share too: this test is not allowed any."""
    fonts.registered.cache_clear()
    preload()
    assert gc.get_freeze_count() > 100_000
    assert fonts.registered.cache_info().currsize == 1
