"""The world that the tests of access share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.office import _office, opened, owner  # noqa: F401
from tests.access.world import World, make_world
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def world(postgres_server: PostgresServer) -> Iterator[World]:
    """Make the world once; tests take back what they do."""
    made = make_world(postgres_server)
    yield made
    postgres_server.drop(made.name)
