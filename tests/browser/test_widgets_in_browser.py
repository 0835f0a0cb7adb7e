"""All widgets in a real JupyterLab: the contract that each keeps, then what only one of them does.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import io
import re
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from widget_page import (
    assert_nothing_is_cut_off,
    click_on,
    dropdown,
    expect,
    open_page,
    picture,
    press_on,
    slider,
    type_into,
    wait_until_changed,
)


@dataclass
class Case:
    """A widget: its chapter, how many labels it has, the slider that is moved by key, its cell's code."""

    chapter: int
    labels: int
    label: str = ""
    code: str = ""


# No network is needed to see the widgets: words look at near ones, in each head at others; a network with
# random weights shows as much as a trained one, and is there at once.
WORD_MAP = """import numpy as np
words = "good great superb bad awful dull man woman king queen actor actress".split()
rng = np.random.default_rng(1)
vectors = np.repeat(rng.normal(size=(3, 8)), [3, 3, 6], axis=0) + 0.3 * rng.normal(size=(12, 8))
WordMap(vectors, words, word="good")"""
FEATURE_MAPS = """from helpers.session import begin
begin(seed=1)
import keras
import numpy as np
from keras import layers
from helpers.synthetic import make_digits
inputs = keras.Input((28, 28, 1))
z = layers.Conv2D(32, 5, padding="same", activation="relu", name="conv1")(inputs)
z = layers.MaxPooling2D(2, name="pool1")(z)
z = layers.Conv2D(64, 5, padding="same", activation="relu", name="conv2")(z)
z = layers.Dense(10, activation="softmax", name="answer")(layers.Flatten()(z))
FeatureMapViewer(keras.Model(inputs, z), *make_digits(60, np.random.default_rng(1)))"""
ATTENTION_MAP = """import numpy as np
from helpers.synthetic.translation import load_pairs
known = {t for p in load_pairs()[:500] for t in p.english}
def translate(tokens):
    words = ("これ", "は", "水") + (("です",) if tokens[0] == "[polite]" else ("だ",)) + ("。",)
    places = np.linspace(0, len(tokens) - 1, len(words))[:, None] - np.arange(len(tokens))
    weights = np.exp(-places**2)
    return words, weights / weights.sum(axis=1, keepdims=True)
AttentionMap(translate, known)"""
ATTENTION_VIEWER = """import numpy as np
from helpers.widgets import Attention
def near(queries, keys):
    where = np.linspace(0, len(keys) - 1, len(queries))[:, None] - np.arange(len(keys))
    maps = [[-((where + head - 2) ** 2) / (layer + 1) for head in range(4)] for layer in range(2)]
    weights = np.exp(maps)
    return weights / weights.sum(axis=-1, keepdims=True)
def attend(text, off=()):
    words = text.lower().replace(".", " .").split()
    japanese = ("父", "は", "毎朝", "お茶", "を", "飲み", "ます", "。")
    note = "お茶. Unknown word: submarine." if "submarine" in words else "水." if off else "お茶."
    return {
        "encoder": Attention(words, words, near(words, words), note),
        "decoder reads encoder": Attention(japanese, words, near(japanese, words), note),
    }
TEA = "My father drinks tea every morning."
AttentionViewer(attend, TEA, [TEA, "This is water."], ablation=True)"""
OWN_CLASSES = """import keras
import numpy as np
from keras import layers
features = keras.Sequential([keras.Input((32, 32, 3)), layers.AveragePooling2D(8), layers.Flatten()])
labels = np.arange(60) % 3
images = np.random.default_rng(3).integers(0, 150, (60, 32, 32, 3))
images[np.arange(60), :, :, labels] += 60
OwnClasses(features, images.astype(np.uint8), labels, ("red", "green", "blue"))"""

LENS = """import time
import numpy as np
from scipy.ndimage import gaussian_filter
rows, columns = np.mgrid[:120, :170]
waves = np.uint8(127 + 60 * np.sin(rows / 3) + 60 * np.sin(columns / 9))
noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3)).astype(np.uint8)
repeated = {s: lambda small, s=s: small.repeat(s, 0).repeat(s, 1) for s in (2, 4)}
def learn(scale, anew):
    blur = 2.0 if anew else 0.5
    while True:
        yield lambda small, blur=blur: gaussian_filter(repeated[scale](small), blur)
        time.sleep(0.02)
        blur *= 0.99
Lens({"waves": np.stack([waves] * 3, -1), "coffee": noise}, repeated, learn)"""


