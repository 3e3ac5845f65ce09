import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightbits.datasets.formats import raw
from sightbits.datasets.formats.folders import read_class_folders
from sightbits.datasets.loading import load_dataset
from sightbits.datasets.splitting import split_dataset

Draw = Callable[..., np.ndarray]
CLASSES = ("ant", "bee")


def save(folder: Path, images: list[Image.Image], ending: str = "png", **options: Any) -> Path:
    """Saves images 0, 1, 2, ... as of class ant, bee, ant, ..."""
    for number, image in enumerate(images):
        path = folder / CLASSES[number % 2] / f"{number}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **options)
    return folder


def in_order_of_folders(images: np.ndarray) -> np.ndarray:
    return np.concatenate([images[::2], images[1::2]])


@pytest.fixture
def grey(draw_images: Draw) -> np.ndarray:
    return draw_images(4, 6, 7)


@pytest.fixture
def colour(draw_images: Draw) -> np.ndarray:
    return draw_images(4, 6, 7, 3)


@pytest.fixture
def folder(tmp_path: Path, grey: np.ndarray) -> Path:
    return save(tmp_path / "set", [Image.fromarray(image) for image in grey])


# --- kinds of images ---


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "tif", "tiff", "pgm", "PNG"])
def test_grey_images_come_back(ending: str, tmp_path: Path, grey: np.ndarray) -> None:
    data = load_dataset(save(tmp_path / "set", [Image.fromarray(image) for image in grey], ending))
    np.testing.assert_array_equal(data.images.reshape(4, 6, 7, -1)[..., 0], in_order_of_folders(grey))
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert data.label_names == CLASSES
    assert data.value_range == (0.0, 255.0)
    assert data.in_test is None
    assert data.provenance.name == "set"


@pytest.mark.parametrize("ending", ["png", "bmp", "ppm", "tif"])
def test_colour_images_come_back(ending: str, tmp_path: Path, colour: np.ndarray) -> None:
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in colour], ending))
    np.testing.assert_array_equal(data.images, in_order_of_folders(colour))
    assert data.image_shape == (6, 7, 3)


@pytest.mark.parametrize("shape", [(3, 3), (1, 2), (4, 9)])
def test_colour_images_of_few_rows_keep_their_channels_last(
    shape: tuple[int, int], tmp_path: Path, draw_images: Draw
) -> None:
    images = draw_images(4, *shape, 3)
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in images]))
    np.testing.assert_array_equal(data.images, in_order_of_folders(images))


def test_images_of_two_values_come_back_as_0_and_1(tmp_path: Path, grey: np.ndarray) -> None:
    dark = grey > 128
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in dark]))
    np.testing.assert_array_equal(data.images, in_order_of_folders(dark))
    assert data.value_range == (0.0, 1.0)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_images_of_16_bits_keep_their_values(ending: str, tmp_path: Path, grey: np.ndarray) -> None:
    deep = grey.astype(np.uint16) * 257
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in deep], ending))
    np.testing.assert_array_equal(data.images, in_order_of_folders(deep))
    assert data.images.dtype == np.uint16
    assert data.value_range == (0.0, 65535.0)


def test_images_of_12_bits_in_16_get_the_range_of_12(tmp_path: Path, grey: np.ndarray) -> None:
    deep = grey.astype(np.uint16) * 16
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in deep]))
    assert data.value_range == (0.0, 4095.0)


def test_a_palette_gives_the_colours_it_stands_for(tmp_path: Path, grey: np.ndarray) -> None:
    palette = [value for i in range(256) for value in (i, 255 - i, 7)]
    images = [Image.fromarray(image) for image in grey]
    for image in images:
        image.putpalette(palette)
    data = load_dataset(save(tmp_path, images))
    shown = np.stack([grey, 255 - grey, np.full_like(grey, 7)], axis=-1)
    np.testing.assert_array_equal(data.images, in_order_of_folders(shown))
    assert data.provenance.notes == ()


