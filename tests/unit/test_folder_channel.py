"""The folder: each parcel is one whole file, however many try to write it."""

import asyncio
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.channels.body import parcel_json
from runtime.channels.channel import Failed, Outcome, Refused, Sent
from runtime.channels.folder import ABANDONED, FolderChannel, file_name
from tests.support.parcels import parcel
from tests.support.receivers import wait_until

ROOT = Path(__file__).parents[2]


def send(path: Path) -> Outcome:
    return asyncio.run(FolderChannel(path).send(parcel()))


def hidden(path: Path) -> list[Path]:
    return list(path.glob(".*"))


def test_a_parcel_is_a_file_that_its_receipt_names(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out" / "lead-1-0123456789abcdef.json"
    assert send(tmp_path / "deep" / "out") == Sent(str(target))
    assert target.read_bytes() == parcel_json(parcel())
    assert list(target.parent.iterdir()) == [target]


def test_the_receipt_is_a_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert send(Path("out")) == Sent(str(tmp_path / "out" / "lead-1-0123456789abcdef.json"))


@pytest.mark.parametrize(
    ("case", "beginning"),
    [
        ("lead-1", "lead-1"),  # plain
        ("../../etc/passwd", "etc-passwd"),  # the way out
        ("..", "case"),  # nothing is left
        (".hidden", "hidden"),  # a leading dot
        ("-rf", "rf"),  # an option of a command
        ("C:\\x\0y/z", "C-x-y-z"),  # another system's path, a null character
        ("Müller & Söhne", "M-ller-S-hne"),  # other letters
        ("x" * 300, "x" * 40),  # longer than a file system takes
        ("日本", "case"),  # no letter that is kept
    ],
)
def test_a_file_name_is_plain_whatever_the_case_is_called(case: str, beginning: str) -> None:
    name = file_name(parcel(case=case))
    assert name == f"{beginning}-0123456789abcdef.json"
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)


def test_a_file_that_is_there_is_delivered_and_left_alone(tmp_path: Path) -> None:
    first = send(tmp_path)
    [file] = tmp_path.iterdir()
    file.write_text("read and marked")
    assert send(tmp_path) == first
    assert file.read_text() == "read and marked"


SENDER = """
import asyncio, sys
from pathlib import Path
from runtime.channels.folder import FolderChannel
from tests.support.parcels import parcel

async def main():
    channel = FolderChannel(Path(sys.argv[1]))
    several = (parcel(id=f"{number:016x}", text="x" * 100_000) for number in range(int(sys.argv[2])))
    print("ready", flush=True)
    sys.stdin.readline()
    for each in several:
        print(await channel.send(each), flush=True)

asyncio.run(main())
"""


def sender(path: Path, parcels: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SENDER, str(path), str(parcels)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_two_processes_write_each_parcel_once(tmp_path: Path) -> None:
    with sender(tmp_path, 50) as one, sender(tmp_path, 50) as other:
        for process in (one, other):
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        said = [process.communicate("go\n")[0].splitlines() for process in (one, other)]
    assert said[0] == said[1]
    assert len(said[0]) == len(list(tmp_path.iterdir())) == 50
    assert all(line.startswith("Sent(") for line in said[0])


def test_a_process_that_is_killed_leaves_whole_files_only(tmp_path: Path) -> None:
    with sender(tmp_path, 1_000_000) as process:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
        wait_until(lambda: len(list(tmp_path.glob("*.json"))) > 5, 30)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    files = list(tmp_path.glob("*.json"))
    assert {len(json.loads(file.read_bytes())["text"]) for file in files} == {100_000}
    assert len(hidden(tmp_path)) <= 1


def test_what_killed_processes_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    left = [tmp_path / f".roundhouse-{age}.tmp" for age in ("old", "new")]
    for file in left:
        file.write_text("half of a par")
    long_ago = time.time() - ABANDONED - 60
    os.utime(left[0], (long_ago, long_ago))
    (tmp_path / ".somebody-elses").touch()
    assert isinstance(send(tmp_path), Sent)
    assert sorted(file.name for file in hidden(tmp_path)) == [".roundhouse-new.tmp", ".somebody-elses"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, Failed),  # the disk is full
        (errno.EDQUOT, Failed),  # the user's part of it is
        (errno.EIO, Failed),  # the disk is broken
        (errno.EACCES, Failed),  # no permission, which a person can give
        (errno.EROFS, Failed),  # mounted to be read only
        (errno.ENAMETOOLONG, Refused),  # no other attempt will be shorter
    ],
)
@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Failed] | type[Refused], call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    outcome = send(tmp_path)
    assert isinstance(outcome, kind)
    assert outcome.reason.startswith(f"The folder {str(tmp_path)!r} cannot be written: {os.strerror(code)}.")
    assert list(tmp_path.glob("*.json")) == []
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_path_that_is_a_file_is_refused(tmp_path: Path, inside: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    outcome = send(tmp_path / "file" / inside)
    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith(" Give the channel another folder.")


def test_a_folder_in_the_place_of_the_file_is_not_taken_for_it(tmp_path: Path) -> None:
    (tmp_path / file_name(parcel())).mkdir()
    assert isinstance(send(tmp_path), Refused)


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    assert isinstance(send(tmp_path), Sent)
    [file] = tmp_path.iterdir()
    assert file.read_bytes() == parcel_json(parcel())


async def test_a_parcel_is_written_beside_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: time.sleep(0.2))
    work = asyncio.ensure_future(FolderChannel(tmp_path).send(parcel()))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 5