SPOTS = """import numpy as np
from scipy.ndimage import find_objects, label
from helpers.synthetic import make_digits
from helpers.synthetic.scenes import make_scenes
def answer(scene):  # Each bright spot, read as a 7; the larger, the surer.
    spots = find_objects(label(scene > 90)[0])
    boxes = np.array([[x.start, y.start, x.stop, y.stop] for y, x in spots], float).reshape(-1, 4)
    scores = np.minimum((boxes[:, 3] - boxes[:, 1]) / 40, 0.99)
    return boxes, scores, np.full(len(boxes), 7)
rng = np.random.default_rng(1)
digits = make_digits(60, rng)
SceneEditor(answer, *digits, *make_scenes(*digits, 4, rng))"""
NUCLEI = """import numpy as np
from scipy.ndimage import label
pictures = np.zeros((2, 128, 128), np.uint8)
pictures[:, 50:80, 50:90], pictures[0, 10:30, 10:30], pictures[1, 90:, 100:] = 200, 90, 120
TouchMask(pictures, lambda picture: label(picture)[0])"""

CODES = """import numpy as np
rng = np.random.default_rng(0)
labels = np.arange(1_000) % 10
middles = 1.7 * np.array([[np.cos(0.63 * i), np.sin(0.63 * i)] for i in range(10)])
codes = middles[labels] + rng.normal(0, 0.35, (1_000, 2))
rows, columns = np.mgrid[:28, :28]
def decode(codes):  # A ring, the wider the farther to the right.
    distance = np.hypot(rows - 14, columns - 14) - 6 - codes[:, :1, None]
    return np.exp(-((distance / (2 + codes[:, 1:, None] / 3)) ** 2))
LatentMap(decode, codes, labels)"""
NOISE = """import numpy as np
from helpers.synthetic import make_digits
images, kinds = make_digits(400, np.random.default_rng(1))
examples = np.stack([images[kinds == kind][0] for kind in range(10)]) / 255
def sample(labels, guidance, steps, seed):
    noise = np.random.default_rng(seed).random((len(labels), 28, 28))
    share = np.linspace(0, 1, steps + 1)[:, None, None, None]
    return np.clip((1 - share) * noise + share * examples[labels] * (1 + guidance) / 2, 0, 1)
DigitMaker(sample)"""

HEAD = re.compile("^Head")  # Another list has heads among its options.

COMPRESSOR = """from helpers.session import begin
begin(seed=1)
import keras
import numpy as np
from keras import layers
from helpers.synthetic import make_digits
inputs = keras.Input((28, 28, 1))
z = layers.Flatten()(layers.Conv2D(16, 5, 2, activation="relu")(inputs))
images, labels = make_digits(200, np.random.default_rng(1))
Compressor(keras.Model(inputs, layers.Dense(10)(z)), images[..., None] / np.float32(255), labels)"""

CASES = {
    "LearningRateExplorer": Case(1, 4, "Learning rate"),
    "SoftmaxExplorer": Case(2, 6, "Score of 3"),
    "Playground": Case(3, 20, "Hidden layers"),
    "StepTimeline": Case(21, 6, "Batch"),
    "GraphStepper": Case(4, 4, "Step"),
    "WindowStepper": Case(5, 5, "Row"),
    "FilterEditor": Case(5, 5, "Cut-off"),
    "FeatureMapViewer": Case(6, 4, "Layer", FEATURE_MAPS),
    "UnrolledRNN": Case(8, 4, "Strength"),
    "Reviewer": Case(9, 3),
    "GateInspector": Case(9, 3),
    "GatedCell": Case(9, 6, "Forget gate"),
    "WordMap": Case(10, 3, "Nearest words", WORD_MAP),
    "AttentionMap": Case(11, 3, "", ATTENTION_MAP),
    "AttentionViewer": Case(12, 7, "Word", ATTENTION_VIEWER),
    "OwnClasses": Case(14, 6, "From the data", OWN_CLASSES),
    "Lens": Case(15, 7, "Lens, across", LENS),
    "SceneEditor": Case(16, 9, "Scene", SPOTS),
    "TouchMask": Case(16, 3, "Picture", NUCLEI),
    "LatentMap": Case(17, 2, "Number 1", CODES),
    "Compressor": Case(20, 3, "Removed", COMPRESSOR),
    "DigitMaker": Case(17, 5, "Guidance", NOISE),
    "Cliff": Case(18, 5, "Learning rate"),
}


def on(*names):
    """Let a test run with the cells of widgets."""
    params = [pytest.param(name, marks=pytest.mark.chapter(CASES[name].chapter)) for name in names]
    return pytest.mark.parametrize("opened", params, indirect=True)


@pytest.fixture(scope="module")
def opened(request, new_page, lab):
    """A page that shows a notebook with a widget; it closes before the next widget's page opens."""
    name = request.param
    code = f"from helpers.widgets import {name}\n" + (CASES[name].code or f"{name}()")
    page = open_page(new_page, lab, f"{name}.ipynb", [code])
    page.widget, page.complaints = name, []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.context.close()
    lab.stop_kernels()


@pytest.fixture
def shown(opened, tmp_path):
    """The widget's cell on a page of the size of a small projector, with its picture there and in view."""
    opened.set_viewport_size({"width": 1280, "height": 720})
    cell = opened.locator(".jp-CodeCell").nth(1)
    picture(cell).wait_for(timeout=90_000)  # Some load TensorFlow and a model first.
    cell.scroll_into_view_if_needed()
    yield cell
    opened.screenshot(path=tmp_path / "last.png")


