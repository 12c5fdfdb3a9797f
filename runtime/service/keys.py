"""The API keys: who a request is from."""

import hashlib
import hmac
from collections.abc import Mapping

from pydantic import SecretStr


class Keys:
    """The keys by their names. They are kept as digests, so that comparing takes the same time whatever is given."""

    def __init__(self, keys: Mapping[str, SecretStr], nobody: str) -> None:
        """``nobody`` is who a request is from where there are no keys."""
        self._digests = {name: _digest(key.get_secret_value().encode()) for name, key in keys.items()}
        self._nobody = nobody

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._digests)

    def caller(self, authorization: bytes) -> str | None:
        """The name of the key in a header ``Authorization: Bearer …``; None where it is none of them."""
        if not self._digests:
            return self._nobody
        scheme, _, given = authorization.partition(b" ")
        digest, found = _digest(given.strip()), None
        for name, known in self._digests.items():
            # every key is looked at, whichever it is
            if hmac.compare_digest(digest, known):
                found = name
        return found if scheme.lower() == b"bearer" else None


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
