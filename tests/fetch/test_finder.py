"""Finding a source: which place is asked when, and that nothing with a wrong digest is ever used."""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import msgspec
import pytest

from tests.support.archives import DATA, DEBIAN, NPM, OFFICIAL, SHA, Seen, client, files, find, hide_clients, kept
from tests.support.web import PROXIES, Answer, Web, hangs_up, moved, sends, serves
from wizard.base.errors import CancelledError, FolderError, MissingError
from wizard.catalogue.model import Source
from wizard.fetch.finder import PARTS, FoundSource, find_source


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "my archives"
    folder.mkdir()
    return folder


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return hide_clients(tmp_path / "tools", monkeypatch)


class Server(Web):
    """A web server on this machine, answering as it was told."""

    def source(self, *answers: Answer, file: str = "ocaml-9.tar.gz") -> Source:
        """A source whose official address is this server, which will answer so."""
        self.answers = list(answers)
        return msgspec.structs.replace(OFFICIAL, address=f"{self.address}/{file}", file=file)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    running = Server(sends(b"", 404))
    yield running
    running.close()


# ---------------------------------------------------------------- the folder the user names


@pytest.mark.parametrize("source", [OFFICIAL, NPM, DEBIAN], ids=lambda source: source.kind)
def test_an_archive_in_the_local_folder_is_used_where_it_lies(source: Source, cache: Path, local: Path) -> None:
    (local / source.file).write_bytes(DATA)
    found = find(OFFICIAL, NPM, DEBIAN, cache=cache, local=local)
    assert found == FoundSource(source.kind, source.file, SHA, str(local / source.file))
    assert files(cache) == [], "a local archive is not copied"


def test_the_local_folder_goes_before_the_cache(cache: Path, local: Path) -> None:
    cache.mkdir()
    for folder in (cache, local):
        (folder / OFFICIAL.file).write_bytes(DATA)
    assert find(OFFICIAL, cache=cache, local=local).path == str(local / OFFICIAL.file)


def test_a_wrong_archive_in_the_local_folder_ends_the_search_and_stays(cache: Path, local: Path) -> None:
    (local / OFFICIAL.file).write_bytes(DATA[:-1])
    with pytest.raises(MissingError) as raised:
        find(OFFICIAL, NPM, cache=cache, local=local)
    error = raised.value
    assert error.code == "digest-wrong"
    assert str(local / OFFICIAL.file) in error.what
    assert hashlib.sha256(DATA[:-1]).hexdigest() in error.what
    assert SHA in error.why
    assert (local / OFFICIAL.file).read_bytes() == DATA[:-1]


def test_a_folder_of_the_archives_name_is_no_archive(cache: Path, local: Path) -> None:
    (local / OFFICIAL.file).mkdir()
    with pytest.raises(MissingError) as raised:
        find(OFFICIAL, cache=cache, local=local, offline=True)
    assert raised.value.code == "source-not-found"


# ---------------------------------------------------------------- the cache


def test_an_archive_in_the_cache_is_used_without_asking_anybody(cache: Path, tools: Path) -> None:
    cache.mkdir()
    (cache / NPM.file).write_bytes(DATA)
    assert find(OFFICIAL, NPM, cache=cache) == FoundSource("npm", NPM.file, SHA, str(cache / NPM.file))
    del tools


def test_a_damaged_archive_in_the_cache_is_thrown_away_and_fetched_again(cache: Path, server: Server) -> None:
    cache.mkdir()
    (cache / OFFICIAL.file).write_bytes(DATA[:1000])
    found = find(server.source(sends(DATA)), cache=cache)
    assert Path(found.path).read_bytes() == DATA
    assert files(cache) == [OFFICIAL.file]


def test_a_damaged_archive_in_the_cache_is_not_used_offline(cache: Path) -> None:
    cache.mkdir()
    (cache / OFFICIAL.file).write_bytes(DATA[:1000])
    with pytest.raises(MissingError) as raised:
        find(OFFICIAL, cache=cache, offline=True)
    assert raised.value.code == "source-not-found"
    assert f"({OFFICIAL.file} there is damaged)" in raised.value.why