def wait_for_alt(cell, pattern):
    """Wait until the picture's words say something."""
    expect(picture(cell)).to_have_attribute("alt", re.compile(pattern), timeout=20_000)


# The contract


@on(*CASES)
def test_it_fits_a_phone_and_a_projector(shown, tmp_path):
    for width, height in ((390, 844), (1280, 720)):
        shown.page.set_viewport_size({"width": width, "height": height})
        picture(shown).scroll_into_view_if_needed()
        shown.page.screenshot(path=tmp_path / f"{width}.png")
        assert_nothing_is_cut_off(shown, CASES[shown.page.widget].labels)
    assert picture(shown).bounding_box()["width"] == 700
    assert picture(shown).get_attribute("alt").endswith(".")


@on(*(name for name, case in CASES.items() if case.label))
def test_a_slider_by_keyboard_changes_the_picture(shown):
    label = CASES[shown.page.widget].label
    image, words = picture(shown), picture(shown).get_attribute("alt")
    first = image.get_attribute("src")
    press_on(shown, label, "ArrowRight")
    second = wait_until_changed(image, first)
    expect(image).not_to_have_attribute("alt", words)
    press_on(shown, label, "ArrowLeft")
    third = wait_until_changed(image, second)
    assert third == first or "blob:" in first, "the same state has the same picture"
    expect(image).to_have_attribute("alt", words)


@on(*CASES)
def test_a_stored_notebook_shows_the_still_picture_and_nothing_complains(shown, new_page, lab):
    name = shown.page.widget
    assert not [said for said in shown.page.complaints if "favicon" not in said]
    lab.strip(shown.page, f"{name}.ipynb", f"committed_{name}.ipynb")
    page = new_page()
    lab.open(page, f"committed_{name}.ipynb")
    cell = page.locator(".jp-CodeCell").nth(1)
    cell.get_by_text(f"{name}: run this cell to move its controls").wait_for()
    expect(cell.locator("img:visible")).to_have_count(1)
    assert page.get_by_text("model not found").count() == 0
    page.context.close()


# What only one of them does


@on("LearningRateExplorer", "GraphStepper")
def test_play_runs_through_the_steps(shown):
    label, last, words = {
        "LearningRateExplorer": ("Steps shown", "60", "steps; the lowest possible"),
        "GraphStepper": ("Step", "10", "step [1-3] of 10"),
    }[shown.page.widget]
    readout = slider(shown, label).locator(".widget-readout")
    press_on(shown, label, "End")
    expect(readout).to_have_text(last)
    play = shown.locator(".widget-play button").first
    play.click()
    expect(readout).to_have_text(re.compile(r"^[0-3]$" if last == "10" else r"^[1-9]$"))
    wait_until_changed(picture(shown), picture(shown).get_attribute("src"))
    wait_for_alt(shown, words)
    play.click()


@on("LearningRateExplorer", "SoftmaxExplorer")
def test_a_click_on_the_track_moves_a_slider(shown):
    old = picture(shown).get_attribute("src")
    click_on(shown, re.compile("Learning rate|Score of 3"), 0.9)
    wait_until_changed(picture(shown), old)


@on("GraphStepper")
def test_keyboard_and_mouse_move_through_the_graph(shown):
    press_on(shown, "Step", "Home")
    press_on(shown, "Step", "ArrowRight")
    wait_for_alt(shown, "step 1 of 10. Forward 1")
    click_on(shown, "Step", 0.99)
    wait_for_alt(shown, "step 10 of 10. Forward once more")
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Right class").select_option("blue")
    old = wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "right class blue")
    dropdown(shown, "Colour").select_option("sky (40, 120, 230)")
    old = wait_until_changed(picture(shown), old)
    press_on(shown, "Weight", "ArrowLeft")
    wait_until_changed(picture(shown), old)


@on("WindowStepper")
def test_pointing_at_the_result_moves_the_window(shown):
    old = picture(shown).get_attribute("src")
    box = picture(shown).bounding_box()
    # The result's third row and first column.
    shown.page.mouse.move(box["x"] + box["width"] * 500 / 700, box["y"] + box["height"] * 125 / 300)
    old = wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "at row 2, column 0 stands 10")
    for _ in range(2):  # The same place again must not keep it from the next.
        shown.page.mouse.down()
        shown.page.mouse.up()
    shown.page.mouse.move(box["x"] + box["width"] * 605 / 700, box["y"] + box["height"] * 160 / 300)
    wait_for_alt(shown, "at row 3, column 3")
    shown.page.mouse.move(box["x"] + box["width"] * 500 / 700, box["y"] + box["height"] * 125 / 300)
    wait_for_alt(shown, "at row 2, column 0 stands 10")
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Padding").select_option("same")
    wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "at row 2, column 0 stands 9")
    shown.page.mouse.move(box["x"] + 20, box["y"] + 20)  # Not a place of the result.
    wait_for_alt(shown, "at row 2, column 0")


