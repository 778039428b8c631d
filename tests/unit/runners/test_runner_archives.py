from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

from tiercel.runners.archives import pack, unpack


def test_a_folder_goes_there_and_back(tmp_path: Path):
    folder = tmp_path / "work"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("a")
    (folder / "run.sh").write_text("x")
    (folder / "run.sh").chmod(0o700)
    archive = BytesIO()
    pack(folder, archive)
    archive.seek(0)
    with tarfile.open(fileobj=archive) as tar:
        modes = {member.name: member.mode & 0o777 for member in tar}
    assert modes == {
        "work": 0o777,
        "work/sub": 0o777,
        "work/sub/a.txt": 0o666,
        "work/run.sh": 0o777,
    }
    archive.seek(0)
    (folder / "sub" / "a.txt").write_text("changed")
    unpack(archive, folder)
    assert (folder / "sub" / "a.txt").read_text() == "a"


def test_nothing_leaves_the_folder(tmp_path: Path):
    folder, outside = tmp_path / "work", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("mine")
    (folder / "link").symlink_to(outside)
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("work/link", "work/../evil", "work/fine"):
            member = tarfile.TarInfo(name)
            member.size = 3
            tar.addfile(member, BytesIO(b"new"))
        link = tarfile.TarInfo("work/other")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    archive.seek(0)
    unpack(archive, folder)
    assert outside.read_text() == "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["fine", "link"]
    assert not (folder / "link").is_symlink()
    assert not (tmp_path / "evil").exists()
