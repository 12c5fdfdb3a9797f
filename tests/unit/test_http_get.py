"""The HTTP GET: declared hosts and no others, whatever the URL, a redirect or a name server says."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.tools.declared_hosts import DeclaredHosts, Origin
from agents.tools.http_get import HttpGet, HttpGetArguments
from agents.tools.readable import decoded, page_text
from agents.tools.resolving import addresses
from agents.tools.tool import Finding, ToolRefused


@dataclass
class Page:
    """What the server answers with."""

    body: bytes = b"hello"
    kind: str | None = "text/plain"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    """Seconds before each byte of the body."""


@dataclass
class Site:
    """A server on this machine, with what it was asked."""

    server: ThreadingHTTPServer
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, sites: list[Site], *args: Any) -> None:
        self.sites = sites
        super().__init__(*args)

    def do_GET(self) -> None:
        [site] = self.sites
        site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        page = site.pages.get(self.path.partition("?")[0], Page(status=404))
        self.send_response(page.status)
        if page.kind is not None:
            self.send_header("Content-Type", page.kind)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for each in [page.body] if not page.pause else [bytes([byte]) for byte in page.body]:
                time.sleep(page.pause)
                self.wfile.write(each)
                self.wfile.flush()
        except OSError:
            pass

    def log_message(self, *_: Any) -> None:
        pass


def serving(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    sites: list[Site] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, sites))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    sites.append(Site(server))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield sites[0]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serving()


@pytest.fixture
def other() -> Iterator[Site]:
    yield from serving()


def resolve(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """Have every name lead to these addresses; returns the names that were asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def get(tool: HttpGet, url: str) -> Finding:
    return await tool.call(HttpGetArguments(url=url))


async def test_a_page_is_read(site: Site) -> None:
    site.pages["/a"] = Page(b'{"size": 3}\n', "application/json")
    found = await get(HttpGet([site.url]), f"{site.url}/a?b=c#d")
    assert found == Finding('{"size": 3}', f"{site.url}/a?b=c")
    assert site.paths == ["/a?b=c"]


