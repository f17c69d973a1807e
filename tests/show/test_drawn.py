"""Drawings and charts in a real browser: nothing is cut off, nothing overlaps, nothing runs."""

import base64
import json
from math import sin
from pathlib import Path

import plotly
import pytest
from playwright.sync_api import expect

from pmlib import show
from pmlib.core import Unit
from pmlib.show import theme
from tests.show.drawings import HOSTILE

pytestmark = pytest.mark.browser

LONG = "Somewhat disappointed, and would look for something else within the week"
WEEKS = [f"2026-{1 + week // 4:02d}-{1 + 7 * (week % 4):02d}" for week in range(40)]
WAVE = [40 + 10 * sin(week / 3) + week for week in range(40)]


def usual():
    """Return shapes as reports have them."""
    notes = [show.Note(day, "launch") for day in (WEEKS[5], WEEKS[6], WEEKS[6], WEEKS[30])]
    past = show.Series("year before", WEEKS, [value / 2 for value in WAVE], role="before")
    half = [value / 100 for value in WAVE]
    banded = show.Series("share", WEEKS, half, [v - 0.05 for v in half], [v + 0.05 for v in half])
    plan = show.Series("plan", WEEKS[::4], [0.5] * 10, role="target")
    market = [show.Series(f"Name {place}", WEEKS, [v + place for v in WAVE], role="other") for place in range(5)]
    ages = [str(age) for age in range(31)]
    decay = show.Series("free", ages, [1 / (1 + age) for age in range(31)])
    three = [show.Series(name, [LONG, "b", "c"], [0.4, 0.3, 0.1], [0.3, 0.2, None], [0.5, 0.4, 0.2]) for name in "xyz"]
    cells = [[0.5 - 0.03 * age if age < 12 - row / 2 else None for age in range(12)] for row in range(20)]
    steps = ["signed_up", LONG, "booked"]
    words = ["2,015 · 100.0%", "1,410 · 70.0%", "227 · 11.3%"]
    funnel = show.Series("s", steps, [1, 0.7, 0.113], [1, 0.68, 0.1], [1, 0.72, 0.13], text=words)
    return [
        show.line([show.Series("this year", WEEKS, WAVE), past], unit=Unit.COUNT, description="d", notes=notes),
        show.line([banded, plan], unit=Unit.SHARE, description="d"),
        show.line([show.Series("s", WEEKS[:9], WAVE[:9])], unit=Unit.currency("EUR"), description="d", from_zero=False),
        show.line(market, unit=Unit.SCORE, description="d"),
        show.line([decay], unit=Unit.SHARE, description="d", dates=False, x_title="days since the start"),
        show.intervals(three, unit=Unit.SHARE, description="d"),
        show.intervals(three[:1], unit=Unit.LIFT, description="d", from_zero=True),
        show.intervals([show.Series("s", ["a", "b"], [-0.2, 0.1])], unit=Unit.POINTS, description="d"),
        show.grid(
            [f"{day} Nov (259)" for day in range(20)],
            [str(age) for age in range(1, 13)],
            cells,
            unit=Unit.SHARE,
            description="d",
            x_title="weeks since the start",
        ),
        show.grid("abc", "uvwx", [[1.23, 20.5, 3, 4]] * 3, unit=Unit.RATIO, description="d", x_title="x", y_title="y"),
        show.funnel(funnel, description="d", marked="booked"),
        *upright(),
        *flowing(),
    ]


