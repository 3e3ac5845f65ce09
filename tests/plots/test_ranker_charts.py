"""The pictures of several rankers, and of one pixel beside every other one."""

import re
import warnings
from functools import cache

import altair as alt
import numpy as np
import pytest

import sightbits as sb
from sightbits.plots import pictures
from sightbits.plots.export import write_picture
from sightbits.plots.pixel_audit.data import default_k, readable
from sightbits.plots.pixel_audit.rankers import curves
from sightbits.selection.rankers import RANKERS
from sightbits.studies.pixel_audit import COMPARED_RANKERS

QUICK = {"classifier": "naive_bayes", "permutations": 0, "resamples": 2}
NEW = ("rankers", "ranker_rings", "redundancy")
pictures_of = cache(pictures)


@pytest.fixture(scope="module")
def audit():
    data = sb.load_dataset("digits").take(slice(400))
    return sb.audit_pixels(data, rankers=COMPARED_RANKERS, forbidden=[(2, 5), (0, 0)], n_pixels=[1, 3, 8, 62], **QUICK)


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(80, 6, 7, 3)).astype(np.uint8)
    images[:, 2, 3, 1] = 255 * (np.arange(80) % 2)
    return sb.audit_pixels(images, np.arange(80) % 2, rankers=["jmi", "greedy_joint"], n_pixels=[1, 9], **QUICK)


@pytest.fixture(scope="module")
def drawn(audit):
    return pictures_of(audit)


def every(spec, key):
    """Return every value that stands under a key, however deep."""
    found = [spec[key]] if isinstance(spec, dict) and key in spec else []
    below = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ()
    return found + [value for part in below for value in every(part, key)]


def inks(audit):
    scale = next(
        one for one in every(curves(audit).to_dict(), "scale") if "mutual information" in one.get("domain", ())
    )
    return dict(zip(scale["domain"], scale["range"], strict=True))


@pytest.mark.parametrize("name", NEW)
def test_new_pictures_are_valid_and_whole_in_themselves(drawn, name):
    spec = drawn[name].spec()
    alt.Chart.from_dict(drawn[name].chart.to_dict())
    named = {one["name"] for one in every(drawn[name].chart.to_dict(), "data")}
    assert named == set(spec["datasets"])
    assert all(spec["datasets"].values())
    assert not every(spec, "url")


@pytest.mark.parametrize("name", NEW)
def test_new_pictures_are_written_without_a_warning(drawn, coloured, tmp_path, name, capfd):
    for which, picture in (("grey", drawn[name]), ("colour", pictures_of(coloured)[name])):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            svg, png = write_picture(picture, tmp_path / which)
        assert "NaN" not in svg.read_text()
        assert png.stat().st_size > 5_000
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_without_others_rankers_have_no_picture():
    audit = sb.audit_pixels("digits", n_pixels=[1], **QUICK)
    assert {"rankers", "ranker_rings"}.isdisjoint(pictures_of(audit))
    assert "rank_mutual_information" not in pictures_of(audit)["audit"].datasets["pixels"][0]


def test_every_ranker_has_a_line_of_every_point(audit, drawn):
    rows = drawn["rankers"].datasets["rankers"]
    assert [(row["ranker"], row["n_pixels"]) for row in rows] == [
        (readable(name), k) for name in COMPARED_RANKERS for k in (1, 3, 8, 62)
    ]
    for row in rows:
        curve = audit.ranked[row["ranker"].replace(" ", "_")].curve
        at = curve.n_pixels.index(row["n_pixels"])
        assert (row["accuracy"], row["low"], row["high"]) == (curve.accuracy[at], curve.low[at], curve.high[at])


def test_every_two_rankers_have_their_overlap(audit, drawn):
    rows = drawn["rankers"].datasets["overlap"]
    k = default_k(audit)
    names = [readable(name) for name in COMPARED_RANKERS]
    assert [(row["first"], row["second"]) for row in rows] == [(a, b) for a in names for b in names]
    for row in rows:
        first, second = (audit.ranked[row[side].replace(" ", "_")].first(k) for side in ("first", "second"))
        assert row["jaccard"] == round(len(first & second) / len(first | second), 4)


def test_rings_are_around_the_first_pixels_of_each_ranker(audit, drawn):
    picture = drawn["ranker_rings"]
    rows = picture.datasets["pixels"]
    for name, one in audit.ranked.items():
        assert [row[f"rank_{name}"] for row in rows] == one.ranks.tolist()
    filters = set(re.findall(r"datum\.(rank_\w+) <= k", str(picture.chart.to_dict())))
    assert filters == {f"rank_{name}" for name in COMPARED_RANKERS}
    titles = [one["title"] for one in picture.chart.to_dict()["concat"]]
    assert titles == [readable(name) for name in COMPARED_RANKERS]
    k = {param["name"]: param["value"] for param in picture.chart.to_dict()["params"] if "value" in param}["k"]
    assert k == default_k(audit)
    assert f"The first {k} pixels of each ranker" in str(picture.chart.to_dict())


