"""Opens handbooks in a real browser, from file://, as an official would: searches, follows every link, prints.

usage: browse.py CHROMIUM HANDBOOK.html CHINESE ENGLISH EXPECTED-ID

CHINESE and ENGLISH are searched for; the chapter with the id EXPECTED-ID must be among the first results of both.
Fails on any error or warning of the console, and on any request besides the file itself.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# The chapter looked for is among so many first results.
FIRST = 3

problems: list[str] = []


def check(holds: bool, what: str) -> None:
    if not holds:
        problems.append(what)


def watched(page: Page, url: str) -> Page:
    """Everything that a page should not do is a problem."""
    page.on("console", lambda it: problems.append(f"console: {it.type}: {it.text}"))
    page.on("pageerror", lambda it: problems.append(f"script: {it}"))
    page.on("request", lambda it: check(it.url.split("?")[0].split("#")[0] == url, f"request: {it.url}"))
    page.goto(url)
    return page


def found(page: Page) -> list[str]:
    """Ids of the results shown, in their order."""
    return [link.removeprefix("#") for link in page.eval_on_selector_all("#results a", "links => links.map(it => it.getAttribute('href'))")]


def search(page: Page, text: str, expected: str) -> None:
    page.fill("#query", text)
    check(page.is_visible("#panel"), f"{text}: no results are shown")
    check(expected in found(page)[:FIRST], f"{text}: {expected} is not among {found(page)[:FIRST]}")
    marks = page.eval_on_selector_all("#results mark", "marks => marks.map(it => it.textContent.toLowerCase())")
    words = text.lower().split()
    check(bool(marks) and all(mark in words for mark in marks), f"{text}: marked are {set(marks)}")


def searching(page: Page, chinese: str, english: str, expected: str) -> None:
    for text in [chinese, english, english.upper()]:
        search(page, text, expected)
    # By keyboard alone: from anywhere, to the first result and back, and into the chapter.
    page.keyboard.press("Escape")
    check(not page.is_visible("#panel"), "Escape leaves the results open")
    page.eval_on_selector("#query", "it => it.blur()")
    page.keyboard.press("/")
    check(page.evaluate("document.activeElement.id") == "query", "/ does not lead to the search")
    search(page, chinese, expected)
    page.keyboard.press("ArrowDown")
    first = found(page)[0]
    check(page.evaluate("document.activeElement.getAttribute('href')") == f"#{first}", "the arrow does not lead to the first result")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    check(page.evaluate("decodeURIComponent(location.hash)") == f"#{first}", "Enter does not lead to the first result")
    check(not page.is_visible("#panel"), "the results stay open over the chapter")
    check(in_view(page, first), f"{first} is not in view")
    check(page.evaluate("CSS.highlights.get('found').size") > 0, "nothing is marked in the chapter")
    # While an input method composes, Enter and the arrows are its own.
    search(page, chinese, expected)
    page.evaluate("location.hash = ''")
    for key in ["Enter", "ArrowDown"]:
        let_pass = page.eval_on_selector(
            "#query",
            "(it, key) => it.dispatchEvent(new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true, cancelable: true}))",
            key,
        )
        check(let_pass, f"{key} is taken from the input method")
    check(page.evaluate("location.hash") == "", "Enter leads away while an input method composes")
    check(page.evaluate("document.activeElement.id") == "query", "an arrow leads away while an input method composes")
    # Words that stand nowhere.
    page.fill("#query", "甲乙丙丁zzz")
    check(found(page) == [] and "没有找到" in page.inner_text("#status"), "no message where nothing is found")
    # A filter alone lists what it leaves; with words, both must fit.
    page.fill("#query", "")
    page.select_option("#kind", index=1)
    kinds = set(page.eval_on_selector_all("#results b", "all => all.map(it => it.textContent)"))
    check(kinds == {page.input_value("#kind")}, f"the filter leaves {kinds}")
    page.select_option("#kind", index=0)


def in_view(page: Page, chapter: str) -> bool:
    return page.evaluate(
        """id => {
            const { top, bottom, height } = document.getElementById(id).getBoundingClientRect();
            const bar = document.getElementById("search").getBoundingClientRect().bottom;
            return height > 0 && top >= bar - 1 && bottom <= innerHeight;
        }""",
        chapter,
    )


def links(page: Page) -> int:
    """Every link leads to one thing that is there to be seen."""
    page.fill("#query", "")
    targets = page.evaluate("[...new Set([...document.querySelectorAll('a[href]')].map(it => it.getAttribute('href')))]")
    for target in targets:
        if not target.startswith("#"):
            problems.append(f"link out of the handbook: {target}")
            continue
        name = target[1:]
        count = page.evaluate("id => document.querySelectorAll('#' + CSS.escape(id)).length", name)
        check(count == 1, f"{target} leads to {count} places")
        if count == 1:
            page.evaluate("id => [...document.querySelectorAll('a[href]')].find(it => it.getAttribute('href') === '#' + id).click()", name)
            check(page.evaluate("id => document.getElementById(id).checkVisibility()", name), f"{target} is not visible")
    return len(targets)


def fits(page: Page, name: str) -> None:
    """Nothing but tables that scroll by themselves is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    check(wide <= 0, f"{name}: {wide} pixels too wide")


def main() -> int:
    chromium, handbook, chinese, english, expected = sys.argv[1:6]
    url = Path(handbook).resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = watched(browser.new_page(viewport=DESKTOP), url)
        fits(page, "desktop")
        searching(page, chinese, english, expected)
        followed = links(page)
        printed = page.pdf(prefer_css_page_size=True)
        check(printed.startswith(b"%PDF"), "it cannot be printed")
        phone = watched(browser.new_page(viewport=PHONE), url)
        fits(phone, "phone")
        search(phone, chinese, expected)
        fits(phone, "phone, with results")
        sent = watched(browser.new_page(), url)
        sent.goto(f"{url}?q={english.replace(' ', '+')}")
        check(expected in found(sent)[:FIRST], "a search sent as a link finds nothing")
        # Without JavaScript it is a plain document.
        plain = watched(browser.new_context(java_script_enabled=False).new_page(), url)
        check(not plain.is_visible("#search"), "without JavaScript there is a search that does nothing")
        check(plain.locator(f"[id='{expected}']").is_visible(), "without JavaScript chapters are missing")
        browser.close()
    for problem in problems:
        print(f"{handbook}: {problem}")
    if not problems:
        print(f"{handbook}: searched, {followed} links followed, printed; no error and no request")
    return 1 if problems else 0


sys.exit(main())