def fields(cell):
    """Return the number fields of the grid, row by row."""
    return cell.locator(".widget-gridbox input")


@on("FilterEditor")
def test_numbers_of_a_filter_are_typed(shown):
    shown.page.set_viewport_size({"width": 390, "height": 844})
    expect(fields(shown)).to_have_count(25)
    for field in fields(shown).all():
        assert field.evaluate("node => node.scrollWidth <= node.clientWidth"), field.input_value()
    shown.page.set_viewport_size({"width": 1280, "height": 720})
    first = picture(shown).get_attribute("src")
    type_into(fields(shown).first, "7.5")
    second = wait_until_changed(picture(shown), first)
    expect(dropdown(shown, "Filter")).to_have_value("my own numbers")
    shown.page.keyboard.press("Tab")
    assert fields(shown).nth(1).evaluate("node => node === document.activeElement")
    type_into(fields(shown).nth(1), "-3", end="Tab")
    wait_until_changed(picture(shown), second)
    assert fields(shown).first.input_value() == "7.5"


@on("FilterEditor")
def test_presets_cutoff_and_size_by_mouse(shown):
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Filter").select_option("sharpen")
    expect(fields(shown)).to_have_count(9)
    for field, number in zip(fields(shown).all(), [0, -1, 0, -1, 5, -1, 0, -1, 0], strict=True):
        expect(field).to_have_value(re.compile(rf"^{number}(\.0)?$"))
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Image").select_option("cross")
    old = wait_until_changed(picture(shown), old)
    click_on(shown, "Cut-off", 0.8)
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Numbers each way").select_option("5")
    expect(fields(shown)).to_have_count(25)
    wait_until_changed(picture(shown), old)


def choose_file(cell, name, kind, content):
    """Press the upload button and choose a file in the browser's dialogue."""
    with cell.page.expect_file_chooser() as dialogue:
        cell.locator("button.jupyter-widget-upload, button.widget-upload").click()
    dialogue.value.set_files({"name": name, "mimeType": kind, "buffer": content})


@on("FilterEditor")
def test_own_files(shown):
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Filter").select_option("average")
    old = wait_until_changed(picture(shown), old)
    choose_file(shown, "notes.txt", "text/plain", b"no picture")
    shown.get_by_text("notes.txt is not an image that can be read: choose a PNG or JPEG file").wait_for()
    assert picture(shown).get_attribute("src") == old
    buffer = io.BytesIO()
    rows, columns = np.mgrid[:300, :400]
    Image.fromarray(((np.hypot(rows - 150, columns - 200) < 100) * 200).astype(np.uint8)).save(buffer, "PNG")
    choose_file(shown, "disc.png", "image/png", buffer.getvalue())
    shown.get_by_text("disc.png: 112 × 84 grey pixels.").wait_for()
    wait_until_changed(picture(shown), old)
    assert "my own image" in picture(shown).get_attribute("alt")


@on("FeatureMapViewer")
def test_layers_classes_and_examples(shown):
    press_on(shown, "Layer", "Home")
    for words in ("conv1: 32 maps of 28 × 28", "pool1: 32 maps of 14 × 14", "conv2: 64 maps", "answer: 10"):
        wait_for_alt(shown, words)
        press_on(shown, "Layer", "ArrowRight")
    press_on(shown, "Layer", "Home")
    wait_for_alt(shown, "conv1: 32 maps")
    dropdown(shown, "Class").select_option("4")
    wait_for_alt(shown, r"\(4, example 1\)")
    click_on(shown, "Example", 0.98)
    wait_for_alt(shown, r"\(4, example [4-9]\)")