def test_forbidden_pixels_have_no_ring_at_any_k(audit, drawn):
    for name in COMPARED_RANKERS:
        ranks = {(row["row"], row["column"]): row[f"rank_{name}"] for row in drawn["audit"].datasets["pixels"]}
        assert ranks[2, 5] == ranks[0, 0] == 65
        assert max(rank for place, rank in ranks.items() if place not in {(2, 5), (0, 0)}) == 62


def test_inks_of_rankers_do_not_depend_on_who_is_compared(audit):
    data = sb.load_dataset("digits").take(slice(200))
    options = {"classifier": "naive_bayes", "permutations": 0, "resamples": 0, "n_pixels": [1]}
    everyone = inks(audit)
    assert len(set(everyone.values())) == len(COMPARED_RANKERS)
    for ranker, others in (("mrmr", ["mutual_information"]), ("random", ["greedy_joint", "mutual_information"])):
        few = inks(sb.audit_pixels(data, ranker=ranker, rankers=others, **options))
        assert len(few) == len(others) + 1
        assert few.items() <= everyone.items()


def test_every_ranker_there_is_has_an_ink_of_its_own():
    data = sb.dataset_from_arrays(np.arange(240, dtype=np.uint8).reshape(60, 2, 2), np.arange(60) % 2)
    audit = sb.audit_pixels(data, rankers=tuple(RANKERS), n_pixels=[1], **QUICK)
    found = inks(audit)
    assert set(found) == {readable(name) for name in RANKERS}
    assert len(set(found.values())) == len(RANKERS)
    assert all(re.fullmatch("#[0-9a-f]{6}", ink) for ink in found.values())


def test_pairs_are_those_of_the_first_pixel_in_the_unit(audit, drawn):
    rows = drawn["redundancy"].datasets["pairs"]
    best = int(audit.redundancy.references[0])
    assert best == audit.ranking[0]
    beside = audit.redundancy.beside(best)
    assert [number for number, row in enumerate(rows) if row["chosen"]] == [best]
    for number, row in enumerate(rows):
        assert (row["row"], row["column"], row["channel"]) == (number // 8, number % 8, 0)
        if number == best:
            assert (row["shared"], row["given"], row["interaction"]) == (None, None, None)
            continue
        for name in ("shared", "given", "interaction"):
            bits = getattr(beside, name)[number] / np.log(2)
            assert row[name] == pytest.approx(bits, rel=1e-4, abs=1e-9)


def test_scales_of_pairs_hold_every_pair(audit, drawn):
    pairs = audit.redundancy
    scales = {
        one["field"]: one["scale"] for one in every(drawn["redundancy"].chart.to_dict(), "color") if "scale" in one
    }
    interaction, shared = scales["interaction"]["domain"], scales["shared"]["domain"]
    assert interaction[0] == -interaction[2]
    assert (interaction[1], shared[0], scales["given"]["domain"][0]) == (0, 0, 0)
    for name in ("shared", "given", "interaction"):
        found = [np.delete(getattr(pairs.beside(int(pixel)), name), pixel) for pixel in pairs.references]
        assert scales[name]["domain"][-1] == pytest.approx(np.abs(found).max() / np.log(2), rel=1e-5)


def test_title_of_pairs_says_which_pixel(audit, drawn):
    row, column = audit.best_pixel
    assert drawn["redundancy"].chart.to_dict()["title"] == f"Every pixel beside row {row}, column {column}"


def test_colour_images_show_the_channel_of_the_first_pixel(coloured):
    assert coloured.best_pixel == (2, 3, 1)
    picture = pictures_of(coloured)["redundancy"]
    values = {param["name"]: param["value"] for param in picture.chart.to_dict()["params"] if "value" in param}
    assert values["channel"] == 1
    assert len(picture.datasets["pairs"]) == 126


def test_pixels_that_never_change_leave_no_pairs_to_draw():
    images = np.zeros((60, 3, 4), dtype=np.uint8)
    images[45:] = np.arange(12).reshape(3, 4)
    data = sb.dataset_from_arrays(images, np.arange(60) % 2, in_test=np.arange(60) >= 45)
    audit = sb.audit_pixels(data, rankers=["jmi"], n_pixels=[1, 12], **QUICK)
    assert "redundancy" not in pictures_of(audit)
    assert "rankers" in pictures_of(audit)
