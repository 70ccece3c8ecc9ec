"""The presenter's key: made once, for its owner's eyes alone, and nothing of it where it is refused."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from bn_core.cli import lab
from bn_core.presenting.key import FILE_NAME, KeyProblem, kept_key, matches, new_key, presenter_key

posix = pytest.mark.skipif(os.name != "posix", reason="files have no mode there")


def test_it_is_made_once(tmp_path: Path) -> None:
    key = kept_key(tmp_path / "home")
    assert kept_key(tmp_path / "home") == key
    assert kept_key(tmp_path / "other") != key
    assert len(set(key) - {"-"}) > 5
    assert len(key.replace("-", "")) == 28, "31 characters to the power of 28 are more than 128 bits"


def test_many_at_once_make_one(tmp_path: Path) -> None:
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(kept_key(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys) == 8


@posix
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    kept_key(tmp_path)
    file = tmp_path / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    kept_key(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new_key(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_new_one_takes_its_place(tmp_path: Path) -> None:
    old = kept_key(tmp_path)
    new = new_key(tmp_path)
    assert new != old
    assert kept_key(tmp_path) == new


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 20, b"with\x07a bell in the middle"])
def test_a_file_that_holds_no_key_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(KeyProblem, match=r"holds no presenter's key: make a new one by .*--new\.$"):
        kept_key(tmp_path)
    assert kept_key(tmp_path / "x") == kept_key(tmp_path / "x")
    assert new_key(tmp_path) == kept_key(tmp_path)


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeyProblem, match=r"cannot be kept in .*set BN_HOME to another one\.$"):
        kept_key(tmp_path / "file")


def test_only_the_key_matches() -> None:
    assert matches("  0123456789abcdef\n", "0123456789abcdef")
    for given in ("", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0", "\ud800", "ü" * 16):
        assert not matches(given, "0123456789abcdef")


def test_the_command_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    run = CliRunner().invoke
    first = run(lab, ["presenter-key"]).output
    assert first == f"{kept_key(tmp_path)}\n"
    assert run(lab, ["presenter-key"]).output == first
    new = run(lab, ["presenter-key", "--new"]).output
    assert new == f"{kept_key(tmp_path)}\n" != first


def test_the_variable_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    monkeypatch.setenv("BN_PRESENTER_KEY", "a key of one's own")
    assert presenter_key() == "a key of one's own"
    assert CliRunner().invoke(lab, ["presenter-key"]).output == "a key of one's own\n"
    refused = CliRunner().invoke(lab, ["presenter-key", "--new"])
    assert (refused.exit_code, "BN_PRESENTER_KEY" in refused.output) == (1, True)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_short_one_is_refused_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BN_PRESENTER_KEY", "secret123456789")
    with pytest.raises(KeyProblem, match="16") as caught:
        presenter_key()
    refused = CliRunner().invoke(lab, ["presenter-key"])
    assert refused.exit_code == 1
    assert "secret" not in refused.output + str(caught.value)