@on("FeatureMapViewer")
def test_a_drawing_by_mouse_and_by_keyboard(shown):
    mouse, old = shown.page.mouse, picture(shown).get_attribute("src")
    canvas = shown.locator(".course-canvas canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 13):
        mouse.move(x + step / 6, y + step * box["height"] * 0.05)
    mouse.up()
    wait_for_alt(shown, r"\(my drawing\)")
    expect(dropdown(shown, "Image")).to_have_value("my drawing")
    line = wait_until_changed(picture(shown), old)
    canvas.focus()
    shown.page.keyboard.press("8")  # Stamps a sample digit in place of the line.
    wait_until_changed(picture(shown), line)
    dropdown(shown, "Class").select_option("2")
    wait_for_alt(shown, r"\(2, example \d+\)")
    expect(dropdown(shown, "Image")).to_have_value("from the data")


@on("UnrolledRNN")
def test_mouse_makes_the_gradient_vanish_and_explode(shown):
    press_on(shown, "Strength", "ArrowRight")
    wait_for_alt(shown, "recurrent strength 1.05")
    press_on(shown, "Strength", "ArrowLeft")
    dropdown(shown, "Activation").select_option("linear")
    wait_for_alt(shown, "activation linear .*stays in sight")
    click_on(shown, "Strength", 0.97)
    wait_for_alt(shown, "explodes")
    click_on(shown, "Strength", 0.1)
    wait_for_alt(shown, "vanishes")
    dropdown(shown, "Input").select_option("a wave")
    wait_for_alt(shown, "reads a wave for 30 steps")
    press_on(shown, "Steps", "End")
    wait_for_alt(shown, "for 100 steps")


@on("Reviewer", "GateInspector")
def test_reviews_by_mouse_by_keyboard_and_very_long_ones(shown):
    image, field = picture(shown), shown.locator("textarea")
    dropdown(shown, "Trained on").select_option("made-up reviews")
    old = image.get_attribute("src")
    dropdown(shown, "Example").select_option("a longer one")
    old = wait_until_changed(image, old)
    dropdown(shown, "Example").select_option("not bad at all")
    old = wait_until_changed(image, old)
    expect(field).to_have_value("not bad at all")
    type_into(field, "The film was anything but dull, xyzzy 😀 素晴らしい", end="Tab")
    old = wait_until_changed(image, old)
    expect(dropdown(shown, "Example")).to_have_value("my own words")
    expect(shown.get_by_text("xyzzy, 😀, 素晴らしい")).to_be_visible()
    field.fill("The plot was dull but the acting was good. " * 600)
    shown.get_by_role("button", name="Read").click()
    wait_until_changed(image, old)
    expect(shown.get_by_text("Only the first 5,000 words are read; 400 are left out.")).to_be_visible()


@on("GateInspector")
def test_slider_and_details_of_the_gates(shown):
    image = picture(shown)
    old = image.get_attribute("src")
    shown.locator("textarea").fill("The plot was dull but the acting was good. " * 20)
    shown.get_by_role("button", name="Read").click()
    old = wait_until_changed(image, old)
    dropdown(shown, "Unit by unit").select_option("cell state")
    old = wait_until_changed(image, old)
    press_on(shown, "Words from", "ArrowRight")
    old = wait_until_changed(image, old)
    click_on(shown, "Words from", 0.8)
    wait_until_changed(image, old)


@on("GateInspector")
def test_gates_are_frozen_and_all_of_it_is_seen_on_a_small_projector(shown):
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Freeze").select_option("output gate at 0")
    wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "the output gate held at 0")
    box = shown.locator(".course-review").bounding_box()
    assert box["height"] <= 648, "what JupyterLab leaves of 720 pixels"


@on("Reviewer", "GateInspector")
def test_while_somebody_types_the_picture_is_marked_as_the_older_texts(shown):
    expect(picture(shown)).to_have_css("opacity", "1")
    type_into(shown.locator("textarea"), "good film", end="")
    expect(picture(shown)).to_have_css("opacity", "0.35")
    shown.get_by_role("button", name="Read").click()
    expect(picture(shown)).to_have_css("opacity", "1")
    wait_for_alt(shown, "2 words")


@on("WordMap")
def test_words_sums_and_nonsense(shown):
    field = shown.locator(".widget-text input")
    for typed, words in (
        ("Awful", "Nearest to awful:"),
        ("king - man + woman", "Nearest to king − man + woman:"),
        ("womann", "“womann” is not among the 12 words; spelt alike: woman"),
        ("queen", "Nearest to queen"),
    ):
        old = picture(shown).get_attribute("src")
        type_into(field, typed)
        wait_until_changed(picture(shown), old)
        expect(shown.get_by_text(words)).to_be_visible()
        if "man" in typed and "+" in typed:
            wait_for_alt(shown, "king − man [+] woman")
    old = picture(shown).get_attribute("src")
    type_into(field, "", end="")
    shown.get_by_role("button", name="Search").click()
    expect(shown.get_by_text("Type a word and press return")).to_be_visible()
    wait_until_changed(picture(shown), old)


@on("WordMap")
def test_slider_and_views_of_the_map(shown):
    old = picture(shown).get_attribute("src")
    type_into(shown.locator(".widget-text input"), "superb")
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Map").select_option("all words")
    old = wait_until_changed(picture(shown), old)
    press_on(shown, "Nearest words", "ArrowLeft")
    old = wait_until_changed(picture(shown), old)
    click_on(shown, "Nearest words", 0.05)
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Map").select_option("around the word")
    wait_until_changed(picture(shown), old)


@on("AttentionMap")
def test_sentences_examples_and_style(shown):
    old, field = picture(shown).get_attribute("src"), shown.locator("input[type=text]").first
    type_into(field, "My father drinks a submarine")
    old = wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("Not among the network's")).to_be_visible()
    expect(dropdown(shown, "Examples")).to_have_value("my own sentence")
    type_into(field, "")
    old = wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("Type an English sentence")).to_be_visible()
    dropdown(shown, "Examples").select_option(label="Who sent a letter to the teacher?")
    old = wait_until_changed(picture(shown), old)
    expect(field).to_have_value("Who sent a letter to the teacher?")
    expect(shown.get_by_text("これは水です。", exact=True)).to_be_visible()
    dropdown(shown, "Japanese").select_option(label="plain")
    wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("これは水だ。", exact=True)).to_be_visible()