async def test_nothing_of_ours_goes_along(
    site: Site, other: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password s3cret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", other.url)
    monkeypatch.setenv("ALL_PROXY", other.url)
    site.pages["/a"] = Page(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"})
    site.pages["/b"] = Page()
    assert (await get(HttpGet([site.url]), f"{site.url}/a")).source == f"{site.url}/b"
    assert not other.asked
    for _, headers in site.asked:
        assert headers["host"] == f"127.0.0.1:{site.port}"
        assert not {"cookie", "authorization", "proxy-authorization", "referer"} & headers.keys()


ADMITTED = [
    "https://api.example.org/a",
    "HTTPS://API.Example.ORG/a",
    "https://api.example.org./a",
    "https://api.example.org:443/a",
    "https://api.example.org/a@b?c=http://evil.com#d",
    "https://data.example.org:8443/",
    "http://127.0.0.1:8080/",
    "https://bücher.example/",
    "https://BÜCHER.example/",
    "https://xn--bcher-kva.example/",
    "https://[::1]:9443/",
    "https://[0:0:0:0:0:0:0:1]:9443/",
    "http://plain.example.org/",
]

NOT_ADMITTED = [
    # other hosts
    "https://evil.com/",
    "https://api.example.org.evil.com/",
    "https://evilapi.example.org/",
    "https://a.api.example.org/",
    "https://example.org/",
    "https://api.example.org../",
    "https://api%2eexample.org/",
    "https://аpi.example.org/",  # a Cyrillic letter
    "https://api。example。org.evil.com/",
    "https://127.0.0.1:8080/",
    "http://localhost:8080/",
    "http://2130706433:8080/",
    "http://127.1:8080/",
    "http://0x7f.0.0.1:8080/",
    "http://[::ffff:127.0.0.1]:8080/",
    # users, and what some readers take for one
    "https://api.example.org@evil.com/",
    "https://api.example.org:443@evil.com/",
    "https://ann:pass@api.example.org/",
    "https://@api.example.org/",
    "https://evil.com\\@api.example.org/",
    "https://api.example.org\\@evil.com/",
    "https://evil.com#@api.example.org/",
    "https://evil.com?@api.example.org/",
    # schemes
    "http://api.example.org/",
    "https://plain.example.org/",
    "ftp://api.example.org/",
    "file:///etc/passwd",
    "gopher://api.example.org/",
    "//api.example.org/",
    "api.example.org/",
    "https:api.example.org",
    "https:///api.example.org",
    # ports
    "https://api.example.org:80/",
    "https://api.example.org:8443/",
    "https://data.example.org/",
    "http://127.0.0.1/",
    "http://127.0.0.1:8081/",
    "https://api.example.org:443:8443/",
    "https://api.example.org:99999/",
    "https://api.example.org:x/",
    # what is no URL
    "https://api.example.org/ a",
    "https://api.example.org/\r\nHost: evil.com",
    "https://api.example.org\t.evil.com/",
    "https://",
    "hello",
    "https://[::1/",
]

DECLARED = [
    "api.example.org",
    "data.example.org:8443",
    "http://127.0.0.1:8080",
    "Bücher.example",
    "https://[::1]:9443",
    "http://plain.example.org",
]


@pytest.mark.parametrize("url", ADMITTED)
def test_what_was_declared_is_admitted(url: str) -> None:
    hosts = DeclaredHosts.parse(DECLARED)
    assert Origin.of(hosts.admitted(url)) in hosts.origins


@pytest.mark.parametrize("url", NOT_ADMITTED)
async def test_what_was_not_declared_is_refused_before_any_request(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolve(monkeypatch, "127.0.0.1")
    with pytest.raises(ToolRefused) as refused:
        await get(HttpGet(DECLARED), url)
    assert "is not allowed. Allowed are only: https://api.example.org, " in str(refused.value) or (
        "is not a URL that can be read" in str(refused.value)
    )
    assert not asked


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        "api.example.org",
        [""],
        ["*"],
        ["*.example.org"],
        ["api.example.org/path"],
        ["https://api.example.org/"],
        ["api.example.org?a"],
        ["ann@api.example.org"],
        ["ftp://api.example.org"],
        ["api.example.org:x"],
        ["api example.org"],
        ["::1"],
        ["x" * 64 + ".org"],
    ],
)
def test_hosts_that_cannot_be_are_said_when_it_is_built(hosts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^hosts") as raised:
        HttpGet(hosts)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "limits", [{"timeout": 0}, {"timeout": float("inf")}, {"longest": 99}, {"largest": 0}, {"name": "Get it"}]
)
def test_limits_are_checked_when_it_is_built(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^Tool "):
        HttpGet(["api.example.org"], **limits)


def test_the_model_is_told_the_hosts() -> None:
    tool = HttpGet(DECLARED)
    assert tool.name == "http_get"
    assert "https://data.example.org:8443, http://127.0.0.1:8080, https://xn--bcher-kva.example" in tool.description
    assert HttpGet(DECLARED, description="Reads.").description == "Reads."


def test_a_url_has_an_end() -> None:
    with pytest.raises(ValidationError):
        HttpGetArguments(url="https://api.example.org/" + "a" * 2000)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_an_undeclared_host_is_not_followed(site: Site, other: Site, status: int) -> None:
    site.pages["/"] = Page(status=status, headers={"Location": f"{other.url}/secret"})
    with pytest.raises(ToolRefused, match=f"{other.url} is not allowed"):
        await get(HttpGet([site.url]), f"{site.url}/")
    assert not other.asked


@pytest.mark.parametrize(
    "to",
    [
        "//evil.com/",
        "file:///etc/passwd",
        "http://ann@127.0.0.1/",
        "http://127.0.0.1:1/",
        "http://[::1/",
        "http://localhost/",
        "https://127.0.0.1/",
    ],
)
async def test_a_redirect_is_checked_as_a_url_is(site: Site, to: str) -> None:
    site.pages["/"] = Page(status=302, headers={"Location": to})
    with pytest.raises(ToolRefused):
        await get(HttpGet([site.url]), f"{site.url}/")
    assert site.paths == ["/"]


async def test_redirects_between_declared_hosts_are_followed(site: Site, other: Site) -> None:
    site.pages["/"] = Page(status=302, headers={"Location": f"{other.url}/b"})
    other.pages["/b"] = Page(b"there")
    assert await get(HttpGet([site.url, other.url]), f"{site.url}/") == Finding("there", f"{other.url}/b")


@pytest.mark.parametrize(("hops", "read"), [(3, True), (4, False)])
async def test_three_redirects_are_followed(site: Site, hops: int, read: bool) -> None:
    site.pages = {f"/{n}": Page(status=302, headers={"Location": str(n + 1)}) for n in range(hops)}
    site.pages[f"/{hops}"] = Page()
    tool = HttpGet([site.url])
    if read:
        assert (await get(tool, f"{site.url}/0")).text == "hello"
    else:
        with pytest.raises(ToolRefused, match="redirects more than 3 times"):
            await get(tool, f"{site.url}/0")
        assert site.paths == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Page(status=404), "answered 404 Not Found."),
        (Page(status=500), "answered 500 Internal Server Error."),
        (Page(status=599), "answered 599."),
        (Page(status=302), "answered 302 Found."),  # that leads nowhere
        (Page(status=304), "answered 304 Not Modified."),
        (Page(kind="image/png"), "answered with 'image/png', which is not read."),
        (Page(kind="application/octet-stream"), "answered with 'application/octet-stream'"),
        (Page(kind="application/json-seq"), "answered with 'application/json-seq'"),
        (Page(kind=None), "answered with 'no content type'"),
        (Page(headers={"Content-Encoding": "gzip"}), "answered with packed content"),
    ],
    ids=str,
)
async def test_what_is_no_text_is_refused(site: Site, page: Page, said: str) -> None:
    site.pages["/"] = page
    with pytest.raises(ToolRefused) as refused:
        await get(HttpGet([site.url]), f"{site.url}/")
    assert str(refused.value).startswith(f"127.0.0.1 {said}")