def upright():
    """Return bars as reports have them."""
    notes = [show.Note(day, "launch") for day in (WEEKS[5], WEEKS[6])]
    movements = ["New", "Expansion", "Reactivation", "Contraction", "Churn"]
    signs = [900, 300, 80, -200, -500]
    states = [
        show.Series(name, WEEKS, [round(v * sign) for v in WAVE]) for name, sign in zip(movements, signs, strict=True)
    ]
    channels = ["organic_search", "paid search in the app", "email", "partner newsletters", "direct", "listing_viewed"]
    low, high = [0.3 + 0.1 * at for at in range(6)], [0.4 + 0.1 * at for at in range(6)]
    shares = show.Series("share", channels, [0.35 + 0.1 * at for at in range(6)], low, high)
    bins = show.Series("s", [f"{3 * at}–{3 * at + 3}" for at in range(14)], [1204 // (1 + at) for at in range(14)])
    return [
        show.bars(states, unit=Unit.currency("EUR"), description="d", notes=notes),
        show.bars([show.Series("s", WEEKS[:9], WAVE[:9])], unit=Unit.COUNT, description="d", stacked=False),
        show.bars([shares], unit=Unit.SHARE, description="d", dates=False, stacked=False),
        show.bars([shares] * 3, unit=Unit.SHARE, description="d", dates=False, stacked=False),
        show.bars([bins], unit=Unit.COUNT, description="d", dates=False, stacked=False, x_title="hours to the last"),
    ]


def flowing():
    """Return flows and large grids as reports have them."""
    places = ["home", "search_results", "message_sent_to_the_host", LONG, "Other"]
    links = [
        show.Link(source, target, 900 // (1 + at + 3 * to + column), column)
        for column in range(4)
        for at, source in enumerate(places)
        for to, target in enumerate([*places, "Left"])
    ]
    weeks = [str(week) for week in range(26)]
    cohorts = [[0.9 - 0.03 * age if age < 26 - row else None for age in range(26)] for row in range(26)]
    rows = [f"{day} Nov (2,591)" for day in range(26)]
    marks = [(row, 25 - row) for row in range(26)]
    days = [[0.9 / (1 + day / 9 + row) for day in range(90)] for row in range(3)]
    return [
        show.flow(links, description="d"),
        show.flow([show.Link("in", "out", 1, 0)], description="d"),
        show.grid(rows, weeks, cohorts, unit=Unit.SHARE, description="d", x_title="weeks", marks=marks),
        show.grid("abc", [str(day) for day in range(90)], days, unit=Unit.SHARE, description="d", x_title="days"),
    ]


def hostile():
    """Return shapes with hostile words in every place."""
    made = []
    for text in HOSTILE:
        one = show.Series(text, [text, "b"], [1.0, 2.0], [0.5, 1.0], [3.0, None], text=[text, text])
        made += [
            show.line([one, one], unit=Unit.currency(text), description="d" + text, dates=False, x_title=text),
            show.intervals([one], unit=Unit.currency(text), description="d" + text),
            show.grid([text], [text, text], [[1.0, 2.0]], unit=Unit.COUNT, description="d", x_title=text, y_title=text),
            show.funnel(one, description="d", marked=text),
            show.bars([one, one], unit=Unit.currency(text), description="d", dates=False, stacked=False, x_title=text),
            show.bars([one], unit=Unit.COUNT, description="d", dates=False, notes=[show.Note(text, text)]),
            show.flow([show.Link(text, "b", 9.0, 0), show.Link("b", text, 1.0, 1)], description="d" + text),
        ]
    return made


def opened(browser, drawings, width, scheme="light"):
    """Open a page of drawings, each in a box as wide as a page gives it."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width + 40, "height": 900})
    page = context.new_page()
    page.on("request", lambda request: page.asked.append(request.url))
    page.asked = []
    body = "".join(f'<div style="width:{width}px">{svg}</div>' for svg in drawings)
    page.set_content(f"<!doctype html><meta charset=utf-8><style>{show.still_css()}</style>{body}")
    return page


OUTSIDE = """() => [...document.querySelectorAll("svg.still")].flatMap((svg, place) => {
  const room = svg.viewBox.baseVal;
  return [...svg.querySelectorAll("text")].filter((one) => {
    const box = one.getBBox();
    return box.x < 0 || box.y < -1 || box.x + box.width > room.width + .5 || box.y + box.height > room.height + 1;
  }).map((one) => place + ": " + one.textContent);
})"""
OVERLAPS = """() => [...document.querySelectorAll("svg.still")].flatMap((svg, place) => {
  const boxes = [...svg.querySelectorAll("text")].filter((one) => !one.querySelector("tspan"))
    .map((one) => [one.textContent, one.getBBox()]);
  return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([, two]) =>
    Math.min(one.x + one.width, two.x + two.width) - Math.max(one.x, two.x) > 1 &&
    Math.min(one.y + one.height, two.y + two.height) - Math.max(one.y, two.y) > 4)
      .map(([b]) => `${place}: ${a} | ${b}`));
})"""


@pytest.mark.parametrize("width", [760, 340])
def test_no_word_of_a_drawing_is_cut_off_or_written_over_another(browser, width):
    page = opened(browser, [show.still(shape, width=width) for shape in usual()], width)
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(OVERLAPS) == []
    smallest = page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('svg.still text')].map((t) => {"
        "const svg = t.ownerSVGElement;"
        "return parseFloat(getComputedStyle(t).fontSize) * svg.clientWidth / svg.viewBox.baseVal.width}))"
    )
    assert smallest >= 10.9
    page.context.close()


@pytest.mark.parametrize("width", [760, 340])
def test_hostile_words_stay_inside_run_nothing_and_ask_for_nothing(browser, width):
    page = opened(browser, [show.still(shape, width=width) for shape in hostile()], width)
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("() => window.hit") is None
    assert page.evaluate("() => document.querySelectorAll('img, script, a').length") == 0
    assert page.asked == []
    page.context.close()


def test_a_drawing_turns_dark_with_the_page_and_is_light_on_paper(browser):
    page = opened(browser, [show.still(usual()[0])], 760, "dark")
    colour = "() => getComputedStyle(document.querySelector('.still .k-s0')).stroke"
    ground = "() => getComputedStyle(document.querySelector('.still .f-ground')).fill"
    assert page.evaluate(colour) == rgb(theme.LIGHT_TO_DARK[theme.MAIN])
    assert page.evaluate(ground) == rgb(theme.LIGHT_TO_DARK[theme.GROUND])
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(colour) == rgb(theme.MAIN)
    page.context.close()


def test_a_drawing_stands_alone_as_a_picture(browser):
    page = browser.new_page()
    packed = base64.b64encode(show.still(usual()[0]).encode()).decode()
    page.set_content(f'<img src="data:image/svg+xml;base64,{packed}">')
    expect(page.locator("img")).to_have_js_property("complete", True)
    assert page.evaluate("() => document.querySelector('img').naturalWidth") == 760
    picture = page.evaluate(
        "() => { const c = document.createElement('canvas'); c.width = 760; c.height = 300;"
        "const g = c.getContext('2d'); g.drawImage(document.querySelector('img'), 0, 0);"
        "const d = g.getImageData(0, 0, 760, 300).data, seen = new Set();"
        "for (let i = 0; i < d.length; i += 4) seen.add([...d.slice(i, i + 4)].join());"
        "return [...seen] }"
    )
    red, green, blue = theme.parts(theme.MAIN)
    assert f"{red},{green},{blue},255" in picture
    assert "255,255,255,255" in picture, "it has a ground of its own"
    page.close()


@pytest.mark.parametrize("width", [315, 820])
def test_the_words_of_a_chart_are_inside_it_and_apart(browser, width):
    figures = [show.Chart.from_json(shape.as_json()).plotly() for shape in usual()]
    page = browser.new_page(viewport={"width": width + 40, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    boxes = "".join(f'<div class=box id=c{place} style="width:{width}px"></div>' for place in range(len(figures)))
    page.set_content(f"<!doctype html><meta charset=utf-8>{boxes}")
    page.add_script_tag(path=Path(plotly.__file__).parent / "package_data" / "plotly.min.js")
    page.evaluate(
        "async (figures) => { for (const [i, f] of figures.entries())"
        "await Plotly.newPlot('c' + i, f.data, {...f.layout, autosize: true}, {displayModeBar: false}) }",
        json.loads(json.dumps(figures)),
    )
    found = page.evaluate("""() => [...document.querySelectorAll(".box")].flatMap((box, place) => {
      const room = box.getBoundingClientRect();
      const kinds = ".xtick text, .ytick text, .annotation text, .legendtext, .xtitle, .ytitle";
      const parts = [...box.querySelectorAll(kinds)]
        .map((one) => [one.textContent, one.getBoundingClientRect()]).filter(([, r]) => r.width);
      const out = parts.filter(([, r]) => r.left < room.left - 2 || r.right > room.right + 2 || r.top < room.top - 2
        || r.bottom > room.bottom + 2).map(([t]) => `${place} outside: ${t}`);
      return out.concat(parts.flatMap(([a, one], i) => parts.slice(i + 1).filter(([, two]) =>
        Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1 &&
        Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 5).map(([b]) => `${place} over: ${a} | ${b}`)));
    })""")
    assert found == []
    assert errors == []
    assert page.evaluate("() => document.querySelectorAll('.box .main-svg').length") >= len(figures)
    page.close()


def rgb(colour):
    return "rgb({}, {}, {})".format(*theme.parts(colour))