def test_an_archive_that_may_not_be_read_is_no_crash(
    cache: Path, local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_path: Path, _kind: str) -> str:
        raise PermissionError(13, "Permission denied")

    (local / OFFICIAL.file).write_bytes(DATA)
    monkeypatch.setattr("wizard.fetch.finder.digest_of", closed)
    with pytest.raises(MissingError, match="not readable") as raised:
        find(OFFICIAL, cache=cache, local=local, offline=True)
    assert raised.value.code == "digest-wrong"


# ---------------------------------------------------------------- the official address


def test_a_source_is_fetched_into_the_cache_and_its_progress_told(cache: Path, server: Server) -> None:
    seen: Seen = []
    found = find(server.source(sends(DATA)), cache=cache, seen=seen)
    assert found == FoundSource("official", OFFICIAL.file, SHA, str(cache / OFFICIAL.file))
    assert Path(found.path).read_bytes() == DATA
    assert files(cache) == [OFFICIAL.file], "no scratch folder is left"
    assert seen[-1] == (OFFICIAL.file, len(DATA), len(DATA), "")


def test_a_second_search_asks_nobody(cache: Path, server: Server) -> None:
    source = server.source(sends(DATA))
    find(source, cache=cache)
    find(source, cache=cache)
    assert len(server.asked) == 1


def test_a_redirect_is_followed(cache: Path, server: Server) -> None:
    find(server.source(moved, sends(DATA)), cache=cache)
    assert server.asked == [f"/{OFFICIAL.file}", "/elsewhere"]


def test_an_archive_is_kept_as_it_was_sent_although_the_server_calls_it_encoded(
    cache: Path, server: Server
) -> None:
    """Web servers often send .tar.gz with Content-Encoding: gzip; the digest is of the file as it lies there."""
    import gzip

    packed = gzip.compress(DATA)
    source = server.source(sends(packed, Content_Encoding="gzip"))
    source = msgspec.structs.replace(source, sha256=hashlib.sha256(packed).hexdigest())
    assert Path(find(source, cache=cache).path).read_bytes() == packed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sends(b"not here", 404), "404"),
        (sends(b"broken", 500), "500"),
        (sends(DATA[:-1]), "sha256"),
        (sends(b"<html>log in first</html>"), "sha256"),
        (sends(b""), "sha256"),
        (moved, ""),
        (hangs_up, ""),
    ],
    ids=["404", "500", "one byte short", "a log-in page", "nothing", "redirects for ever", "hangs up"],
)
def test_an_address_that_does_not_give_the_archive_is_said_and_nothing_kept(
    answer: Answer, words: str, cache: Path, server: Server
) -> None:
    source = server.source(answer)
    with pytest.raises(MissingError) as raised:
        find(source, cache=cache)
    again = answer is hangs_up or words == "500"
    assert raised.value.code == ("source-not-reached" if again else "source-not-found")
    assert source.address in raised.value.why
    assert words in raised.value.why
    assert files(cache) == []


def test_where_one_origin_fails_the_next_is_tried(cache: Path, server: Server, tools: Path) -> None:
    client(tools, "npm", 'cp "$here/archive" ocaml-9.tgz; echo \'[{"filename": "ocaml-9.tgz"}]\'')
    found = find(server.source(sends(b"", 404)), NPM, cache=cache)
    assert found.kind == "npm"
    assert files(cache) == [NPM.file]