def test_transparency_is_left_out_and_noted(tmp_path: Path, grey: np.ndarray, colour: np.ndarray) -> None:
    clear = [np.concatenate([image, image[..., :1]], axis=-1) for image in colour]
    data = load_dataset(save(tmp_path / "colour", [Image.fromarray(image) for image in clear]))
    np.testing.assert_array_equal(data.images, in_order_of_folders(colour))
    assert data.provenance.notes == ("transparency was left out",)
    data = load_dataset(save(tmp_path / "grey", [Image.fromarray(np.stack([image, image], -1)) for image in grey]))
    np.testing.assert_array_equal(data.images, in_order_of_folders(grey))
    assert data.provenance.notes == ("transparency was left out",)


def test_a_palette_with_transparent_colours_is_read_without_a_warning(tmp_path: Path, grey: np.ndarray) -> None:
    images = [Image.fromarray(image).convert("P") for image in grey]
    data = load_dataset(save(tmp_path, images, transparency=bytes(range(256))))
    np.testing.assert_array_equal(data.images[..., 0], in_order_of_folders(grey))
    assert data.provenance.notes == ("transparency was left out",)


def test_grey_and_colour_images_together_become_colour(tmp_path: Path, grey: np.ndarray) -> None:
    images = [Image.fromarray(image) for image in grey]
    images[1] = images[1].convert("RGB")
    data = load_dataset(save(tmp_path, images))
    np.testing.assert_array_equal(data.images, np.repeat(in_order_of_folders(grey)[..., None], 3, axis=-1))


def test_images_of_two_values_among_grey_ones_span_the_range(tmp_path: Path, grey: np.ndarray) -> None:
    images = [Image.fromarray(image) for image in grey]
    images[0] = Image.fromarray(grey[0] > 128)
    data = load_dataset(save(tmp_path, images))
    np.testing.assert_array_equal(data.images[0], np.where(grey[0] > 128, 255, 0))


@pytest.mark.parametrize("ending", ["jpg", "jpeg", "webp"])
def test_lossy_images_come_back_nearly(ending: str, tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(16), np.arange(24)).astype(np.uint8)
    images = [Image.fromarray(smooth * scale) for scale in (1, 5)]
    data = load_dataset(save(tmp_path, images, ending, quality=95))
    for found, scale in zip(data.images, (1, 5), strict=True):
        assert np.abs(found.reshape(16, 24, -1)[..., 0].astype(int) - smooth.astype(int) * scale).max() <= 8


# --- folders ---


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Training", "Test"), ("TRAIN", "testing")])
def test_folders_train_and_test_are_an_official_split(train: str, test: str, tmp_path: Path, grey: np.ndarray) -> None:
    images = [Image.fromarray(image) for image in grey]
    save(tmp_path / train, images)
    save(tmp_path / test, images[:2])
    data = load_dataset(tmp_path)
    assert data.in_test is not None
    assert data.in_test.tolist() == [False] * 4 + [True] * 2
    assert data.labels.tolist() == [0, 0, 1, 1, 0, 1]
    assert data.label_names == CLASSES
    kept, held_out = split_dataset(data, 0)
    np.testing.assert_array_equal(kept.images, in_order_of_folders(grey))
    np.testing.assert_array_equal(held_out.images, grey[:2])


@pytest.mark.parametrize("name", ["Validation", "valid", "val"])
def test_a_part_for_validation_is_held_out_where_there_is_no_other(name: str, tmp_path: Path, grey: np.ndarray) -> None:
    images = [Image.fromarray(image) for image in grey]
    save(tmp_path / "Training", images)
    save(tmp_path / name, images[:2])
    data = load_dataset(tmp_path)
    assert data.in_test is not None
    assert data.in_test.tolist() == [False] * 4 + [True] * 2
    assert data.provenance.notes == ()
    save(tmp_path / "Test", images[2:])
    data = load_dataset(tmp_path)
    np.testing.assert_array_equal(data.images[4:], grey[2:])
    assert data.provenance.notes == (
        f"{name.lower()} was left out: training and test are the training and the test part",
    )


