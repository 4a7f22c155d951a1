"""The page of an alert: whole, self-contained, and in a real browser readable in light, dark, print and on a phone."""

import json
import os
import re
import shutil
import sys
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from surveillance.alerts.amounts import aligned
from surveillance.alerts.store.library import open_library
from surveillance.alerts.store.query import Query
from surveillance.bundle import rules_folder
from surveillance.cli.main import run
from surveillance.engine.run import detect
from surveillance.reports.axes import Scale, nanoseconds, price_ticks, time_ticks
from surveillance.reports.page import alert_page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
START = 1_773_662_400 * 1_000_000_000
SECOND = 1_000_000_000
LAYERING = """
format: 1
id: layering
version: 1
title: Several orders on one side are cancelled around a fill on the other
status: active
severity: high
family: spoofing
owner: markets-compliance
detector: layering
params: {sequence: either, placed: 10s, lifetime: 30s, cancelled: 20s, traded: 2s}
when:
  orders: {at_least: 3}
  cancels: {at_least: 3}
  cancelled_share: {at_least: 60%}
  one_sided: {at_least: 85%}
consume: true
explain: "{account} placed {orders} orders in {instrument}"
"""
VOID = {"meta", "br", "link", "img", "input", "hr"}


def event(second, kind, side, price, quantity=1000, order=None, account="A<b>1"):
    return {
        "time": START + int(second * SECOND),
        "kind": kind,
        "side": side,
        "price": price,
        "quantity": quantity,
        "currency": "USD",
        "instrument": "I&M",
        "asset_class": "equity",
        "account": account,
        "trader": "T1",
        "order": order,
        "trade": f"X{second}" if kind == "trade" else None,
    }


def layers(start):
    made = [event(start + n, "order", "buy", f"99.{98 - n}", order=f"{start}-{n}") for n in range(4)]
    made.append(event(start + 5, "trade", "sell", "100", 400, f"{start}-s"))
    made.append(event(start + 5.5, "trade", "buy", "100.01", 10, account="B"))
    return made + [event(start + 6 + n, "cancel", "buy", f"99.{98 - n}", order=f"{start}-{n}") for n in range(4)]


def rulebook(folder):
    """Return a rulebook of one rule."""
    target = folder / "rules"
    target.mkdir()
    (target / "rulebook.yaml").write_bytes((rules_folder() / "rulebook.yaml").read_bytes())
    (target / "layering.yaml").write_text(LAYERING)
    return target


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    source = folder / "day.ndjson"
    source.write_text("".join(json.dumps(one) + "\n" for start in (0, 300, 600) for one in layers(start)))
    detect([source], feed="canonical", rules=rulebook(folder), out=folder / "out")
    with open_library(None, folder / "out") as library:
        _, [one] = library.list(Query())
        return library.show(one["alert"]["alert_id"])


@pytest.fixture(scope="module")
def page(found):
    return alert_page(found)


