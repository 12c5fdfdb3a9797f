"""A small OpenID Connect provider on this machine, which logs everybody in as the person that it is made for."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "roundhouse"


class Provider(ThreadingHTTPServer):
    """Authorises without a question: what is tested is the app, not the provider."""

    daemon_threads = True

    def __init__(self, claims: Mapping[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.claims = dict(claims)
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self.nonces: dict[str, str] = {}

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def token(self, code: str) -> str:
        """The identity of the person, signed."""
        now = int(time.time())
        standing = {"iss": self.address, "aud": CLIENT, "sub": "42", "iat": now, "exp": now + 3600}
        return jwt.encode(
            {"alg": "RS256", "kid": "1"}, {**standing, "nonce": self.nonces[code], **self.claims}, self.key
        )


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        match asked.path:
            case "/.well-known/openid-configuration":
                self._json(self._configuration())
            case "/jwks":
                self._json({"keys": [self.server.key.as_dict(private=False)]})
            case "/authorize":
                code = f"code-{len(self.server.nonces)}"
                self.server.nonces[code] = query.get("nonce", "")
                self._redirect(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = self.server.token(form["code"][0])
        self._json({"access_token": "none", "token_type": "Bearer", "expires_in": 3600, "id_token": token})

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name in the library
        """Say nothing."""

    def _configuration(self) -> dict[str, Any]:
        address = self.server.address
        return {
            "issuer": address,
            "authorization_endpoint": f"{address}/authorize",
            "token_endpoint": f"{address}/token",
            "jwks_uri": f"{address}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _json(self, content: Mapping[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()


@contextmanager
def providing(**claims: Any) -> Iterator[Provider]:
    """A provider for a person with these claims."""
    with Provider(claims) as provider:
        thread = threading.Thread(target=provider.serve_forever, daemon=True)
        thread.start()
        yield provider
        provider.shutdown()
        thread.join()


def secrets(provider: Provider) -> str:
    """Streamlit's secrets for an app that logs in there."""
    return f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "only for tests"
client_id = "{CLIENT}"
client_secret = "only for tests"
server_metadata_url = "{provider.address}/.well-known/openid-configuration"
"""