@pytest.mark.parametrize(
    "kind",
    [
        "text/csv",
        "TEXT/Plain; charset=utf-8",
        "application/json",
        "application/problem+json",
        "application/xml",
        "a/b+xml",
    ],
)
async def test_texts_are_read(site: Site, kind: str) -> None:
    site.pages["/"] = Page(kind=kind)
    assert (await get(HttpGet([site.url]), f"{site.url}/")).text == "hello"


async def test_a_page_is_read_as_a_person_would(site: Site) -> None:
    site.pages["/"] = Page(b"<title>A</title><script>x()</script><p>B&amp;C</p>", "text/html; charset=utf-8")
    assert (await get(HttpGet([site.url]), f"{site.url}/")).text == "A\nB&C"


async def test_a_big_body_is_read_as_far_as_its_limit(site: Site) -> None:
    site.pages["/"] = Page(b"x" * 5_000_000)
    found = await get(HttpGet([site.url], largest=1000), f"{site.url}/")
    assert found.text == "x" * 1000 + " … [only the first 1000 bytes were read]"
    found = await get(HttpGet([site.url], longest=200), f"{site.url}/")
    assert len(found.text) == 200
    assert found.text.endswith("characters]")


async def test_a_long_url_is_named_in_short(site: Site) -> None:
    site.pages["/"] = Page()
    assert len((await get(HttpGet([site.url]), f"{site.url}/?{'a' * 1000}")).source) == 300


async def test_a_call_has_an_end(site: Site) -> None:
    site.pages["/"] = Page(b"x" * 30, pause=0.1)
    began = time.monotonic()
    with pytest.raises(ToolRefused, match=r"did not answer in 0\.3 seconds"):
        await get(HttpGet([site.url], timeout=0.3), f"{site.url}/")
    assert time.monotonic() - began < 1


async def test_a_host_that_is_not_there_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ToolRefused, match=r"^127\.0\.0\.1 could not be read: "):
            await get(HttpGet([url]), url)


@pytest.mark.parametrize(
    ("found", "declared", "allowed"),
    [
        (["93.184.216.34"], [], True),
        (["127.0.0.1"], [], False),
        (["10.0.0.1"], [], False),
        (["192.168.1.1"], [], False),
        (["169.254.169.254"], [], False),  # where clouds keep credentials
        (["100.64.0.1"], [], False),
        (["0.0.0.0"], [], False),
        (["224.0.0.1"], [], False),
        (["::1"], [], False),
        (["fe80::1"], [], False),
        (["fd00::1"], [], False),
        (["::ffff:127.0.0.1"], [], False),
        (["64:ff9b::7f00:1"], [], False),
        (["2002:7f00:1::"], [], False),
        (["2606:4700::1111"], [], True),
        (["93.184.216.34", "10.0.0.1"], [], False),  # one that is not allowed is enough
        (["10.0.0.1"], ["10.0.0.1"], True),
        (["10.0.0.2"], ["10.0.0.1"], False),
        ([], [], False),
    ],
    ids=str,
)
async def test_a_name_may_not_lead_into_a_private_network(
    monkeypatch: pytest.MonkeyPatch, found: list[str], declared: list[str], allowed: bool
) -> None:
    resolve(monkeypatch, *found)
    hosts = DeclaredHosts.parse(["api.example.org", *declared])
    if allowed:
        assert [str(each) for each in await addresses(hosts.origins[0], hosts.addresses)] == found
    else:
        with pytest.raises(ToolRefused, match="private network"):
            await addresses(hosts.origins[0], hosts.addresses)


