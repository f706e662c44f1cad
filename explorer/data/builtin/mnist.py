"""MNIST and its like: 10,000 pictures of MNIST that ship with the program, and the published files of three sets.

The published files are downloaded, or read from a folder of the user.
"""

from collections.abc import Sequence

from explorer.assets import asset
from explorer.config import DataConfig
from explorer.data.builtin.download import Published, is_offline_ready, provide
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.sources.idx import load_folder

MNIST = Published(
    name="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    sha256={
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    aliases=("mnist/raw", "MNIST", "MNIST/raw"),
)

FASHION_MNIST = Published(
    name="fashion-mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    sha256={
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
    aliases=("fashion_mnist", "FashionMNIST", "FashionMNIST/raw"),
)

KMNIST = Published(
    name="kmnist",
    mirrors=(
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    sha256={
        "train-images-idx3-ubyte.gz": "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "train-labels-idx1-ubyte.gz": "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "t10k-images-idx3-ubyte.gz": "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "t10k-labels-idx1-ubyte.gz": "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
    aliases=("KMNIST", "KMNIST/raw"),
)

_DIGITS = tuple(str(digit) for digit in range(10))
_CLOTHES = (
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
)
_HIRAGANA = ("お o", "き ki", "す su", "つ tsu", "な na", "は ha", "ま ma", "や ya", "れ re", "を wo")


@register(
    "mnist-small",
    title="MNIST 28×28",
    summary="10,000 handwritten digits of 28×28 pixels, ten classes, drawn from MNIST; comes with the program.",
)
def load_mnist_small(config: DataConfig, context: LoadContext) -> Dataset:
    """Load 8,000 training and 2,000 test pictures of MNIST; ``resources/mnist-small/README.md`` says which.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", http://yann.lecun.com/exdb/mnist.
    """
    return load_folder(asset("mnist-small"), config, context, name="mnist-small", class_names=_DIGITS)


def _register(published: Published, title: str, summary: str, class_names: Sequence[str]) -> None:
    @register(
        published.name,
        title=title,
        summary=summary,
        fetch=lambda context: _fetch(published, context),
        offline=lambda: is_offline_ready(published),
    )
    def load(config: DataConfig, context: LoadContext) -> Dataset:
        folder = provide(published, context)
        return load_folder(folder, config, context, name=published.name, class_names=class_names)


def _fetch(published: Published, context: LoadContext) -> None:
    provide(published, context)


_register(
    MNIST,
    "MNIST, all pictures",
    "70,000 handwritten digits of 28×28 pixels, ten classes (LeCun, Cortes and Burges).",
    _DIGITS,
)
_register(
    FASHION_MNIST,
    "Fashion-MNIST",
    "70,000 pictures of clothes of 28×28 pixels, ten classes (Xiao, Rasul and Vollgraf 2017).",
    _CLOTHES,
)
_register(
    KMNIST,
    "KMNIST",
    "70,000 cursive hiragana of 28×28 pixels, ten classes (Clanuwat et al. 2018).",
    _HIRAGANA,
)
