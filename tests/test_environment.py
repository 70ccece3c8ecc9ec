"""The environment variables: sensible defaults, and one sentence for whatever cannot be used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.environment import (
    NAMES,
    NOWHERE,
    Environment,
    EnvironmentProblem,
    examine_environment,
    home,
    network_warning,
    read_environment,
)

BAD_PATHS = [
    "a\x00b",
    "\x00",
    "new\nline",
    "tab\there",
    "bell\x07",
    "escape\x1b[31m",
    "delete\x7f",
    "c1\x85",
    "\udcff",
    "/tmp/\udc80\udc81",
    "\ud800",
    "~nobody-has-this-name/lab",
    "~\x01",
    "x" * 4097,
    "/" + "long/" * 2000,
    "a\rb",
    "a\x0bb",
    "a\x0cb",
    "a\x1fb",
    "a\x9fb",
    "/tmp/\x08\x08\x08",
    "lab\x00.npz",
    "\x1b]0;title\x07",
    "\udfff",
    "~nobody-has-this-name",
    "\x02",
    "C:\\lab\x00",
    "a\x0eb",
    "\x7f\x7f",
    "mnist\n.npz",
    "\ud83d",
    '"/path/x',
    "x y'",
    "'",
    "“/path/x",
]

BAD_ADDRESSES = [
    "localhost",
    "localhost:8786",
    "8786",
    "tcp://",
    "tcp://:8786",
    "tcp://host",
    "tcp://host:",
    "tcp://host:port",
    "tcp://host:0",
    "tcp://host:65536",
    "tcp://host:99999",
    "tcp://host:-1",
    "tcp://host:8786/",
    "tcp://host:8786/path",
    "tcp://host:8786?x=1",
    "tcp://user:secret@host:8786",
    "tcp://ho st:8786",
    "tcp:/host:8786",
    "tcp//host:8786",
    "TCP://host:8786",
    "http://host:8786",
    "ftp://host:8786",
    "inproc://192.0.2.1/1/1",
    "javascript:alert(1)",
    "tcp://-host:8786",
    "tcp://[::1:8786",
    "tcp://::1:8786",
    "tcp://[zz]:8786",
    "tcp://host:8786\ntcp://other:8786",
    "tcp://host\x00:8786",
    "tcp://höst:8786",
    "tcp://host:٨٧٨٦",
    "tcp://" + "h" * 300 + ":8786",
    "$(reboot)",
]

BAD_NUMBERS = [
    "0",
    "-1",
    "1.5",
    "1e3",
    "two",
    "auto",
    "None",
    "nan",
    "inf",
    "true",
    "0x10",
    "1_000",
    "1,000",
    "1 000",
    "٣",
    "²",
    "３",
    "+",
    "-",
    "--5",
    "5-",
    "5;",
    "5\n6",
    "5\x00",
    "9" * 30,
    "9" * 5000,
    "1000001",
    "$(nproc)",
    "4 workers",
    "\ud800",
    "1/2",
    "%d",
]

BAD_KEYS = [
    *("x" * length for length in range(1, 16)),
    "short",
    "0123456789 abcd",
    "x" * 201,
    "y" * 5000,
    "key with\na line's end",
    "key with\x00 a null in it",
    "key with\x07 a bell in it",
    "\ud800 and sixteen more",
    "\udc80 and sixteen more",
    "tab\tin the middle of it",
    "del\x7fete and sixteen more",
    "c1\x85 and sixteen characters",
    "turned round\u202e here",
    "a line\u2028 here, separated",
    "escape\x1b[31m in the middle",
    "no width\u200b in the middle",
]

BAD_URLS = [
    "lab.example.org",
    "//lab.example.org",
    "ftp://lab.example.org",
    "javascript:alert(1)",
    "JAVASCRIPT://lab.example.org",
    "data:text/html,x",
    "file:///etc/passwd",
    "http:",
    "http://",
    "https:///path",
    "http://:8501",
    "http://host:port",
    "http://host:99999",
    "http://host:-1",
    "http://user:secret@host",
    "http://user@host",
    "http://ho st",
    "http://host/a b",
    "http://host/?x=1",
    "http://host/#key=1",
    "http://host?",
    "http://host/<script>",
    'http://host/"x"y',
    "http://höst",
    "http://host\\x",
    "http://[::1",
    "http://[zz]/",
    "http://::1/",
    "http://host\x00",
    "http://ho\nst",
    "http://host/\u202e",
    "http://-host",
    "http://" + "h" * 300,
    "http://host/" + "x" * 300,
]

BAD_VALUES = (
    [("BN_HOME", value) for value in BAD_PATHS]
    + [("BN_MNIST", value) for value in BAD_PATHS]
    + [("BN_SCHEDULER", value) for value in BAD_ADDRESSES]
    + [("BN_WORKERS", value) for value in BAD_NUMBERS]
    + [("BN_STORE_MB", value) for value in BAD_NUMBERS]
    + [("BN_LIVE", value) for value in BAD_NUMBERS]
    + [("BN_TALK", value) for value in BAD_PATHS]
    + [("BN_PRESENTER_KEY", value) for value in BAD_KEYS]
    + [("BN_PUBLIC_URL", value) for value in BAD_URLS]
)


@pytest.mark.parametrize(("name", "value"), BAD_VALUES, ids=lambda text: ascii(text)[:30])
def test_a_bad_value_gets_one_clear_sentence(name, value):
    with pytest.raises(EnvironmentProblem) as caught:
        read_environment({name: value})
    (sentence,) = caught.value.problems
    assert str(caught.value) == sentence
    assert sentence.startswith(f"{name} is ")
    assert sentence.endswith(f"or unset {name}.")
    assert sentence.isprintable()
    assert len(sentence) < 250


def test_there_are_thirty_hostile_values_for_each():
    for name in NAMES:
        assert len({value for other, value in BAD_VALUES if other == name}) >= 30


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_any_text_gives_an_environment_and_sentences(variables):
    environment, problems = examine_environment(variables)
    assert environment.home.is_absolute()
    assert environment.mnist is None or environment.mnist.is_absolute()
    assert environment.workers is None or 1 <= environment.workers <= 256
    assert 50 <= environment.store_mb <= 1_000_000
    assert len(problems) <= len(variables)
    assert all(problem.isprintable() for problem in problems)


def test_the_defaults():
    environment = read_environment({})
    assert (environment.mnist, environment.scheduler, environment.workers) == (None, None, None)
    assert (environment.store_mb, environment.live) == (2000, True)
    assert environment.home.is_absolute()
    assert environment.home.name == "batch-norm-lab"


@pytest.mark.parametrize("blank", ["", " ", "\t", '""', "''", " ' ' ", "“”"])
def test_a_blank_variable_counts_as_unset(blank):
    assert read_environment(dict.fromkeys(NAMES, blank)) == read_environment({})


def test_good_values_are_taken():
    assert read_environment(
        {
            "BN_HOME": "/srv/lab",
            "BN_MNIST": "/srv/mnist.npz",
            "BN_SCHEDULER": "tls://scheduler.example:8786",
            "BN_WORKERS": "3",
            "BN_STORE_MB": "500",
            "BN_LIVE": "Off",
            "BN_TALK": "/srv/talk.toml",
            "BN_PRESENTER_KEY": "a key of one's own",
            "BN_PUBLIC_URL": "https://lab.example.org:8443/bn",
            "BN_OTHER": "\x00",
        }
    ) == Environment(
        Path("/srv/lab").absolute(),
        Path("/srv/mnist.npz").absolute(),
        "tls://scheduler.example:8786",
        3,
        500,
        False,
        Path("/srv/talk.toml").absolute(),
        "a key of one's own",
        "https://lab.example.org:8443/bn/",
    )


def test_a_key_is_in_no_sentence_and_in_no_description():
    environment, problems = examine_environment({"BN_PRESENTER_KEY": "secret", "BN_WORKERS": "0"})
    assert len(problems) == 2
    assert "secret" not in " ".join(problems)
    environment = read_environment({"BN_PRESENTER_KEY": "a secret of sixteen characters"})
    assert "secret" not in repr(environment)


@pytest.mark.parametrize("url", ["http://192.0.2.1:8501", "https://[2001:db8::1]:8501/a/b-c/", "http://lab/~x"])
def test_addresses_that_a_class_can_open(url):
    assert read_environment({"BN_PUBLIC_URL": url}).public_url == url.rstrip("/") + "/"


@pytest.mark.parametrize("around", ['"{}"', "'{}'", " '{}' ", '" {} "', "“{}”", "‘{}’", "\t{}\r\n"])
def test_quotes_and_space_that_a_file_of_settings_keeps_are_taken_off(around):
    plain = {
        "BN_HOME": "/srv/lab with spaces",
        "BN_MNIST": "~/mnist.npz",
        "BN_SCHEDULER": "tcp://192.0.2.1:8786",
        "BN_WORKERS": "3",
        "BN_STORE_MB": "500",
        "BN_LIVE": "off",
        "BN_TALK": "~/talk.toml",
        "BN_PRESENTER_KEY": "a key with spaces",
        "BN_PUBLIC_URL": "https://lab.example.org/",
    }
    assert set(plain) == set(NAMES)
    assert read_environment({name: around.format(value) for name, value in plain.items()}) == read_environment(plain)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://[::1]:1", "tls://a-b.c_d:65535"])
def test_addresses_that_dask_takes(address):
    assert read_environment({"BN_SCHEDULER": address}).scheduler == address


def test_paths_may_be_relative_or_start_at_the_persons_own_folder():
    environment = read_environment({"BN_HOME": "~/lab with spaces", "BN_MNIST": "数据/mnist.npz"})
    assert environment.home == Path.home() / "lab with spaces"
    assert environment.mnist == Path.cwd() / "数据" / "mnist.npz"


@pytest.fixture
def nobody(monkeypatch):
    """A user without a home directory, as in a container with a number for a user."""

    def unknown(*_: object, **__: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_data_path", unknown)


def test_a_user_without_a_home_directory_needs_none_where_bn_home_is_set(nobody):
    assert read_environment({"BN_HOME": '"/srv/lab"', "BN_MNIST": "/srv/mnist.npz"}).home == Path("/srv/lab").absolute()


def test_a_user_without_a_home_directory_is_asked_for_bn_home(nobody):
    environment, (sentence,) = examine_environment({})
    assert sentence.startswith("BN_HOME is not set, and this user has no home directory")
    assert environment.home == NOWHERE
    with pytest.raises(OSError, match=r"."):
        environment.home.mkdir(parents=True)


def test_every_bad_variable_is_named():
    with pytest.raises(EnvironmentProblem) as caught:
        read_environment({"BN_WORKERS": "many", "BN_STORE_MB": "1", "BN_HOME": "/srv/lab"})
    assert caught.value.problems == (
        "BN_WORKERS is 'many', which cannot be used: set it to a whole number from 1 to 256, or unset BN_WORKERS.",
        "BN_STORE_MB is '1', which cannot be used: set it to a whole number from 50 to 1000000 (megabytes), or unset "
        "BN_STORE_MB.",
    )


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        (None, False),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://[::1]:8786", False),
        ("tls://192.0.2.1:8786", False),
        ("tcp://192.0.2.1:8786", True),
        ("tcp://scheduler.example:8786", True),
        ("tcp://[2001:db8::1]:8786", True),
    ],
)
def test_a_scheduler_that_others_can_reach_and_listen_to_gets_one_sentence(address, warned):
    warning = network_warning(address)
    assert bool(warning) == warned
    assert warning.count(". ") == 0


def test_reading_creates_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("BN_HOME", str(tmp_path / "lab"))
    assert home() == tmp_path / "lab"
    assert not (tmp_path / "lab").exists()


def test_a_folder_that_is_gone_gives_a_sentence(tmp_path):
    if os.name == "nt":
        pytest.skip("Windows keeps a folder that a process stands in")
    (tmp_path / "gone").mkdir()
    code = (
        "import os; os.rmdir(os.getcwd())\n"
        "from bn_core.environment import examine_environment\n"
        "print(examine_environment({'BN_HOME': 'lab'})[1][0])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "gone",
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.startswith("BN_HOME is 'lab', which cannot be used"), result.stderr
