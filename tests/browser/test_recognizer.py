"""The recognizer in a real JupyterLab: ten digits by mouse, one by touch, and the answer on the page.

Latencies are printed (`pytest -s`); screenshots go to the test's temporary folder.
"""

import asyncio
import re
import statistics
import threading
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.chapter(7)

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

CELLS = [
    "import os\nos.environ['COURSE_OWN_DIGITS'] = os.path.abspath('own.json')\n"
    "from helpers.widgets import Recognizer\nrecognizer = Recognizer()\nrecognizer",
]

# Written for this test, by hand: corners of each stroke as shares of the canvas, joined by straight lines.
STROKES = {
    0: [[(50, 15), (32, 22), (25, 45), (28, 70), (42, 84), (60, 80), (72, 60), (70, 35), (60, 18), (49, 16)]],
    1: [[(40, 30), (53, 15), (53, 85)]],
    2: [[(28, 30), (38, 16), (58, 15), (68, 28), (60, 48), (40, 66), (28, 82), (74, 82)]],
    3: [[(30, 18), (55, 14), (66, 25), (60, 40), (42, 47), (62, 52), (70, 66), (58, 82), (30, 82)]],
    4: [[(36, 14), (26, 52), (72, 52)], [(60, 30), (58, 86)]],
    5: [[(36, 16), (32, 44), (52, 42), (66, 54), (62, 74), (46, 84), (28, 78)], [(36, 16), (68, 15)]],
    6: [[(62, 12), (40, 34), (30, 60), (36, 80), (54, 84), (66, 72), (58, 58), (42, 58), (32, 68)]],
    7: [[(26, 18), (72, 18), (56, 48), (44, 86)]],
    8: [[(62, 22), (46, 14), (34, 24), (42, 40), (60, 56), (64, 74), (48, 85), (34, 74), (42, 56), (60, 40),
         (66, 26), (58, 18)]],
    9: [[(66, 28), (50, 16), (34, 26), (36, 44), (54, 48), (66, 34), (66, 28), (62, 86)]],
}  # fmt: skip

# Milliseconds from lifting the pen to new bars, measured in the page.
WATCH = """root => {
    window.latencies = [];
    let lifted = 0;
    document.addEventListener("pointerup", (event) => {
        if (event.target.tagName === "CANVAS") lifted = performance.now();
    }, true);
    new MutationObserver(() => {
        if (lifted) window.latencies.push(performance.now() - lifted);
        lifted = 0;
    }).observe(root, { attributes: true, attributeFilter: ["data-number"] });
}"""


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the recognizer, run."""
    page = new_page()
    lab.write("recognizer.ipynb", CELLS)
    lab.open(page, "recognizer.ipynb")
    lab.run_all(page)
    page.locator(".course-reading[data-number]").first.wait_for(timeout=120_000)
    page.locator(".course-reading").first.evaluate(WATCH)
    return page


@pytest.fixture
def cell(page):
    """The recognizer's cell with an empty canvas."""
    cell = page.locator(".jp-CodeCell").nth(1)
    cell.get_by_role("button", name="Clear").click()
    expect(cell.locator(".course-reading .sentence")).to_have_text("Nothing is drawn yet.")
    cell.locator(".course-canvas canvas").scroll_into_view_if_needed()
    return cell


def shapes(strokes, cell):
    """Turn strokes given in per cent of the canvas into places on the page."""
    canvas = cell.locator(".course-canvas canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return [
        [(box["x"] + x / 100 * box["width"], box["y"] + y / 100 * box["height"]) for x, y in stroke]
        for stroke in strokes
    ]


def write(page, cell, strokes, steps=6):
    """Move the mouse along strokes, its button down."""
    for places in shapes(strokes, cell):
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=steps)
        page.mouse.up()


def expect_answer(cell, digit):
    """Wait for the answer on the page."""
    expect(cell.locator(".course-reading .digit")).to_have_text(str(digit))
    expect(cell.locator(".course-reading .sentence")).to_have_text(re.compile(rf"^I read an? {digit} \("))
    expect(cell.locator(".course-reading .row.best .name")).to_have_text(str(digit))


@pytest.mark.parametrize("digit", STROKES)
def test_each_digit_by_mouse(page, cell, digit, tmp_path):
    write(page, cell, STROKES[digit])
    expect_answer(cell, digit)
    page.screenshot(path=tmp_path / f"digit_{digit}.png")