@on("AttentionViewer")
def test_a_sentence_is_read(shown):
    image, field = picture(shown), shown.locator(".widget-text input")
    note = shown.locator("[role=status]")
    type_into(field, "My father drinks a submarine")
    expect(note).to_have_text("お茶. Unknown word: submarine.")
    expect(dropdown(shown, "Examples")).to_have_value("my own text")
    wait_for_alt(shown, "“a” looks most at")
    old = image.get_attribute("src")
    type_into(field, "", end="")
    shown.get_by_role("button", name="Read").click()
    old = wait_until_changed(image, old)
    expect(note).to_have_text("Type a sentence, then press Enter.")
    expect(slider(shown, "Layer")).to_be_hidden()
    dropdown(shown, "Examples").select_option(label="This is water.")
    wait_until_changed(image, old)
    expect(field).to_have_value("This is water.")
    expect(slider(shown, "Layer")).to_be_visible()


@on("AttentionViewer")
def test_without_a_head_the_translation_changes_and_the_one_before_stays_in_sight(shown):
    type_into(shown.locator(".widget-text input"), "My father drinks tea every morning.")
    note, off = shown.locator("[role=status]"), dropdown(shown, "Switched off")
    expect(note).to_have_text("お茶.")
    off.select_option(label="encoder, layer 1, head 2")
    expect(note).to_have_text("水. — before, with all heads: お茶.")
    off.select_option(label="no head")
    expect(note).to_have_text("お茶.")


@on("AttentionViewer")
def test_map_layer_head_and_word(shown):
    type_into(shown.locator(".widget-text input"), "My father drinks tea every morning.")
    wait_for_alt(shown, "encoder, layer 1")
    for head, words in (("2", "layer 1, head 2"), ("all heads", "maps of 4 heads")):
        dropdown(shown, HEAD).select_option(label=head)
        wait_for_alt(shown, words)
        shown.page.set_viewport_size({"width": 390, "height": 844})
        assert_nothing_is_cut_off(shown, labels=7)
        shown.page.set_viewport_size({"width": 1280, "height": 720})
    dropdown(shown, "Map").select_option(label="decoder reads encoder")
    wait_for_alt(shown, "decoder reads encoder, layer 1")
    press_on(shown, "Layer", "ArrowRight")
    wait_for_alt(shown, "layer 2")
    dropdown(shown, HEAD).select_option(label="3")
    wait_for_alt(shown, "layer 2, head 3")
    click_on(shown, "Word", 0.001)
    wait_for_alt(shown, "“父” looks most at")
    expect(shown.get_by_text("Where 父 looks (decoder reads encoder, layer 2, head 3)")).to_be_visible()
    press_on(shown, "Word", "ArrowRight")
    wait_for_alt(shown, "“は” looks most at")


def click_in(cell, x, y):
    """Click in the picture, at a place in pixels of its full size."""
    picture(cell).scroll_into_view_if_needed()
    box = picture(cell).bounding_box()
    cell.page.mouse.click(box["x"] + x * box["width"] / 700, box["y"] + y * box["width"] / 700)


def boxes_shown(cell):
    return int(re.search(r"boxes shown: (\d+)", picture(cell).get_attribute("alt"))[1])


@on("SceneEditor")
def test_a_threshold_moved_changes_how_many_boxes_there_are(shown):
    press_on(shown, "Scene", "Home")
    press_on(shown, "Score from", "Home")
    wait_for_alt(shown, "Scene 1[.] Boxes of score 0[.]02")
    many = boxes_shown(shown)
    old = picture(shown).get_attribute("src")
    click_on(shown, "Score from", 0.55)
    old = wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "Boxes of score 0[.]5")
    fewer = boxes_shown(shown)
    press_on(shown, "Score from", "End")
    wait_for_alt(shown, "Boxes of score 0[.]98")
    assert many > fewer > boxes_shown(shown)
    press_on(shown, "Overlap up to", "ArrowLeft")
    wait_for_alt(shown, "overlap up to 0[.]45")


