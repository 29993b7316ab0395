"""Pages in a real browser: what they show, and that they ask nobody for anything."""

import os
from contextlib import contextmanager

import pytest

import cnncli
from tests.cli.commands import DATA

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """A run of a few epochs on the digits, in 2 seconds."""
    folder = tmp_path_factory.mktemp("digits")
    network = cnncli.Network("digits", set={"data.root": str(DATA)})
    return network.train(out=folder / "run", epochs=4, threads=1, bar=False)


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Opens a file in a window; at the end there were no errors and no requests but for the file.

    `page = open_page(path, width=1200, dark=False)`.
    """
    opened = []

    @contextmanager
    def watched(page):
        errors, requests = [], []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: requests.append(request.url))
        yield errors, requests

    def open_file(path, width=1200, height=900, dark=False):
        scheme = "dark" if dark else "light"
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        page = context.new_page()
        with watched(page) as (errors, requests):
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]")
        opened.append((context, path, errors, requests))
        return page

    yield open_file
    for context, path, errors, requests in opened:
        context.close()
        assert errors == []
        assert {url for url in requests if not url.startswith("data:")} == {path.as_uri()}
