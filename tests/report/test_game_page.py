"""The measuring game, played in a real browser and checked against the same belief written out in NumPy."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from sightbits import load_dataset
from sightbits.core.checks import InputError
from sightbits.report.measurement_curve.game import GAME_SCRIPTS, GAME_STYLES, game_data, game_section
from sightbits.report.page import Page
from sightbits.report.render import render
from sightbits.studies.measurement_curve.game import Game

LEVEL_NAMES = {2: ("dark", "bright"), 3: ("dark", "middle", "bright")}
MEASURED = "#game-board .measured"


def digits_game(n_levels: int, **changes) -> Game:
    """Twenty training images of each digit, their levels made unsure by various amounts; ten images to play."""
    digits = load_dataset("digits")
    rng = np.random.default_rng(n_levels)
    levels = (digits.values.astype(np.int64) * n_levels // 17).astype(np.uint8)
    chosen = np.concatenate([np.flatnonzero(digits.labels == label)[:20] for label in range(10)])
    shares = 0.9 * np.eye(n_levels)[levels[chosen]] + 0.1 * rng.dirichlet(np.ones(n_levels), size=(200, 64))
    weights = rng.uniform(0.5, 1.5, size=200)
    channel = 0.95 * np.eye(n_levels) + 0.05 * rng.dirichlet(np.ones(n_levels), size=n_levels)
    game = Game(
        templates=np.floor(255 * shares[:, :, 1:]).astype(np.uint8).transpose(0, 2, 1).copy(),
        weights=weights / weights.sum(),
        component_labels=digits.labels[chosen],
        channel=channel,
        levels=levels[1000:1010],
        true_levels=levels[1000:1010],
        image_numbers=np.arange(300, 310),
        labels=digits.labels[1000:1010],
        label_names=digits.label_names,
        image_shape=(8, 8),
        level_names=LEVEL_NAMES[n_levels],
        confidence=0.9,
        n_pixels_most=30,
    )
    if "levels" in changes:
        changes = {"true_levels": changes["levels"], **changes}
    return replace(game, **changes)


class Oracle:
    """The belief, straight from its definition: every component, every reading, one pixel at a time."""

    def __init__(self, game: Game, image: int) -> None:
        above = game.templates / 255
        there = np.concatenate([1 - above.sum(axis=1, keepdims=True), above], axis=1)
        self.game, self.image, self.pixels = game, image, []
        self.read = np.einsum("klp,lr->krp", there, game.channel)
        self.labels = np.eye(len(game.label_names))[game.component_labels]

    def measure(self, pixel: int) -> None:
        self.pixels.append(pixel)

    @property
    def weights(self) -> np.ndarray:
        likelihoods = [self.read[:, self.game.levels[self.image, pixel], pixel] for pixel in self.pixels]
        weights = self.game.weights * np.prod([np.ones(len(self.read)), *likelihoods], axis=0)
        return weights / weights.sum()

    @property
    def posterior(self) -> np.ndarray:
        return self.weights @ self.labels

    @property
    def gains(self) -> np.ndarray:
        """Bits."""
        gains = []
        for pixel in range(self.read.shape[2]):
            joint = np.einsum("k,kr,ky->ry", self.weights, self.read[:, :, pixel], self.labels)
            after = [reading.sum() * bits(reading / reading.sum()) for reading in joint]
            gains.append(bits(self.posterior) - sum(after))
        return np.array(gains)

    def best_pixel(self) -> int:
        gains = self.gains
        gains[self.pixels] = -np.inf
        return int(gains.argmax())

    def done(self) -> bool:
        return self.posterior.max() >= self.game.confidence or len(self.pixels) == self.game.n_pixels_most

    def play(self) -> "Oracle":
        while not self.done():
            self.measure(self.best_pixel())
        return self


def bits(p: np.ndarray) -> float:
    return float(-(p[p > 0] * np.log2(p[p > 0])).sum())


@pytest.fixture
def play(tmp_path, open_page):
    """Open a page that holds nothing but the game."""

    def opened(game: Game, **window):
        page = Page(
            title="A game", finding="None.", facts=(), warnings=(), sections=(game_section(game),),
            data={"game": game_data(game), "datasets": {}}, scripts=(*GAME_SCRIPTS, "datasets.js"),
            styles=GAME_STYLES, details={},
        )  # fmt: skip
        path = tmp_path / "report.html"
        path.write_text(render(page), encoding="utf-8")
        return open_page(path, **window)

    return opened


def cell(page, row, column):
    return page.locator("#game-board").get_by_role("button", name=f"row {row}, column {column},")


def state(page):
    found = page.evaluate(
        "(({ known, gains, over, policy }) => ({ posterior: [...known.posterior], gains: [...gains], over, "
        "pixels: known.pixels, policy: policy && { pixels: policy.pixels, label: policy.label } }))"
        "(sightbitsGame.round)"
    )
    found["gains"] = np.array(found["gains"]) / np.log(2)
    return found


def text(page, name):
    return page.locator(f"#game-{name}").inner_text().replace("\u00a0", " ")


def test_data_are_json_and_hold_every_array_whole():
    game = digits_game(3)
    game = replace(game, true_levels=2 - game.levels)
    data = json.loads(json.dumps(game_data(game), allow_nan=False))
    kinds = {"templates": "u1", "weights": "<f8", "images": "u1", "true_images": "u1"}
    held = {name: np.frombuffer(base64.b64decode(data[name]), kind) for name, kind in kinds.items()}
    np.testing.assert_array_equal(held["templates"].reshape(200, 2, 64), game.templates)
    np.testing.assert_array_equal(held["weights"], game.weights)
    np.testing.assert_array_equal(held["images"].reshape(10, 64), game.levels)
    np.testing.assert_array_equal(held["true_images"].reshape(10, 64), game.true_levels)
    assert data["shape"] == [8, 8]
    assert data["component_labels"] == game.component_labels.tolist()
    assert data["channel"] == game.channel.tolist()
    assert (data["labels"], data["image_numbers"]) == (game.labels.tolist(), list(range(300, 310)))
    assert (data["confidence"], data["n_pixels_most"]) == (0.9, 30)


def test_section_says_the_rules():
    words = game_section(digits_game(3, confidence=0.975)).text
    assert "dark, middle or bright" in words
    assert "97.5 % probable, or after 30 pixels" in words
    assert "dark or bright" in game_section(digits_game(2)).text


def test_game_is_of_one_channel_and_does_not_change():
    game = digits_game(2, image_shape=(8, 8, 1))
    with pytest.raises(ValueError, match="read-only"):
        game.templates[0, 0, 0] = 1
    assert game_data(game)["shape"] == [8, 8]
    with pytest.raises(InputError, match="one channel"):
        digits_game(2, image_shape=(4, 8, 2))


@pytest.mark.parametrize("n_levels", [2, 3])
def test_posterior_and_gains_are_those_of_the_oracle(play, n_levels):
    game = digits_game(n_levels, confidence=1.0)
    page, oracle = play(game), Oracle(game, 0)
    for row, column in [(2, 5), (0, 0), (4, 3), (7, 7), (5, 2)]:
        found = state(page)
        np.testing.assert_allclose(found["posterior"], oracle.posterior, rtol=0, atol=1e-10)
        np.testing.assert_allclose(found["gains"], oracle.gains, rtol=0, atol=1e-10)
        highest = max(gain for pixel, gain in enumerate(oracle.gains) if pixel not in oracle.pixels)
        assert text(page, "highest") == f"{highest:.3f} bits"
        assert f"{bits(oracle.posterior):.2f} of 3.32 bits still unknown" == text(page, "unknown")
        assert page.locator(".game-share").all_inner_texts() == [f"{100 * p:.1f}\u00a0%" for p in oracle.posterior]
        cell(page, row, column).click()
        oracle.measure(8 * row + column)
        level = game.level_names[game.levels[0, 8 * row + column]]
        assert cell(page, row, column).get_attribute("aria-label") == f"row {row}, column {column}, measured: {level}"
        assert text(page, "message").startswith(f"You measured row {row}, column {column}: {level}. Most probable:")
    assert text(page, "count") == "5 of at most 30 pixels"


@pytest.mark.parametrize("n_levels", [2, 3])
def test_policy_goes_the_way_of_the_oracle_until_it_is_sure(play, n_levels):
    game = digits_game(n_levels)
    page, played = play(game), (Oracle(game, image).play() for image in range(10))
    oracle = next(oracle for oracle in played if oracle.posterior.max() >= game.confidence)
    for _ in range(oracle.image):
        page.get_by_role("button", name="New image").click()
    for n in range(1, len(oracle.pixels) + 1):
        page.get_by_role("button", name="Let the policy choose").click()
        assert state(page)["pixels"] == oracle.pixels[:n]
    found = state(page)
    assert found["over"]
    assert found["policy"] == {"pixels": oracle.pixels, "label": int(oracle.posterior.argmax())}
    assert f"made “{oracle.posterior.argmax()}” {100 * oracle.posterior.max():.1f} % probable" in text(page, "message")
    assert text(page, "your-answer") == text(page, "its-answer")


def test_naming_the_label_ends_the_round_beside_the_policy(play):
    game = digits_game(2)
    page, truth, wrong = play(game), game.labels[:2], (game.labels[1] + 3) % 10
    policies = [Oracle(game, image).play() for image in range(2)]
    cell(page, 3, 4).click()
    cell(page, 4, 4).click()
    page.get_by_role("button", name=f"Name {truth[0]}:").click()
    assert f"You named “{truth[0]}” after 2 pixels. Right: it is “{truth[0]}”." in text(page, "message")
    assert text(page, "your-answer") == f"“{truth[0]}”, right ✓, 2 pixels"
    assert text(page, "its-answer").endswith(f"{len(policies[0].pixels)} pixels")
    page.get_by_role("button", name="New image").click()
    assert not page.locator("#game-result").is_visible()
    cell(page, 3, 4).click()
    page.get_by_role("button", name=f"Name {wrong}:").click()
    assert f"after 1 pixel. Wrong: it is “{truth[1]}”. The policy said" in text(page, "message")
    assert page.locator(".game-mark").nth(wrong).inner_text() == "✗"
    assert page.locator(".game-mark").nth(truth[1]).inner_text() == "✓"
    right = sum(oracle.posterior.argmax() == label for oracle, label in zip(policies, truth, strict=True))
    mean = np.mean([len(oracle.pixels) for oracle in policies])
    assert text(page, "your-score") == "You: 1 of 2 right, 1.5 pixels on average"
    assert text(page, "its-score") == f"The policy: {right} of 2 right, {mean:.1f} pixels on average"


def test_after_the_end_the_image_is_open_and_nothing_more_is_measured(play):
    game = digits_game(2)
    page = play(game)
    cell(page, 3, 4).click()
    page.get_by_role("button", name="Name 8:").click()
    before, score = text(page, "message"), text(page, "your-score")
    words = [f"row {p // 8}, column {p % 8}, not measured: {game.level_names[game.levels[0, p]]}" for p in range(64)]
    words[28] = words[28].replace("not measured", "measured")
    assert page.eval_on_selector_all("#game-board button", "all => all.map((e) => e.ariaLabel)") == words
    cell(page, 0, 0).click()
    page.get_by_role("button", name="Let the policy choose").dispatch_event("click")
    page.locator(".game-label").nth(2).dispatch_event("click")
    assert (text(page, "message"), text(page, "your-score")) == (before, score)
    assert state(page)["pixels"] == [28]


def test_after_noisy_readings_the_image_is_shown_as_it_is(play):
    game = digits_game(2)
    there = game.levels.copy()
    wrong = (28, 29, 50)  # of these the first two are measured
    there[0, wrong] = 1 - there[0, wrong]
    page = play(replace(game, true_levels=there))
    for pixel in (28, 29, 9):
        cell(page, *divmod(pixel, 8)).click()
        level = game.level_names[game.levels[0, pixel]]
        assert cell(page, *divmod(pixel, 8)).get_attribute("aria-label").endswith(f"measured: {level}")
    page.get_by_role("button", name="Name 8:").click()
    words, greys = ["not measured: "] * 64, ["rgb(16, 16, 16)", "rgb(252, 252, 252)"]
    for pixel in (28, 29, 9):
        words[pixel] = "measured: "
    for pixel in range(64):
        words[pixel] += game.level_names[there[0, pixel]]
    for pixel in (28, 29):
        read, level = (game.level_names[of[0, pixel]] for of in (game.levels, there))
        words[pixel] = f"measured: {read}, but it is {level}"
    labels = page.eval_on_selector_all("#game-board button", "all => all.map((e) => e.ariaLabel)")
    assert labels == [f"row {p // 8}, column {p % 8}, {words[p]}" for p in range(64)]
    colours = page.eval_on_selector_all("#game-board button", "all => all.map((e) => e.style.backgroundColor)")
    assert colours == [greys[level] for level in there[0]]
    pictured = page.evaluate(
        "(() => { const { width } = document.getElementById('game-yours'), cell = width / 8;"
        "const { data } = document.getElementById('game-yours').getContext('2d').getImageData(0, 0, width, width);"
        "const middle = (i) => Math.floor((i + 0.5) * cell);"
        "return Array.from({ length: 64 }, (_, p) => data[4 * (middle(Math.floor(p / 8)) * width + middle(p % 8))]);"
        "})()"
    )
    assert pictured == [[16, 252][level] for level in there[0]]
    cell(page, 3, 4).hover()
    assert text(page, "pointed").endswith(words[28].replace(": ", ", "))


def test_budget_ends_the_round_with_the_most_probable_label(play):
    game = digits_game(2, confidence=0.999999, n_pixels_most=2)
    page, oracle = play(game), Oracle(game, 0)
    for pixel in (9, 20):
        cell(page, *divmod(pixel, 8)).click()
        oracle.measure(pixel)
    likely = oracle.posterior.argmax()
    assert text(page, "message").startswith(f"All 2 pixels are used; “{likely}” is most probable.")
    assert text(page, "your-answer").startswith(f"“{likely}”, ")


def test_keyboard_alone_plays_a_round(play):
    page = play(digits_game(2))
    focused = "document.activeElement.ariaLabel || document.activeElement.textContent"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "row 4, column 4, not measured"
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert text(page, "pointed").startswith("Row 4, column 3: expected gain ")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert state(page)["pixels"] == [35, 39]
    for key in ("Home", "ArrowLeft", *["ArrowUp"] * 9):
        page.keyboard.press(key)
    assert page.evaluate(focused) == "row 0, column 0, not measured"
    assert page.locator("#game-board [tabindex='0']").count() == 1
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Let the policy choose"
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate(focused).startswith("Name 0: ")
    page.keyboard.press("Space")
    assert text(page, "message").startswith("You named “0” after 3 pixels.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert text(page, "message").startswith("Image 2 of 10 (test image 301).")
    assert state(page)["pixels"] == []


def test_a_finger_measures_a_pixel(play, browser):
    page = play(digits_game(2))
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    touched = context.new_page()
    touched.goto(page.url)
    cell(touched, 3, 2).tap()
    assert state(touched)["pixels"] == [26]
    context.close()


def test_images_come_in_turn_and_an_unfinished_round_does_not_count(play):
    game = digits_game(2)
    page = play(game)
    for number in [*range(1, 10), 0]:
        page.get_by_role("button", name="New image").click()
        assert page.evaluate("sightbitsGame.round.image") == number
    assert text(page, "your-score") == ""


def test_equally_good_pixels_are_taken_from_the_first(play):
    templates = np.repeat(np.array([[10], [245]], dtype=np.uint8)[:, :, None], 6, axis=2)
    templates[:, :, 0] = 128
    templates[:, :, 2::2] = templates[::-1, :, 2::2]  # the same gain, but for the last digits of its sum
    levels = np.array([[0, 1, 0, 1, 0, 1]], dtype=np.uint8)
    game = Game(
        templates=templates, weights=np.array([0.5, 0.5]), component_labels=np.array([0, 1]), channel=np.eye(2),
        levels=levels, true_levels=levels, image_numbers=np.array([7]), labels=np.array([1]),
        label_names=("<b>&", "</script>"), image_shape=(2, 3), level_names=LEVEL_NAMES[2], confidence=1.0,
        n_pixels_most=100,
    )  # fmt: skip
    page = play(game)
    for _ in range(6):
        page.locator("#game-policy").click()
    assert state(page)["pixels"] == [1, 2, 3, 4, 5, 0]
    assert page.locator(".game-name").all_inner_texts() == ["<b>&", "</script>"]
    assert text(page, "count") == "6 of at most 6 pixels"


def test_reading_that_no_component_allows_changes_nothing(play):
    templates = np.array([[[0, 255, 0, 255]], [[0, 85, 255, 255]]], dtype=np.uint8)
    game = digits_game(
        2, templates=templates, weights=np.array([0.25, 0.75]), component_labels=np.array([3, 4]), channel=np.eye(2),
        levels=np.array([[1, 1, 1, 0]], dtype=np.uint8), image_numbers=np.array([0]), labels=np.array([3]),
        image_shape=(2, 2), confidence=1.0,
    )  # fmt: skip
    page = play(game)
    cell(page, 0, 0).click()
    np.testing.assert_allclose(state(page)["posterior"], [0, 0, 0, 0.25, 0.75, 0, 0, 0, 0, 0])
    assert f"{bits(np.array([0.25, 0.75])):.3f} bits" == text(page, "highest")
    for row, column in [(0, 1), (1, 1)]:
        cell(page, row, column).click()
        np.testing.assert_allclose(state(page)["posterior"], [0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_unmeasured_pixels_look_like_no_level_with_and_without_the_gain(play, scheme):
    game = digits_game(2)
    page = play(game, scheme=scheme)
    dark = int(np.flatnonzero(game.levels[0, :64] == 0)[0])
    cell(page, *divmod(dark, 8)).click()
    grounds = "all => [...new Set(all.map((e) => getComputedStyle(e).backgroundColor))]"
    page.locator("#game-policy").hover()
    assert len(page.eval_on_selector_all("#game-board button:not(.measured)", grounds)) > 5
    assert page.locator("#game-scale").is_visible()
    page.get_by_label("Show the expected gain").uncheck()
    (unknown,) = page.eval_on_selector_all("#game-board button:not(.measured)", grounds)
    (black,) = page.eval_on_selector_all(MEASURED, grounds)
    parts = [np.array(colour.strip("rgb()").split(","), dtype=int) for colour in (unknown, black)]
    assert np.abs(parts[0] - parts[1]).max() > 30
    assert not page.locator("#game-scale").is_visible()
    page.locator("#game-board button").nth(63).hover()
    assert text(page, "pointed") == "Row 7, column 7"


@pytest.mark.parametrize("width", [1280, 390])
def test_large_images_fit_with_cells_of_whole_pixels(play, width):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 30)
    game = digits_game(
        2, templates=rng.integers(0, 256, size=(300, 1, 784), dtype=np.uint8), weights=np.full(300, 1 / 300),
        component_labels=labels, levels=rng.integers(0, 2, size=(10, 784), dtype=np.uint8), image_shape=(28, 28),
        label_names=tuple(f"a label of many words, number {number}" for number in range(10)), confidence=0.9999,
    )  # fmt: skip
    page = play(game, width=width)
    for _ in range(3):
        page.locator("#game-policy").click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator(".game-label").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    sides = page.eval_on_selector_all("[role=gridcell]", "all => [...new Set(all.map((e) => e.offsetWidth))]")
    assert sides == [20 if width == 1280 else 12]
    page.set_viewport_size({"width": 700, "height": 900})
    expect(page.locator("[role=gridcell]").first).to_have_css("width", "20px", timeout=30_000)
