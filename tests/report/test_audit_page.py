"""The audit's page in a real browser: offline, silent, and answering to the reader."""

import re

import pytest


def signal(page, figure, name):
    return page.evaluate(f"sightbitsPage.views.get('{figure}').signal('{name}')")


def test_page_draws_every_figure_in_one_file(open_page, digits_report):
    page = open_page(digits_report)
    figures = page.locator("[data-figure]")
    assert figures.count() == 18
    visible = [figures.nth(i) for i in range(18) if figures.nth(i).is_visible()]
    assert len(visible) == 16
    assert all(figure.locator("canvas").count() == 1 for figure in visible)
    assert digits_report.stat().st_size < 2_000_000


def test_policy_admits_nothing_from_outside(digits_report):
    html = digits_report.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe" not in policy
    assert not re.search(r'(src|href)="(?!data:)', html.split("<script>")[0])


def test_slider_moves_rings_curve_and_words_together(open_page, digits_report):
    page = open_page(digits_report)
    page.locator("#k").fill("1")
    assert page.locator("#k-value").text_content() == "5"
    assert "accuracy 66.2 %" in page.locator("#k-accuracy").text_content()
    assert signal(page, "information_map", "k") == 5
    assert signal(page, "accuracy_curve", "k") == 5
    assert signal(page, "stability_map", "k") == 5
    page.locator("#k").press("ArrowRight")
    assert page.locator("#k-value").text_content() == "20"


def test_stability_is_that_of_the_chosen_k(open_page, digits_report):
    page = open_page(digits_report)
    total = "sightbitsPage.views.get('stability_map').data('pixels').reduce((sum, row) => sum + row.stability, 0)"
    for index, k in enumerate((1, 5, 20, 64)):
        page.locator("#k").fill(str(index))
        assert page.evaluate(total) == pytest.approx(k, abs=0.01)


def test_choosing_a_pixel_looks_into_it(open_page, digits_report):
    page = open_page(digits_report)
    assert (page.locator("#pixel-row").input_value(), page.locator("#pixel-column").input_value()) == ("2", "5")
    canvas = page.locator("[data-figure=variance_map] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    cell = signal(page, "variance_map", "cell")
    origin = page.evaluate("sightbitsPage.views.get('variance_map').origin()")
    padding = page.evaluate("sightbitsPage.views.get('variance_map').padding()")
    x = box["x"] + origin[0] + padding["left"] + 2.5 * cell
    y = box["y"] + origin[1] + padding["top"] + 4.5 * cell
    page.mouse.click(x, y)
    assert (page.locator("#pixel-row").input_value(), page.locator("#pixel-column").input_value()) == ("4", "2")
    means = page.evaluate("sightbitsPage.views.get('profile_label_mean').data('profile').map((row) => row.label_mean)")
    assert [round(mean, 1) for mean in means] == [11.3, 7.2, 1.2, 1.2, 14.4, 7.7, 14.6, 8.6, 6.9, 3.0]


def test_pointing_at_a_pixel_shows_its_value_with_the_unit(open_page, digits_report):
    page = open_page(digits_report)
    canvas = page.locator("[data-figure=information_map] canvas")
    canvas.hover()
    text = page.locator("#vg-tooltip-element.visible").text_content()
    assert "information, bits" in text
    assert "by chance, bits" in text


def test_small_maps_switch_and_leave_missing_values_out(open_page, digits_report):
    page = open_page(digits_report)
    page.get_by_label("if bright").check()
    page.evaluate(
        "async () => { for (let frame = 0; frame < 2000 && !sightbitsPage.views.has('label_given_bright'); frame++) "
        "await new Promise(requestAnimationFrame); }"
    )
    assert page.locator("[data-figure=label_given_bright]").is_visible()
    assert not page.locator("[data-figure=label_mean]").is_visible()
    rows = page.evaluate("sightbitsPage.views.get('label_given_bright').data('labels').length")
    assert 0 < rows < 640


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(open_page, check_widths, digits_report, width, scheme):
    page = open_page(digits_report, width=width, scheme=scheme)
    check_widths(page, width)
    cell = signal(page, "information_map", "cell")
    assert cell == int(cell)


def test_dark_mode_turns_ground_and_inks(open_page, digits_report):
    light, dark = (open_page(digits_report, scheme=scheme) for scheme in ("light", "dark"))
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(ground) != dark.evaluate(ground)
    assert signal(light, "label_mean", "missing") != signal(dark, "label_mean", "missing")


def test_names_of_labels_are_text_whatever_they_hold(open_page, coloured_report):
    page = open_page(coloured_report)
    labels = page.evaluate("sightbitsPage.views.get('profile_label_mean').data('profile').map((row) => row.label)")
    assert labels == ["</script><script>alert(1)</script>", "<b>&\"'"]


def test_colour_images_show_one_channel_at_a_time(open_page, coloured_report):
    page = open_page(coloured_report)
    assert page.locator("#pixel-channel").input_value() == "1"
    assert signal(page, "information_map", "channel") == 1
    page.locator("#pixel-channel").fill("2")
    page.locator("#pixel-channel").press("Enter")
    assert signal(page, "information_map", "channel") == 2
    page.locator("#channel").select_option("0")
    assert signal(page, "information_map", "channel") == 0
    assert page.locator("#pixel-channel").input_value() == "0"


def test_best_pixels_stand_in_a_table_too(open_page, digits_report):
    page = open_page(digits_report)
    first = page.locator("#best-rows tr").first.locator("td").all_text_contents()
    assert first[:4] == ["1", "2", "5", "0.6867"]
    assert page.locator("#best-rows tr").count() == 12