async def test_localhost_is_this_machine_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    origin = Origin("http", "localhost", 8080)
    resolve(monkeypatch, "127.0.0.1")
    assert await addresses(origin, frozenset()) == [ip_address("127.0.0.1")]
    resolve(monkeypatch, "10.0.0.1")
    with pytest.raises(ToolRefused):
        await addresses(origin, frozenset())


async def test_a_name_without_an_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ToolRefused, match=r"api\.example\.org has no address"):
        await get(HttpGet(["api.example.org"]), "https://api.example.org/")


async def test_the_next_address_is_tried_and_the_name_is_asked_for_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolve(monkeypatch, "127.0.0.2", "127.0.0.1")
    site.pages["/"] = Page()
    tool = HttpGet([f"http://service.test:{site.port}", "127.0.0.1", "127.0.0.2"])
    found = await get(tool, f"http://Service.test:{site.port}/")
    assert found == Finding("hello", f"http://service.test:{site.port}/")
    assert asked[0] == "service.test"
    assert "service.test" not in asked[1:]
    [(_, headers)] = site.asked
    assert headers["host"] == f"service.test:{site.port}"


@pytest.mark.parametrize(
    ("name", "certified", "read"),
    [
        ("service.test", "service.test", True),
        ("bücher.test", "xn--bcher-kva.test", True),
        ("service.test", "other.test", False),
    ],
)
async def test_the_certificate_must_be_of_the_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, certified: str, read: bool
) -> None:
    pem = certificate(tmp_path, certified)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem)
    names: list[str | None] = []
    tls.sni_callback = lambda _, name, __: names.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    resolve(monkeypatch, "127.0.0.1")
    serve = serving(tls)
    site = next(serve)
    site.pages["/"] = Page()
    tool, url = HttpGet([f"{name}:{site.port}", "127.0.0.1"]), f"https://{name}:{site.port}/"
    try:
        if read:
            assert await get(tool, url) == Finding("hello", url.replace(name, certified))
        else:
            with pytest.raises(ToolRefused, match="certificate"):
                await get(tool, url)
        assert names == [certified if read else name]
    finally:
        next(serve, None)


def certificate(folder: Path, name: str) -> Path:
    """A new certificate of a name that nobody vouches for, in one file with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, file = folder / "key.pem", folder / "certificate.pem"
    command = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name}"
    more = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(file)]
    subprocess.run([openssl, *command.split(), *more], check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a <b>b</b>old<br/>c", "a bold\nc"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><th>3</th></tr></table>", "1 2\n3"),
        ("<STYLE>p{}</STYLE >a<script src='x'>if (a<b) '</p>'</script>b", "ab"),
        ("a<script>never closed <p>b</p>", "a"),
        ("a<!-- <p>b</p> -->c<!doctype html><?xml?>", "ac"),
        ("1 < 2 &amp;&lt;p&gt; &#233;&#x27;", "1 < 2 &<p> é'"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#0;", "\ufffd"),
        ("<scripted>a</scripted>", "a"),
        ("  a \n\n b\t c ", "a\nb c"),
        ("<a", "<a"),
    ],
)
def test_the_text_of_a_page(page: str, text: str) -> None:
    assert page_text(page) == text


@pytest.mark.parametrize(
    "piece",
    ["<a ", "</a ", "<", "<!--", "<?", "<!", "<a b='", "<script", "<script>", "</script", "<script></", "&#", "&"],
)
def test_no_page_takes_long(piece: str) -> None:
    began = time.monotonic()
    page_text(piece * (1_000_000 // len(piece)))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        (b"\xef\xbb\xbfa", None, "a"),
        (b"\xe9", "latin-1", "é"),
        (b"\xe9", None, "\ufffd"),
        (b"a", "none-such", "a"),
        (b"a", "hex", "a"),  # no encoding of text
        (b"a\0b", None, "a\ufffdb"),
    ],
)
def test_bytes_become_text_that_can_be_kept(body: bytes, charset: str | None, text: str) -> None:
    assert decoded(body, charset) == text
