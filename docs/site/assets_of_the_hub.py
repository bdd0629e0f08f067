"""What the site needs beside its pages, so that it asks no other server for anything: the logo and
font of the admin, and the small script that lets search work in a site opened from disk."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "https://unpkg.com/iframe-worker/shim"  # where the theme takes it from
SCRIPT = "assets/iframe-worker.js"
FETCHED = re.compile(
    r'<(?:script|img|iframe)\b[^>]* src="https?:[^"]*"'
    r'|<link rel="(?:stylesheet|preconnect|icon)" href="https?:[^"]*"'
)
INTER = Path(sysconfig.get_path("purelib"), "unfold", "static", "unfold", "fonts", "inter")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Beside the pages: the logo, and Inter as django-unfold ships it, with its licence."""
    own = {"logo.svg": ROOT / "static" / "hub" / "logo.svg", "fonts.css": INTER / "styles.css"}
    for path in (*INTER.glob("*.woff2"), INTER / "LICENSE"):
        own[path.name] = path
    for name, path in own.items():
        files.append(File.generated(config, f"assets/{name}", abs_src_path=str(path)))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Take the script from the site itself. Fails where anything is left to be fetched."""
    made = output.replace(ELSEWHERE, get_relative_url(SCRIPT, page.url))
    fetched = FETCHED.search(made)
    if fetched:
        raise PluginError(f"{page.url} would not work offline: {fetched.group()}")
    return made


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """The page for what is not found may be shown at any address."""
    return output_content.replace(ELSEWHERE, f"/{SCRIPT}")