def test_an_address_that_nobody_answers_is_said(cache: Path, server: Server) -> None:
    del server
    with pytest.raises(MissingError, match="OCaml 9") as raised:
        find(msgspec.structs.replace(OFFICIAL, address="http://127.0.0.1:9/x"), cache=cache)
    assert raised.value.code == "source-not-reached"
    assert "127.0.0.1:9" in raised.value.why
    assert "it continues where it stopped" in raised.value.fix
    assert f"{OFFICIAL.file} (sha256 {SHA})" in raised.value.fix


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://127.0.0.1:9", "nonsense", "ftp://x"])
def test_a_proxy_that_does_not_work_is_said_not_a_crash(
    proxy: str, cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = server.source(sends(DATA))
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    with contextlib.suppress(MissingError):
        assert find(source, cache=cache).kind == "official"
    assert set(files(cache)) <= {source.file}


def test_a_download_that_broke_off_goes_on_in_the_next_search(cache: Path, server: Server) -> None:
    source = server.source(serves(DATA, upto=200_000), hangs_up)
    with pytest.raises(MissingError) as raised:
        find(source, cache=cache)
    assert raised.value.code == "source-not-reached"
    assert "0.2 MB of it are kept" in raised.value.why
    assert kept(cache, source).stat().st_size == 200_000
    seen: Seen = []
    server.headers.clear()
    found = find(server.source(serves(DATA)), cache=cache, seen=seen)
    assert Path(found.path).read_bytes() == DATA
    assert server.headers[0]["range"] == "bytes=200000-"
    assert seen[-1] == (OFFICIAL.file, len(DATA), len(DATA), "resumed")
    assert files(cache) == [OFFICIAL.file], "the part has become the archive"


def test_a_download_that_broke_off_is_no_archive_offline(cache: Path, server: Server) -> None:
    source = server.source(serves(DATA, upto=200_000), hangs_up)
    for offline in (False, True):
        with pytest.raises(MissingError):
            find(source, cache=cache, offline=offline)
    assert kept(cache, source).stat().st_size == 200_000


def test_a_part_that_is_whole_already_is_taken_without_asking(cache: Path, server: Server) -> None:
    """As a builder leaves it that was killed before its last step."""
    source = server.source(sends(b"", 500))
    kept(cache, source).parent.mkdir(parents=True)
    kept(cache, source).write_bytes(DATA)
    assert Path(find(source, cache=cache).path).read_bytes() == DATA
    assert server.asked == []


def test_pieces_that_do_not_belong_together_are_fetched_once_more(cache: Path, server: Server) -> None:
    source = server.source(serves(DATA[::-1], upto=200_000, etag=""), serves(DATA, etag=""))
    assert Path(find(source, cache=cache).path).read_bytes() == DATA
    assert len(server.asked) == 3
    assert files(cache) == [OFFICIAL.file]


def test_a_wrong_digest_is_not_kept_and_not_fetched_for_ever(cache: Path, server: Server) -> None:
    source = server.source(serves(DATA[::-1], upto=200_000), serves(DATA[::-1]))
    with pytest.raises(MissingError) as raised:
        find(source, cache=cache)
    assert hashlib.sha256(DATA[::-1]).hexdigest() in raised.value.why
    assert SHA in raised.value.why
    assert len(server.asked) == 3
    assert files(cache) == []


def test_a_search_that_is_cancelled_keeps_only_what_came(cache: Path, server: Server) -> None:
    def stop(_file: str, got: int, _total: int, _note: str = "") -> None:
        if got:
            raise CancelledError.from_texts("build-cancelled", "the build was cancelled")

    source = server.source(serves(DATA))
    with pytest.raises(CancelledError):
        find_source("OCaml 9", (source,), cache=cache, local=None, offline=False, progress=stop)
    assert 0 < kept(cache, source).stat().st_size < len(DATA)
    assert Path(find(source, cache=cache).path).read_bytes() == DATA


def test_a_search_that_is_cancelled_before_anything_came_leaves_nothing(cache: Path, server: Server) -> None:
    def stop(_file: str, _got: int, _total: int, _note: str = "") -> None:
        raise CancelledError.from_texts("build-cancelled", "the build was cancelled")

    with pytest.raises(CancelledError):
        find_source("OCaml 9", (server.source(serves(DATA, upto=0, stall=5)),), cache=cache, local=None,
                    offline=False, progress=stop)  # fmt: skip
    assert files(cache) == []


# ---------------------------------------------------------------- two at once


def test_two_that_want_the_same_file_fetch_it_once(cache: Path, server: Server) -> None:
    """Also the second gets it, and says meanwhile that it waits."""
    source = server.source(serves(DATA, upto=200_000, stall=0.3), serves(DATA))
    seen: Seen = []
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(find, source, cache=cache)
        while not kept(cache, source).exists():
            time.sleep(0.01)
        second = pool.submit(find, source, cache=cache, seen=seen)
        assert first.result() == second.result()
    assert len(server.asked) == 2, "the first one's two tries"
    assert {note for _, _, _, note in seen} == {"waiting: another build is fetching it"}
    assert files(cache) == [OFFICIAL.file]


def test_who_waits_for_another_can_be_stopped(cache: Path, server: Server) -> None:
    def stop(_file: str, _got: int, _total: int, note: str = "") -> None:
        if note.startswith("waiting"):
            raise CancelledError.from_texts("build-cancelled", "the build was cancelled")

    source = server.source(serves(DATA))
    (cache / PARTS).mkdir(parents=True)
    with (
        filelock.FileLock(cache / PARTS / f"{source.sha256}.lock", is_singleton=False),
        pytest.raises(CancelledError),
    ):
        find_source("OCaml 9", (source,), cache=cache, local=None, offline=False, progress=stop)
    assert server.asked == []


# ---------------------------------------------------------------- where nothing has it


def test_offline_nobody_is_asked_and_the_error_says_so(cache: Path, server: Server, tools: Path) -> None:
    client(tools, "npm", 'touch "$here/was-asked"')
    source = server.source(sends(DATA))
    with pytest.raises(MissingError) as raised:
        find(source, NPM, cache=cache, offline=True)
    assert server.asked == []
    assert not (tools / "was-asked").exists()
    assert "--offline" in raised.value.why


def test_the_last_error_names_every_place_and_every_file_with_its_digest(
    cache: Path, local: Path, server: Server, tools: Path
) -> None:
    source = server.source(sends(b"", 404))
    other = msgspec.structs.replace(NPM, sha256="a" * 64)
    with pytest.raises(MissingError) as raised:
        find(source, other, DEBIAN, cache=cache, local=local)
    error = raised.value
    assert "OCaml 9" in error.what
    for origin in (str(local), str(cache), source.address, "npm package ocaml@9.0.0", "debian package ocaml"):
        assert origin in error.why
    assert "--sources" in error.fix
    for tried in (source, other, DEBIAN):
        assert f"{tried.file} (sha256 {tried.sha256})" in error.fix
    del tools


def test_without_a_local_folder_the_error_says_how_to_name_one(cache: Path) -> None:
    with pytest.raises(MissingError) as raised:
        find(OFFICIAL, cache=cache, offline=True)
    assert "--sources DIR" in raised.value.why


def test_a_local_folder_that_is_not_there_is_as_an_empty_one(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError) as raised:
        find(OFFICIAL, cache=cache, local=tmp_path / "none", offline=True)
    assert str(tmp_path / "none") in raised.value.why


def test_a_cache_that_cannot_be_made_is_a_place_error(tmp_path: Path, server: Server) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FolderError) as raised:
        find(server.source(sends(DATA)), cache=tmp_path / "file" / "cache")
    assert raised.value.code == "cache-not-writable"
    assert str(tmp_path / "file" / "cache") in raised.value.what


def test_a_full_disk_is_a_place_error_not_a_missing_source(
    cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    source = server.source(sends(DATA))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(FolderError, match="cannot be written") as raised:
            find(source, cache=cache)
    assert "No space left" in raised.value.why
    assert not (cache / source.file).exists()
    find(source, cache=cache)
    assert len(server.asked) == 1, "what came was kept"