@on("SceneEditor")
def test_digits_are_put_into_the_scene_by_mouse(shown):
    press_on(shown, "Scene", "Home")
    wait_for_alt(shown, "Scene 1")
    there = int(re.search(r"digits there: (\d+)", picture(shown).get_attribute("alt"))[1])
    dropdown(shown, "Put in").select_option("4")
    wait_for_alt(shown, f"a 4 28 high put in at x 48, y 48.*digits there: {there + 1}")
    click_in(shown, 8 + 268 * 20.5 / 96, 28 + 268 * 70.5 / 96)
    wait_for_alt(shown, "put in at x 20, y 70")
    click_in(shown, 550, 100)  # The curve.
    mouse, box = shown.page.mouse, picture(shown).bounding_box()
    mouse.move(box["x"] + 140, box["y"] + 160)  # Without a button pressed it stays.
    wait_for_alt(shown, "put in at x 20, y 70")
    mouse.down()
    mouse.move(box["x"] + 8 + 268 * 60.5 / 96, box["y"] + 28 + 268 * 30.5 / 96, steps=5)
    mouse.up()
    wait_for_alt(shown, "put in at x 60, y 30")
    shown.get_by_role("button", name="Keep it").click()
    wait_for_alt(shown, f"Scene 1[.] .*digits there: {there + 1}")
    shown.get_by_role("button", name="Take all out").click()
    wait_for_alt(shown, f"Scene 1[.] .*: .*digits there: {there},")


@on("TouchMask")
def test_a_thing_touched_shows_its_mask(shown):
    press_on(shown, "Picture", "Home")
    wait_for_alt(shown, "Picture 1; nuclei found: 2")
    for left in 26, 374:  # Where both pictures begin, of 300 pixels for 128.
        for x, y, words in ((15, 15, "a nucleus of 400 pixels"), (100, 20, "background")):
            click_in(shown, left + (x + 0.5) * 300 / 128, 28 + (y + 0.5) * 300 / 128)
            wait_for_alt(shown, f"At x {x}, y {y}: {words}")
    press_on(shown, "x", "Home")
    wait_for_alt(shown, "At x 0, y 20: background")


@pytest.mark.chapter(16)
def test_a_finger_touches_a_thing(chromium, lab):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        code = f"from helpers.widgets import TouchMask\n{NUCLEI}"
        cell = open_page(context.new_page, lab, "touched_mask.ipynb", [code]).locator(".jp-CodeCell").nth(1)
        picture(cell).wait_for(timeout=60_000)
        picture(cell).scroll_into_view_if_needed()
        box = picture(cell).bounding_box()
        place = (26 + 15 * 300 / 128) / 700, (28 + 15 * 300 / 128) / 370
        cell.page.touchscreen.tap(box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"])
        wait_for_alt(cell, "a nucleus of 400 pixels")
    finally:
        context.close()


@pytest.mark.chapter(12)
def test_a_finger_moves_the_slider(chromium, lab):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        code = f"from helpers.widgets import AttentionViewer\n{ATTENTION_VIEWER}"
        cell = open_page(context.new_page, lab, "touched.ipynb", [code]).locator(".jp-CodeCell").nth(1)
        picture(cell).wait_for(timeout=60_000)
        wait_for_alt(cell, "“tea” looks")
        slider(cell, "Word").scroll_into_view_if_needed()
        track = slider(cell, "Word").locator(".noUi-base").bounding_box()
        touch = cell.page.touchscreen
        touch.tap(track["x"] + track["width"] - 1, track["y"] + track["height"] / 2)
        wait_for_alt(cell, "“[.]” looks")
    finally:
        context.close()


@on("Lens")
def test_the_lens_follows_the_mouse_and_the_keys(shown):
    old = picture(shown).get_attribute("src")
    picture(shown).scroll_into_view_if_needed()
    box = picture(shown).bounding_box()
    shown.page.mouse.move(box["x"] + box["width"] * 70 / 700, box["y"] + box["height"] * 216 / 432)
    wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "at 25% across")
    press_on(shown, "Lens, across", "End")
    wait_for_alt(shown, "at 100% across")
    dropdown(shown, "Photograph").select_option("coffee")
    wait_for_alt(shown, "coffee with a lens")


@on("Lens")
def test_the_lens_trains_while_one_looks_until_it_is_stopped(shown):
    shown.get_by_role("button", name="New weights").click()
    wait_for_alt(shown, "new weights and 0 steps")
    old = picture(shown).get_attribute("src")
    shown.get_by_role("button", name="Train on").focus()
    shown.page.keyboard.press("Space")
    wait_for_alt(shown, r"new weights and \d\d+ steps")
    wait_until_changed(picture(shown), old)
    press_on(shown, "Lens, across", "Home")
    wait_for_alt(shown, "at 0% across.*new weights")
    shown.get_by_role("button", name="Stop").click()
    shown.get_by_role("button", name="Train on").wait_for()
    stopped = picture(shown).get_attribute("data-number")
    shown.page.wait_for_timeout(1_500)
    assert picture(shown).get_attribute("data-number") == stopped
    shown.get_by_role("button", name="Shipped weights").click()
    wait_for_alt(shown, "has shipped weights;")


