"""Folders of plugins: the right file for each address, and nothing beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.loader.modules.mounts import Mounted
from hub.operations import switches
from hub.sdk import StaticMount, allow_all, requires_scope
from hub.web.mounts import Mounts
from tests.lane.driver import Answer, Request

SECRET = "the secret beside the folder"


@pytest.fixture(autouse=True)
def off(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    labels: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(labels))
    yield labels


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugin") / "site"
    for name, text in {
        "index.html": "<h1>Start</h1>",
        "app.js": "let a = 1",
        "a b.txt": "with a space",
        "deep/index.html": "<h1>Deep</h1>",
        "deep/page.txt": "deep page",
        "empty/only.txt": "no index here",
        ".env": SECRET,
        ".well-known/x": SECRET,
        "deep/.git/config": SECRET,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder.parent / "secret.txt").write_text(SECRET)
    (folder.parent / "site2").mkdir()
    (folder.parent / "site2" / "secret.txt").write_text(SECRET)
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "inside.txt").symlink_to(folder / "app.js")
    return folder


def mounts(*entries: tuple[str, Path, StaticMount], label: str = "shop") -> Mounts:
    contributions = tuple(
        Contribution("static_mount", prefix, label, Mounted(prefix, root, mount))
        for prefix, root, mount in entries
    )
    plugin = Plugin(label=label, package=label, source="test", contributions=contributions)
    return Mounts(Catalog(MappingProxyType({label: plugin})))


def one(root: Path, prefix: str = "/mounts/shop/docs", **more: Any) -> Mounts:
    mount = StaticMount("/docs", "site", **{"access": allow_all, **more})
    return mounts((prefix, root, mount))


async def read(app: Mounts, path: str, **more: Any) -> Answer:
    request = Request("/", **more)
    request.scope["path"] = path
    return await request.to(app)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/mounts/shop/docs/app.js", "let a = 1"),
        ("/mounts/shop/docs/deep/page.txt", "deep page"),
        ("/mounts/shop/docs/a b.txt", "with a space"),
        ("/mounts/shop/docs/inside.txt", "let a = 1"),
        ("/mounts/shop/docs/index.html", "<h1>Start</h1>"),
    ],
)
async def test_files_are_found_below_the_prefix(site: Path, path: str, text: str) -> None:
    answer = await read(one(site), path)
    assert (answer.status, answer.body.decode()) == (200, text)


@pytest.mark.parametrize(
    "path",
    ["/mounts/shop/docs", "/mounts/shop/docs/", "/mounts/shop/docs2/app.js", "/mounts/shop/doc",
     "/mounts/shop/docs/deep", "/mounts/shop/docs/deep/", "/mounts/shop/app.js", "/mounts/",
     "/mounts/shop/docsapp.js", "/docs/app.js", "/mounts/shop/docs/app.js/",
     "/mounts/shop/docs//app.js", "/mounts/shop//docs/app.js",
     "/mounts/shop/docs/../secret.txt", "/mounts/shop/docs/./app.js",
     "/mounts/shop/docs/deep/../../secret.txt", "/mounts/shop/docs/../site2/secret.txt",
     "/mounts/shop/docs/..\\secret.txt", "/mounts/shop/docs/link.txt",
     "/mounts/shop/docs/linked/secret.txt", "/mounts/shop/docs/.env",
     "/mounts/shop/docs/.well-known/x", "/mounts/shop/docs/deep/.git/config",
     "/mounts/shop/docs/\x00", "/mounts/shop/docs/app.js\x00.txt", "/mounts/shop/docs/C:/x",
     "/mounts/shop/docs//etc/passwd", "/mounts/shop/docs/\ufffd", "/mounts/shop/docs/" + "a" * 5000,
     "/mounts/shop/docs" + "/a" * 5000, "*", ""],
)  # fmt: skip
async def test_everything_else_is_not_found(site: Path, path: str) -> None:
    answer = await read(one(site), path)
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


PARTS = st.sampled_from(
    ["..", ".", "", "deep", "linked", "link.txt", "secret.txt", "site2", ".env", "\\..", "%2e%2e",
     "..;", "site", "\x00", ".git", "config", " ", "..%2f", "deep.", "app.js"]
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(PARTS, max_size=8), html=st.booleans())
async def test_no_address_leads_out_of_the_folder(site: Path, parts: list[str], html: bool) -> None:
    app = one(site, html=html, fallback="index.html" if html else "")
    answer = await read(app, "/mounts/shop/docs/" + "/".join(parts))
    assert answer.status in {200, 302, 404}
    assert SECRET.encode() not in answer.body


async def test_html_answers_folders_by_their_index(site: Path) -> None:
    app = one(site, html=True)
    for path, text in (("", "Start"), ("deep/", "Deep")):
        answer = await read(app, f"/mounts/shop/docs/{path}")
        assert (answer.status, answer.body.decode()) == (200, f"<h1>{text}</h1>")
        assert answer.header("cache-control") == "no-cache"
    for path in ("", "/deep"):
        answer = await read(app, f"/mounts/shop/docs{path}", query=b"a=1")
        wanted = f"/mounts/shop/docs{path}/?a=1"
        assert (answer.status, answer.header("location")) == (302, wanted)
    for path in ("empty", "empty/", "no/"):
        assert (await read(app, f"/mounts/shop/docs/{path}")).status == 404


async def test_a_page_of_its_own_tells_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "404.html").write_text("<h1>Lost</h1>")
    app = one(tmp_path, html=True)
    first = await read(app, "/mounts/shop/docs/x.txt")
    tag = (first.header("etag") or "").encode()
    again = await read(app, "/mounts/shop/docs/y", headers=[(b"if-none-match", tag)])
    for answer in (first, again):
        assert (answer.status, answer.body) == (404, b"<h1>Lost</h1>")


async def test_a_fallback_stands_for_addresses_without_a_file(site: Path) -> None:
    app = one(site, fallback="index.html")
    for path in ("/orders/7", "/", ""):
        answer = await read(app, f"/mounts/shop/docs{path}")
        assert (answer.status, answer.body) == (200, b"<h1>Start</h1>")
    assert (await read(app, "/mounts/shop/docs/lost.js")).status == 404
    assert (await read(app, "/mounts/shop/docs/.env")).status == 404


async def test_the_longest_prefix_decides(site: Path, tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("inner")
    mount = StaticMount("/x", "site", access=allow_all)
    app = mounts(("/shop", site, mount), ("/shop/deep/inner", tmp_path, mount))
    assert (await read(app, "/shop/app.js")).body == b"let a = 1"
    assert (await read(app, "/shop/deep/page.txt")).body == b"deep page"
    assert (await read(app, "/shop/deep/inner/app.js")).body == b"inner"


def test_only_its_own_addresses_are_taken(site: Path) -> None:
    app = one(site, prefix="/static2/docs")
    for path in ("/static2/docs/a", "/static2", "/static2/x", "/mounts/x"):
        assert app.takes(path)
    for path in ("/static", "/static/a", "/static22/a", "/", "", "*", "/admin/", "/mountsx"):
        assert not app.takes(path)


async def test_what_the_browser_has_is_not_sent_again_and_ranges_are(site: Path) -> None:
    app, path = one(site), "/mounts/shop/docs/app.js"
    first = await read(app, path)
    assert first.header("cache-control") == "max-age=300, public"
    assert first.header("x-content-type-options") == "nosniff"
    tag = (first.header("etag") or "").encode()
    known = await read(app, path, headers=[(b"if-none-match", tag)])
    assert (known.status, known.body) == (304, b"")
    part = await read(app, path, headers=[(b"range", b"bytes=4-4")])
    assert (part.status, part.body, part.header("content-range")) == (206, b"a", "bytes 4-4/9")
    head = await read(app, path, method="HEAD")
    assert (head.status, head.body, head.header("content-length")) == (200, b"", "9")
    post = await read(app, path, method="POST")
    assert (post.status, post.header("allow")) == (405, "GET, HEAD")


async def test_who_may_not_read_is_refused_or_sent_to_the_login(site: Path) -> None:
    app = one(site, access=requires_scope("shop:read"))
    path = "/mounts/shop/docs/app.js"
    answer = await read(app, path)
    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    browser = await read(app, path, headers=[(b"accept", b"text/html,*/*")])
    assert browser.status == 302
    assert browser.header("location") == f"/admin/login/?next={path}"
    assert (await read(app, "/mounts/shop/docs/lost")).status == 401  # nothing is told of names


async def test_a_switched_off_plugin_serves_nothing(site: Path, off: set[str]) -> None:
    app = one(site)
    off.add("shop")
    switches.forget()
    assert (await read(app, "/mounts/shop/docs/app.js")).status == 404
    off.clear()
    switches.forget()
    assert (await read(app, "/mounts/shop/docs/app.js")).status == 200