@pytest.mark.parametrize(
    "parts", [("",), ("Training", "Test"), ("train", "validation"), ("train", "Validation", "test")]
)
@pytest.mark.parametrize("top", [".", "set", "set/of/images"])
def test_an_archive_is_read_as_its_folder_is(
    top: str, parts: tuple[str, ...], tmp_path: Path, draw_images: Draw
) -> None:
    folder = tmp_path / "folder"
    for seed, part in enumerate(parts):
        images = draw_images(4, 6, 7, seed=seed)
        save(folder / part, [Image.fromarray(image) for image in images])
    (folder / "readme.txt").write_text("about")
    for stray in (folder / "stray.png", folder / parts[0] / ".cache" / "x.png", folder / parts[0] / "ant/deep/x.png"):
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(b"in no class")
    path = tmp_path / "set.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, top)
    found, wanted = read_class_folders(path, limit=7), read_class_folders(folder, limit=7)
    np.testing.assert_array_equal(found.images, wanted.images)
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_array_equal(found.in_test, wanted.in_test)
    assert found.notes == wanted.notes
    assert len(found.notes) == max(0, len(parts) - 2)


def test_classes_around_others_are_not_taken_for_parts(tmp_path: Path, grey: np.ndarray) -> None:
    save(tmp_path / "train", [Image.fromarray(image) for image in grey])
    with tarfile.open(tmp_path / "set.tar", "w") as tar:
        tar.add(tmp_path / "train", "train")
    found = read_class_folders(tmp_path / "set.tar")
    assert found.in_test is None
    assert found.labels.tolist() == ["ant", "ant", "bee", "bee"]


def test_an_archive_without_images_in_folders_is_refused(tmp_path: Path, refused: Any) -> None:
    (tmp_path / "x.png").write_bytes(b"x")
    with tarfile.open(tmp_path / "set.tar", "w") as tar:
        tar.add(tmp_path / "x.png", "x.png")
    with refused(f"{tmp_path / 'set.tar'}: ", "no image files in sub-folders"):
        read_class_folders(tmp_path / "set.tar")


def test_folders_of_images_named_train_and_test_are_classes(tmp_path: Path, grey: np.ndarray) -> None:
    for name, image in zip(("test", "train"), grey, strict=False):
        (tmp_path / name).mkdir()
        Image.fromarray(image).save(tmp_path / name / "0.png")
    data = load_dataset(tmp_path)
    assert data.label_names == ("test", "train")
    assert data.in_test is None


def test_a_stated_range_goes_before_the_formats_own(folder: Path) -> None:
    assert load_dataset(folder, value_range=(0.0, 1023.0)).value_range == (0.0, 1023.0)


def test_what_is_no_image_is_passed_over(folder: Path, grey: np.ndarray) -> None:
    (folder / "readme.txt").write_text("about")
    (folder / "stray.png").write_bytes(b"not in a class")
    (folder / "ant" / "notes.csv").write_text("1,2")
    (folder / "ant" / ".hidden.png").write_bytes(b"junk")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.png").write_bytes(b"junk")
    (folder / "empty").mkdir()
    data = load_dataset(folder)
    np.testing.assert_array_equal(data.images, in_order_of_folders(grey))
    assert data.label_names == CLASSES