def test_one_digit_by_touch(page, cell):
    session = page.context.new_cdp_session(page)
    for places in shapes(STROKES[4], cell):
        kind = "touchStart"
        for (x0, y0), (x1, y1) in zip(places, places[1:], strict=False):
            for i in range(8):
                x, y = x0 + (x1 - x0) * i / 7, y0 + (y1 - y0) * i / 7
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
                kind = "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_answer(cell, 4)


def test_a_scribble_is_no_digit(page, cell, tmp_path):
    corners = [
        (20, 20),
        (80, 75),
        (25, 60),
        (75, 25),
        (50, 85),
        (30, 30),
        (85, 55),
        (15, 50),
        (60, 15),
        (45, 80),
    ]
    write(page, cell, [corners, corners[::-1]])
    expect(cell.locator(".course-reading .sentence")).to_have_text(re.compile(r"^Unsure\."))
    expect(cell.locator(".course-reading .digit")).to_have_text("?")
    page.screenshot(path=tmp_path / "scribble.png")


def test_the_switch_shows_what_the_network_sees_otherwise(page, cell):
    seen = cell.locator(".course-reading .seen canvas")
    ink = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
        let rows = 0, n = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 127) { n++; rows += Math.floor(i / 4 / 28); }
        return rows / n;
    }"""
    small = [[(x / 4, y / 4) for x, y in stroke] for stroke in STROKES[7]]
    write(page, cell, small)
    expect_answer(cell, 7)
    assert seen.evaluate(ink) == pytest.approx(14, abs=2)
    number = cell.locator(".course-reading").first.get_attribute("data-number")
    cell.get_by_label("Prepare as MNIST").click()
    expect(cell.locator(".course-reading").first).not_to_have_attribute("data-number", number)
    assert seen.evaluate(ink) < 7
    cell.get_by_label("Prepare as MNIST").click()
    expect_answer(cell, 7)


def test_a_click_on_a_map_switches_it_off(page, cell, tmp_path):
    write(page, cell, STROKES[8])
    expect_answer(cell, 8)
    maps = cell.locator(".course-reading .maps canvas").first
    maps.scroll_into_view_if_needed()
    maps.click(position={"x": 10, "y": 10})
    expect(cell.get_by_text("Switched off: filters_1, map 1")).to_be_visible()
    expect(cell.get_by_text("With all maps: I read an 8")).to_be_visible()
    corner = "canvas => canvas.getContext('2d').getImageData(0, 0, 1, 1).data[3]"
    assert maps.evaluate(corner) == 255, "the map is not crossed out"
    page.screenshot(path=tmp_path / "map_off.png")
    maps.click(position={"x": 10, "y": 10})
    expect(cell.get_by_text("Switched off:")).to_have_count(0)


def test_own_digits_are_kept_and_learned(page, cell, tmp_path):
    for digit in (7, 1):
        write(page, cell, STROKES[digit])
        expect(cell.locator(".course-canvas canvas")).to_have_attribute("data-strokes", "1")
        expect_answer(cell, digit)
        cell.get_by_role("button", name=str(digit), exact=True).click()
        expect(cell.get_by_text(f"Kept as a {digit}.")).to_be_visible()
        expect(cell.locator(".course-canvas canvas")).to_have_attribute("data-strokes", "0")
    expect(cell.get_by_text("Yours so far: 2 (1: 1, 7: 1).")).to_be_visible()
    cell.get_by_role("button", name="Learn my digits").click()
    expect(cell.get_by_text("The network has learned your digits.")).to_be_visible(timeout=120_000)
    expect(cell.get_by_role("rowheader", name="MNIST, 2,000 test images")).to_be_visible()
    cell.get_by_role("table").scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "learned.png")
    cell.get_by_role("button", name="Take it back").click()
    expect(cell.get_by_text("The network is as it was.")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_nothing_is_cut_off(page, cell, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    cell.locator(".course-canvas canvas").scroll_into_view_if_needed()
    write(page, cell, STROKES[2])
    expect_answer(cell, 2)
    cell.locator(".course-canvas").scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"recognizer_{width}.png")
    output = cell.locator(".jp-OutputArea-output").first
    assert output.evaluate("node => node.scrollWidth <= node.clientWidth"), "wider than the page"
    assert page.locator("img:visible").count() == 0, "the still picture is not hidden"
    if width == 390:
        cell.locator(".course-reading .maps canvas").last.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "recognizer_390_below.png")
        page.set_viewport_size({"width": 1280, "height": 720})


def test_latency_is_printed(page, record_property):
    latencies = page.evaluate("window.latencies")
    if len(latencies) < 5:
        pytest.skip("the digits were not drawn")
    median = statistics.median(latencies)
    record_property("recognizer: milliseconds from pen-up to bars, median", f"{median:.0f}")
    print(f"\npen up to bars: median {median:.0f} ms, longest {max(latencies):.0f} ms of {len(latencies)}")
    assert median <= 1000


class SlowLink:
    """A proxy that holds back every byte, both ways; CDP's slow networks leave WebSockets as they are.

    Parameters
    ----------
    port : int
        Of a server on 127.0.0.1.

    Attributes
    ----------
    port : int
        The proxy's own.
    delay : float
        Seconds; may be changed at any time.
    """

    def __init__(self, port):
        self.delay = 0.0
        self._target = port
        self._tasks, self._writers = set(), []
        self._loop = asyncio.new_event_loop()  # Playwright's runs in this thread already.
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        serve = asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serve, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self):
        """Cut all connections."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0.1)

    async def _connect(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, back]
        for one, other in ((reader, back), (there, writer)):
            held = asyncio.Queue()
            for work in (self._take(one, held), self._give(held, other)):
                task = self._loop.create_task(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _take(self, reader, held):
        data = b"..."
        while data:
            try:
                data = await reader.read(1 << 16)
            except OSError:
                data = b""
            held.put_nowait((self._loop.time() + self.delay, data))

    async def _give(self, held, writer):
        data = b"..."
        while data:
            due, data = await held.get()
            await asyncio.sleep(max(0, due - self._loop.time()))
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                break
        writer.close()


# The share of the canvas with ink in each frame while the pen is down, and whether the answer is there.
FRAMES = """cell => {
    const canvas = cell.querySelector(".course-canvas canvas");
    const reading = cell.querySelector(".course-reading");
    const before = reading.dataset.number;
    window.frames_ = [];
    window.answered = null;
    window.down = false;
    canvas.addEventListener("pointerdown", () => { window.down = true; });
    canvas.addEventListener("pointerup", () => { window.down = false; window.lifted = performance.now(); });
    const look = () => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let ink = 0;
        for (let i = 3; i < data.length; i += 64) ink += data[i] > 127;
        if (window.down) window.frames_.push({ at: performance.now(), ink });
        if (!window.answered && reading.dataset.number !== before) window.answered = performance.now();
        requestAnimationFrame(look);
    };
    look();
}"""


def test_a_slow_link_draws_as_smoothly(lab, new_page, page, tmp_path, record_property):
    link = SlowLink(urlsplit(lab.url).port)
    slow = new_page()
    try:
        address = lab.url
        save(page, lab)
        lab.url = f"http://127.0.0.1:{link.port}"
        try:
            lab.open(slow, "recognizer.ipynb")
        finally:
            lab.url = address
        cell = slow.locator(".jp-CodeCell").nth(1)
        cell.locator(".course-reading[data-number]").first.wait_for(timeout=40_000)
        cell.get_by_role("button", name="Clear").click()
        expect(cell.locator(".course-reading .sentence")).to_have_text("Nothing is drawn yet.")
        cell.locator(".course-canvas canvas").scroll_into_view_if_needed()
        link.delay = 0.15
        cell.evaluate(FRAMES)
        write(slow, cell, STROKES[3], steps=20)
        expect_answer(cell, 3)
        frames, lifted, answered = slow.evaluate("[window.frames_, window.lifted, window.answered]")
        gaps = [b["at"] - a["at"] for a, b in zip(frames, frames[1:], strict=False)]
        print(
            f"\n150 ms each way: {len(frames)} frames while the pen was down, longest gap {max(gaps):.0f} ms"
        )
        record_property(
            "recognizer: the same with 150 milliseconds more each way", f"{answered - lifted:.0f}"
        )
        print(f"the answer {answered - lifted:.0f} ms after the pen lifted")
        # The ink grew many times before Python could have heard of it.
        assert len({frame["ink"] for frame in frames}) >= 5
        assert answered - lifted >= 300
    finally:
        slow.context.close()
        link.close()


def save(page, lab):
    """Save the notebook with its outputs."""
    page.locator(".course-canvas canvas").first.focus()
    page.keyboard.press("Control+s")
    for _ in range(200):
        if "Recognizer: run this cell" in (lab.folder / "recognizer.ipynb").read_text():
            return
        page.wait_for_timeout(100)
    raise TimeoutError("not saved")