@on("LatentMap")
def test_walking_on_the_map_with_the_mouse(shown):
    old = picture(shown).get_attribute("src")
    box = picture(shown).bounding_box()
    scale = box["width"] / 700
    # The map lies from 34 to 350 across, and its middle is 440 − 96 − 158 down.
    shown.page.mouse.move(box["x"] + 271 * scale, box["y"] + 186 * scale)
    wait_until_changed(picture(shown), old)
    wait_for_alt(shown, "code .1.50, 0.00.")
    shown.page.mouse.move(box["x"] + 500 * scale, box["y"] + 186 * scale)  # The image: nothing to choose.
    press_on(shown, "Number 2", "End")
    wait_for_alt(shown, "code .1.50, 3.00.")


@on("DigitMaker")
def test_digits_are_asked_for_and_come_out_of_noise(shown):
    type_into(shown.get_by_label("Digits"), "my 314")
    wait_for_alt(shown, "to the digits 3 1 4: step 25 of 25")
    shown.get_by_text("Of this text only its digits count.").wait_for()
    dropdown(shown, "Steps in all").select_option("10")
    wait_for_alt(shown, "step 10 of 10")
    press_on(shown, "Step", "Home")
    wait_for_alt(shown, "step 0 of 10")
    shown.locator(".widget-play button").first.click()
    wait_for_alt(shown, "step 10 of 10")


@on("OwnClasses")
def test_a_class_of_ones_own_is_drawn_and_answered(shown, tmp_path):
    type_into(shown.get_by_label("Classes"), "top, bottom")
    wait_for_alt(shown, "Pictures: top 0, bottom 0; .* Answer for your drawing: not yet known")

    def draw_line(share):
        pad = shown.locator("canvas:visible").last
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        y = box["y"] + share * box["height"]
        shown.page.mouse.move(box["x"] + 0.2 * box["width"], y)
        shown.page.mouse.down()
        shown.page.mouse.move(box["x"] + 0.8 * box["width"], y, steps=5)
        shown.page.mouse.up()

    for count, (name, share) in enumerate([("top", 0.2), ("bottom", 0.8), ("top", 0.25), ("bottom", 0.75)]):
        dropdown(shown, "Next picture is").select_option(name)
        wait_for_alt(shown, f"the next goes to {name}")
        draw_line(share)
        shown.get_by_role("button", name="Add drawing").click()
        wait_for_alt(shown, f"top {count // 2 + 1}, bottom {(count + 1) // 2};.* for the newest, left out")
    wait_for_alt(shown, "Left out one by one, 4 of 4")
    draw_line(0.15)
    wait_for_alt(shown, "for your drawing: top with probability 0.[5-9]")
    for width, height in ((390, 844), (1280, 720)):
        shown.page.set_viewport_size({"width": width, "height": height})
        shown.scroll_into_view_if_needed()
        shown.page.screenshot(path=tmp_path / f"own_{width}.png", full_page=True)
    shown.get_by_role("button", name="Take back").focus()
    shown.page.keyboard.press("Enter")
    wait_for_alt(shown, "top 2, bottom 1;")


@on("OwnClasses")
def test_pictures_are_loaded_and_buttons_are_large_enough_for_a_finger(shown):
    type_into(shown.get_by_label("Classes"), "red, green, blue")
    wait_for_alt(shown, "red [0-9]+, green")
    dropdown(shown, "Next picture is").select_option("blue")
    wait_for_alt(shown, "the next goes to blue")
    before = int(re.search("blue ([0-9]+);", picture(shown).get_attribute("alt"))[1])
    choose_file(shown, "notes.png", "image/png", b"no picture")
    shown.get_by_text("notes.png: is broken, or is no picture").wait_for()
    buffer = io.BytesIO()
    Image.new("RGB", (300, 400), (20, 20, 250)).save(buffer, "PNG")
    choose_file(shown, "blue.png", "image/png", buffer.getvalue())
    wait_for_alt(shown, f"blue {before + 1};")
    for button in shown.locator(".jupyter-button:visible").all():
        assert button.bounding_box()["height"] >= 44, button.inner_text()


@on("OwnClasses")
def test_a_camera_gives_pictures(shown, tmp_path):
    type_into(shown.get_by_label("Classes"), "red, green, camera")
    dropdown(shown, "Next picture is").select_option("camera")
    wait_for_alt(shown, "the next goes to camera")
    before = int(re.search("camera ([0-9]+);", picture(shown).get_attribute("alt"))[1])
    shown.get_by_role("button", name="Camera", exact=True).click()
    for count in (1, 2):
        shown.get_by_role("button", name="Take picture").click()
        wait_for_alt(shown, f"camera {before + count};")
    shown.page.screenshot(path=tmp_path / "camera.png")
    shown.get_by_role("button", name="Camera off").click()
    assert shown.locator("video").is_hidden()
    refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject({ name: 'NotAllowedError' })"
    shown.page.evaluate(f"void ({refuse})")
    shown.get_by_role("button", name="Camera", exact=True).click()
    shown.get_by_text("No camera (NotAllowedError). Draw, or load a picture").wait_for()
    assert shown.get_by_role("button", name="Take picture").is_hidden()
    shown.page.evaluate("delete navigator.mediaDevices.getUserMedia")