def test_a_limit_reads_evenly_strided_files_and_no_others(tmp_path: Path) -> None:
    images = [Image.fromarray(np.full((2, 5), number, dtype=np.uint8)) for number in range(22)]
    for number, image in enumerate(images):
        path = tmp_path / CLASSES[number // 11] / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        image.save(path)
    (tmp_path / "ant" / "01.png").write_bytes(b"damaged, and not among the chosen")
    data = load_dataset(tmp_path, limit=8)
    assert data.images[:, 0, 0].tolist() == [0, 3, 6, 9, 12, 15, 18, 21]
    assert data.labels.tolist() == [0] * 4 + [1] * 4


def test_a_limit_leaves_images_in_both_parts_of_an_official_split(tmp_path: Path, grey: np.ndarray) -> None:
    images = [Image.fromarray(image) for image in grey]
    save(tmp_path / "train", images * 5)
    save(tmp_path / "test", images[:2])
    data = load_dataset(tmp_path, limit=3)
    assert data.in_test is not None
    assert data.in_test.tolist() == [False, False, True]


# --- scaling ---


@pytest.mark.parametrize("mode", ["L", "RGB", "1", "I;16"])
def test_images_of_mixed_sizes_are_scaled_on_request(mode: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label, size in (("ant", (8, 6)), ("bee", (4, 3))):
        (tmp_path / label).mkdir()
        values = rng.integers(0, 200, size=(size[1], size[0]))
        if mode == "I;16":
            picture = Image.fromarray((values * 300).astype(np.uint16))
        else:
            picture = Image.fromarray(values.astype(np.uint8)).convert(mode)
        picture.save(tmp_path / label / "0.png")
    data = load_dataset(tmp_path, scale_to=(3, 4))
    assert data.image_shape[:2] == (3, 4)
    if mode == "I;16":
        covered = np.asarray(Image.open(tmp_path / "ant" / "0.png")).reshape(3, 2, 4, 2).mean(axis=(1, 3))
        np.testing.assert_allclose(data.images[0], covered, atol=0.51)


def test_every_scaled_pixel_is_the_mean_of_what_it_covers(tmp_path: Path, draw_images: Draw) -> None:
    images = draw_images(4, 6, 8)
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in images]), scale_to=(3, 2))
    means = in_order_of_folders(images).reshape(4, 3, 2, 2, 4).mean(axis=(2, 4))
    assert data.image_shape == (3, 2)
    assert data.images.dtype == np.uint8
    np.testing.assert_allclose(data.images, means, atol=1.0)  # rounded once along each axis


def test_a_larger_image_is_scaled_to_the_size_of_the_others(folder: Path, grey: np.ndarray) -> None:
    Image.fromarray(np.repeat(np.repeat(grey[1], 2, axis=0), 3, axis=1)).save(folder / "bee" / "1.png")
    data = load_dataset(folder, scale_to=(6, 7))
    np.testing.assert_array_equal(data.images, in_order_of_folders(grey))


def test_scaled_images_of_two_values_become_grey(tmp_path: Path) -> None:
    chequered = np.indices((4, 4)).sum(axis=0) % 2 == 1
    white = np.ones((4, 4), dtype=bool)
    data = load_dataset(save(tmp_path, [Image.fromarray(chequered), Image.fromarray(white)]), scale_to=(2, 2))
    assert data.value_range == (0.0, 255.0)
    np.testing.assert_allclose(data.images[0], 127.5, atol=0.51)
    assert (data.images[1] == 255).all()


def test_scaled_images_keep_their_colours(tmp_path: Path, draw_images: Draw) -> None:
    images = draw_images(2, 6, 8, 3)
    data = load_dataset(save(tmp_path, [Image.fromarray(image) for image in images]), scale_to=(6, 4))
    np.testing.assert_allclose(data.images, images.reshape(2, 6, 4, 2, 3).mean(axis=3), atol=0.51)


@pytest.mark.parametrize("size", [(0, 5), (-3, -3), (5,), (5, 5, 3), ()])
def test_a_size_that_is_not_rows_and_columns_is_refused(size: tuple[int, ...], folder: Path, refused: Any) -> None:
    with refused("scale-to: ", "rows and columns, each at least 1", "Say 64x64"):
        load_dataset(folder, scale_to=size)


def test_a_size_that_would_not_fit_in_memory_is_refused(folder: Path, refused: Any) -> None:
    with refused(f"{folder}: ", "at most 8 GiB"):
        load_dataset(folder, scale_to=(10**5, 10**5))


# --- what cannot be used ---


@pytest.mark.parametrize("files", [[], ["1.png"], ["ant/notes.txt"], ["ant/inner/1.png"]])
def test_a_folder_without_images_in_sub_folders_is_refused(files: list[str], tmp_path: Path, refused: Any) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2)).save(tmp_path / name, "PNG")
    with refused(f"{tmp_path}: ", "one sub-folder a class", "no image files in sub-folders", "Sort the images"):
        load_dataset(tmp_path)