class Tags(HTMLParser):
    """Notes what a page opens, closes and refers to."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.refers, self.seen = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.refers += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_page_is_well_formed_and_refers_to_nothing_outside(page):
    tags = Tags()
    tags.feed(page)
    assert (tags.open, tags.wrong, tags.refers) == ([], [], [])
    assert not {"script", "link", "img", "iframe"} & tags.seen
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page


def test_names_from_the_feed_cannot_become_markup(page):
    assert "A<b>1" not in page
    assert "A&lt;b&gt;1" in page
    assert "I&amp;M" in page


def test_the_page_says_all_that_the_alert_does(page, found):
    for heading in ("What happened", "Why it is an alert", "What would have cleared it", "Orders and trades"):
        assert f"<h2>{heading}</h2>" in page
    assert found["alert"]["alert_id"] in page
    assert found["alert"]["lineage"]["capsule"] in page
    assert f"<b>{int(found['alert']['score'] * 10) / 10}</b> of 100" in page


def test_the_plot_shows_orders_fills_cancellations_windows_and_the_strongest_finding_again(page):
    plots = re.findall(r'<svg class="plot" viewBox="0 0 960.*?</svg>', page, re.DOTALL)
    assert len(plots) == 2
    whole, strongest = plots
    assert whole.count('class="window"') == 3
    assert whole.count('class="order buy"') == 12
    assert whole.count('class="end buy"') == 12
    assert whole.count('class="fill sell"') == 3
    assert whole.count('class="life buy"') == 12
    assert strongest.count('class="order buy"') == 4
    assert "NaN" not in page


def test_the_command_writes_the_page(found, tmp_path, capsys):
    source = tmp_path / "day.ndjson"
    source.write_text("".join(json.dumps(one) + "\n" for one in layers(0)))
    out = tmp_path / "out"
    detect([source], feed="canonical", rules=rulebook(tmp_path), out=out)
    name = json.loads((out / "alerts.ndjson").read_text().splitlines()[0])["alert_id"]
    assert run(["alerts", "show", name[:6], "--out", str(out), "--html", str(tmp_path / "a.html")]) == 0
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert "Written: " in capsys.readouterr().out


def test_an_alert_without_its_capsule_still_has_a_page(found):
    assert "Why it is an alert" in alert_page({**found, "capsule": None, "context": {}})


def test_ticks_lie_where_a_person_would_put_them():
    assert [text for _, text in price_ticks(99.93, 100.03)] == ["99.94", "99.96", "99.98", "100.00", "100.02"]
    assert [text for _, text in price_ticks(0.5, 12)] == ["2.5", "5.0", "7.5", "10.0"]
    noon = nanoseconds("2026-03-16T12:00:00.000000000Z")
    assert [text for _, text in time_ticks(noon, noon + 3600 * SECOND)][:2] == ["12:00", "12:10"]
    assert [text for _, text in time_ticks(noon, noon + SECOND)][1] == "12:00:00.200"
    assert Scale(0, 10, 100, 0)(2.5) == 75


def test_axes_name_their_units_and_prices_of_one_instrument_have_the_same_decimals(page):
    assert ">USD</text>" in page
    assert ">UTC</text>" in page
    assert list(aligned([("A", Decimal("84.6")), ("A", 84), ("B", 7), ("A", None)])) == ["84.6", "84.0", "7", "-"]


def test_the_browser_was_tried_or_it_is_said_that_it_was_not(capsys):
    if BROWSER is None:
        with capsys.disabled():
            sys.stderr.write("\nNOT RUN: the alert's page in a browser; apt-get install chromium\n")
    assert BROWSER or not os.environ.get("CI")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engines:
        one = engines.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield one
        one.close()


LOOKS = [
    ({"color_scheme": "light", "viewport": {"width": 1100, "height": 900}}, "screen"),
    ({"color_scheme": "dark", "viewport": {"width": 1100, "height": 900}}, "screen"),
    ({"color_scheme": "dark", "viewport": {"width": 800, "height": 1100}}, "print"),
    ({"color_scheme": "light", "viewport": {"width": 380, "height": 800}}, "screen"),
]

CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const back = light(getComputedStyle(document.body).backgroundColor);
  return Math.min(...[...document.querySelectorAll('p, li, td, th, dt, dd, h1, h2, .level, b')].map(e => {
    const text = light(getComputedStyle(e).color);
    return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05) })) }"""


@pytest.mark.parametrize(("options", "media"), LOOKS if BROWSER else [])
def test_the_page_is_readable_and_fetches_nothing(browser, page, tmp_path, options, media):
    file = Path(tmp_path / "alert.html")
    file.write_text(page, encoding="utf-8")
    tab = browser.new_page(**options)
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: asked.append(request.url))
    tab.emulate_media(media=media, color_scheme=options["color_scheme"])
    tab.goto(file.as_uri())
    assert (said, asked) == ([], [file.as_uri()])
    assert tab.evaluate("document.documentElement.scrollWidth") <= options["viewport"]["width"]
    assert tab.evaluate(CONTRAST) >= 4.5
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (options["color_scheme"] == "dark" and media == "screen")
    assert tab.locator("svg.plot path.fill").first.is_visible()
    tab.close()
