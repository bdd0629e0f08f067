"""GraphiQL: writing queries in the browser, with the session of who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUERY = '{ greeter { sayHello(name: "Ada") whoAmI { kind username } } }'


def test_a_signed_in_user_asks_with_the_session(page: Page) -> None:
    from playwright.sync_api import expect

    page.goto("/graphql")
    editor = page.locator(".graphiql-query-editor .CodeMirror")
    editor.wait_for()
    editor.evaluate("(element, text) => element.CodeMirror.setValue(text)", QUERY)
    page.locator(".graphiql-execute-button").click()
    answer = page.locator(".result-window")
    expect(answer).to_contain_text("Hello Ada!")
    expect(answer).to_contain_text('"kind": "session"')


def test_the_schema_can_be_read_without_signing_in(visitor: Page) -> None:
    from playwright.sync_api import expect

    visitor.goto("/graphql")
    visitor.get_by_label("Show Documentation Explorer").click()
    explorer = visitor.locator(".graphiql-doc-explorer")
    expect(explorer).to_contain_text("mutation")
    explorer.locator(".graphiql-doc-explorer-type-name").first.click()
    expect(explorer).to_contain_text("greeter")
