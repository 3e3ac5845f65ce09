"""An audit of images that are read a chunk at a time, beside one of the same images in memory."""

import os
import signal

import distributed
import numpy as np
import pytest
import zarr

import sightbits as sb
from sightbits.core.streams import tally
from sightbits.datasets.streams import raw

QUICK = {"n_pixels": [3], "resamples": 0}


@pytest.fixture(scope="module")
def digits():
    return sb.load_dataset("digits")


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(raw, "PART_BYTES", 64 * 250)
    monkeypatch.setattr(raw, "CHUNK_BYTES", 64 * 90)


def store(folder, **arrays):
    path = folder / "digits.zarr"
    group = zarr.open_group(str(path), mode="w")
    for name, array in arrays.items():
        made = group.create_array(name, shape=array.shape, chunks=(40, *array.shape[1:]), dtype=array.dtype)
        made[:] = array
    return str(path)


def check_same(streamed, in_memory, rounding=1e-12):
    for name, want in in_memory.pixel_maps().items():
        found = streamed.pixel_maps()[name].astype(float)
        np.testing.assert_allclose(found, want.astype(float), atol=rounding, rtol=1e-6, err_msg=name)
    np.testing.assert_array_equal(streamed.maps.constant, in_memory.maps.constant)
    np.testing.assert_array_equal(streamed.maps.label_count, in_memory.maps.label_count)
    np.testing.assert_array_equal(streamed.ranking, in_memory.ranking)
    np.testing.assert_array_equal(streamed.curve.accuracy, in_memory.curve.accuracy)


@pytest.mark.parametrize(
    "options",
    [
        {"permutations": 0},
        {"permutations": 4, "estimator": "miller_madow"},
        {"levels": 3, "permutations": 2},
        {"split": "all", "permutations": 0, "levels": 5},
    ],
)
def test_of_a_store_with_an_official_split(digits, tmp_path, small_parts, options):
    whole = digits.images.astype(np.uint8)
    in_test = np.arange(1797) >= 1300
    path = store(
        tmp_path,
        images=whole[:1300],
        labels=digits.labels[:1300],
        test_images=whole[1300:],
        test_labels=digits.labels[1300:],
    )
    stream = sb.open_images(path)
    assert len(stream.parts) == 9
    in_memory = sb.dataset_from_arrays(whole, digits.labels, in_test=in_test)
    check_same(sb.audit_pixels(stream, **QUICK, **options), sb.audit_pixels(in_memory, **QUICK, **options))


def test_of_a_store_without_a_split_maps_describe_all_images(digits, tmp_path, small_parts):
    path = store(tmp_path, images=digits.images.astype(np.uint8), labels=digits.labels)
    streamed = sb.audit_pixels(sb.open_images(path), **QUICK)
    in_memory = sb.audit_pixels(digits, split="all", permutations=0, **QUICK)
    check_same(streamed, in_memory)
    assert streamed.settings.split == "all"
    assert streamed.maps.information.null == "g_test"


def test_of_floats(digits, tmp_path, small_parts):
    images = digits.images / 16 * 0.9
    streamed = sb.audit_pixels(sb.open_images(store(tmp_path, images=images, labels=digits.labels)), **QUICK)
    in_memory = sb.audit_pixels(images, digits.labels, split="all", permutations=0, **QUICK)
    check_same(streamed, in_memory)


def test_with_tables_too_large_for_one_pass(digits, tmp_path, small_parts, monkeypatch):
    monkeypatch.setattr(tally, "_MOST_BYTES", 8 * 10 * 19 * 30)  # thirty pixels of 17 levels and two halves
    path = store(tmp_path, images=digits.images.astype(np.uint8), labels=digits.labels)
    streamed = sb.audit_pixels(sb.open_images(path), **QUICK)
    check_same(streamed, sb.audit_pixels(digits, split="all", permutations=0, **QUICK))


@pytest.mark.parametrize("chunked", [True, False])
def test_all_but_maps_rests_on_a_sample(digits, tmp_path, chunked):
    path = store(tmp_path, images=digits.images.astype(np.uint8), labels=digits.labels)
    source = sb.open_images(path) if chunked else digits
    audit = sb.audit_pixels(source, sample=400, split="all", permutations=0, **QUICK)
    assert (audit.n_images, audit.n_sampled, audit.maps.n_images) == (1797, 400, 1797)
    few = digits.take(np.linspace(0, 1796, 400).round().astype(int))
    alone = sb.audit_pixels(few, permutations=0, **QUICK)
    np.testing.assert_array_equal(audit.ranking, alone.ranking)
    np.testing.assert_array_equal(audit.curve.accuracy, alone.curve.accuracy)
    assert audit.curve.n_test == 100
    assert "rest on 400 of 1,797 images" in audit.sample_note
    assert audit.to_dict()["source"]["n_sampled"] == 400
    assert alone.sample_note == ""


def test_on_a_cluster_with_a_worker_killed_on_the_way(digits, tmp_path, small_parts):
    path = store(tmp_path, images=digits.images.astype(np.uint8), labels=digits.labels)
    killed = []

    def kill_one(task, done, total):
        if task == "reading images" and not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):
        # The limits of this process do not hold in workers, so parts are cut here and sent.
        stream = sb.open_images(path, scheduler=client)
        audit = sb.audit_pixels(stream, scheduler=client, progress=kill_one, **QUICK)
    assert killed
    check_same(audit, sb.audit_pixels(digits, split="all", permutations=0, **QUICK))


def test_what_looks_at_all_images_at_once_is_refused_before_any_is_read(digits, tmp_path):
    stream = sb.open_images(store(tmp_path, images=digits.images.astype(np.uint8), labels=digits.labels))
    with pytest.raises(sb.InputError, match="estimator: wanted one that counts"):
        sb.audit_pixels(stream, estimator="knn")
    with pytest.raises(sb.InputError, match="split: wanted train or all"):
        sb.audit_pixels(stream, split="test")
    with pytest.raises(sb.InputError, match="four times as many images as classes"):
        sb.audit_pixels(stream, sample=30)
    with pytest.raises(sb.InputError, match="forbidden: wanted a place in images of 8 x 8"):
        sb.audit_pixels(stream, forbidden=[(8, 0)])
    with pytest.raises(sb.InputError, match="sample: wanted a whole number at least 2"):
        sb.audit_pixels(stream, sample=1)