def test_one_class_alone_is_refused(folder: Path, refused: Any) -> None:
    (folder / "bee").rename(folder.parent / "bee")
    with refused("labels: ", "at least two classes", "only ant"):
        load_dataset(folder)


def test_constant_images_are_refused(tmp_path: Path, refused: Any) -> None:
    with refused("images: ", "images that differ", "the value 9 in every pixel"):
        load_dataset(save(tmp_path, [Image.new("L", (4, 5), 9)] * 4))


def test_images_of_mixed_sizes_are_refused(folder: Path, refused: Any) -> None:
    odd = folder / "bee" / "1.png"
    Image.new("L", (8, 6)).save(odd)
    with refused(f"{folder}: ", "images of one size", "3 of 7x6, 1 of 8x6", str(odd), "--scale-to"):
        load_dataset(folder)


@pytest.mark.parametrize("n_bytes", [0, 4, 20, 40, 70, -30])
def test_an_image_cut_short_is_refused(n_bytes: int, folder: Path, refused: Any) -> None:
    path = folder / "bee" / "1.png"
    path.write_bytes(path.read_bytes()[:n_bytes])
    with refused(f"{path}: ", "a whole image file", "cannot be read", "Remove it, or save it again"):
        load_dataset(folder)


def test_an_image_with_other_bytes_inside_is_refused(folder: Path, refused: Any) -> None:
    path = folder / "bee" / "1.png"
    content = bytearray(path.read_bytes())
    content[50:70] = bytes(20)
    path.write_bytes(content)
    with refused(f"{path}: ", "a whole image file"):
        load_dataset(folder)


def test_a_file_that_is_no_image_is_refused(folder: Path, refused: Any) -> None:
    path = folder / "ant" / "text.png"
    path.write_text("this is text")
    with refused(f"{path}: ", "a whole image file", "cannot identify"):
        load_dataset(folder)


def test_images_of_8_and_16_bits_together_are_refused(folder: Path, grey: np.ndarray, refused: Any) -> None:
    Image.fromarray(grey[0].astype(np.uint16) * 257).save(folder / "ant" / "deep.png")
    with refused(f"{folder}: ", "one depth", "modes I;16, L", "Save them alike"):
        load_dataset(folder)


def test_float_images_are_refused(tmp_path: Path, grey: np.ndarray, refused: Any) -> None:
    images = [Image.fromarray(image.astype(np.float32) / 255) for image in grey]
    with refused("whole grey values", "modes F", "cut off at 255"):
        load_dataset(save(tmp_path, images, "tif"))


@pytest.mark.parametrize(("factor", "words"), [(1000, "0 to 255000"), (-1, "-255 to 0")])
def test_values_beyond_16_bits_are_refused(
    factor: int, words: str, tmp_path: Path, grey: np.ndarray, refused: Any
) -> None:
    images = [Image.fromarray(image.astype(np.int32) * factor) for image in grey]
    with refused("0.tif: ", "at most 16 bits", words, "Scale"):
        load_dataset(save(tmp_path, images, "tif"))


@pytest.mark.parametrize("most_pixels", [6 * 7 - 1, 6 * 7 // 3])
def test_an_image_of_too_many_pixels_is_refused(
    most_pixels: int, folder: Path, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most_pixels)
    before = warnings.filters.copy()
    with refused(".png: ", "an image of ordinary size", "42 pixels", "Scale it down"):
        load_dataset(folder)
    assert warnings.filters == before


def test_a_folder_that_would_not_fit_in_memory_is_refused(
    tmp_path: Path, colour: np.ndarray, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(tmp_path, [Image.fromarray(image) for image in colour])
    monkeypatch.setattr(raw, "MOST_BYTES", 4 * 6 * 7 * 3)
    assert len(read_class_folders(folder).images) == 4
    monkeypatch.setattr(raw, "MOST_BYTES", 4 * 6 * 7 * 3 - 1)
    with refused(f"{folder}: ", "GiB", "Make a smaller file"):
        read_class_folders(folder)
    assert len(read_class_folders(folder, limit=3).images) == 3
