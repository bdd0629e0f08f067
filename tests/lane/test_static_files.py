"""Static files come from the installed apps, without collectstatic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from hub.web.static_files import BLOCK_BYTES, StaticFiles
from tests.lane.driver import Request

CSS = "/static/admin/css/base.css"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.STATICFILES_DIRS = [tmp_path]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    return tmp_path


async def test_a_file_of_an_app_is_served_with_its_headers() -> None:
    answer = await Request(CSS).to(StaticFiles())
    assert answer.status == 200
    assert (answer.header("content-type") or "").startswith("text/css")
    assert int(answer.header("content-length") or 0) == len(answer.body) > 1000
    assert answer.header("cache-control") == "max-age=300, public"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("etag")
    assert answer.header("last-modified")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.js", "text/javascript"), ("a.svg", "image/svg+xml"), ("a.woff2", "font/woff2"),
     ("a.json", "application/json"), ("a.png", "image/png"), ("a", "application/octet-stream")],
)  # fmt: skip
async def test_content_types(folder: Path, name: str, kind: str) -> None:
    (folder / name).write_bytes(b"x")
    answer = await Request(f"/static/{name}").to(StaticFiles())
    assert (answer.header("content-type") or "").split(";")[0] == kind


async def test_what_the_browser_has_is_not_sent_again() -> None:
    static = StaticFiles()
    first = await Request(CSS).to(static)
    for name, value in (
        (b"if-none-match", first.header("etag")),
        (b"if-modified-since", first.header("last-modified")),
    ):
        answer = await Request(CSS, headers=[(name, (value or "").encode())]).to(static)
        assert (answer.status, answer.body, answer.finished) == (304, b"", True)


async def test_head_and_other_methods() -> None:
    static = StaticFiles()
    head = await Request(CSS, method="HEAD").to(static)
    assert (head.status, head.body) == (200, b"")
    assert int(head.header("content-length") or 0) > 1000
    post = await Request(CSS, method="POST").to(static)
    assert (post.status, post.header("allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES, 2 * BLOCK_BYTES + 7])
async def test_files_of_every_size_arrive_whole(folder: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    (folder / "a.bin").write_bytes(content)
    answer = await Request("/static/a.bin").to(StaticFiles())
    assert answer.body == content
    assert answer.finished


@pytest.mark.parametrize(
    "path",
    ["/static/../settings.py", "/static/admin/../../x", "/static//etc/passwd", "/static/",
     "/static/admin", "/static/admin/", "/static/\x00", "/static/no/such", "/static/" + "a" * 5000,
     "/static/..\\x", "/static/\ufffd"],
)  # fmt: skip
async def test_everything_else_is_not_found(path: str) -> None:
    request = Request("/static/x")
    request.scope["path"] = path
    answer = await request.to(StaticFiles())
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


async def test_links_out_of_the_folder_by_name_are_not_followed(folder: Path) -> None:
    inside = folder / "in"
    inside.mkdir()
    (folder / "out.txt").write_text("secret")
    answer = await Request("/static/in/../out.txt").to(StaticFiles())
    assert answer.status == 404


async def test_a_file_that_went_away_is_not_found(folder: Path) -> None:
    (folder / "a.css").write_text("x")
    static = StaticFiles()
    assert (await Request("/static/a.css").to(static)).status == 200
    (folder / "a.css").unlink()
    assert (await Request("/static/a.css").to(static)).status == 404


async def test_with_debug_a_changed_file_is_seen(folder: Path, settings: Any) -> None:
    settings.DEBUG = True
    static = StaticFiles()
    for text in ("one", "three"):
        (folder / "a.css").write_text(text)
        assert (await Request("/static/a.css").to(static)).body == text.encode()


async def test_a_file_that_changed_is_looked_at_anew(folder: Path) -> None:
    static = StaticFiles()
    (folder / "a.css").write_bytes(b"short")
    assert (await Request("/static/a.css").to(static)).body == b"short"
    (folder / "a.css").write_bytes(b"a longer text than before")
    os.utime(folder / "a.css", ns=(0, 1))
    assert (await Request("/static/a.css").to(static)).body == b"a longer text than before"
    (folder / "a.css").unlink()
    assert (await Request("/static/a.css").to(static)).status == 404
