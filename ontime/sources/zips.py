"""Zip files that publishers send, and the gzip files that the lake keeps."""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

from ontime.files import atomic_target
from ontime.sources.base import DownloadFailed, TooLarge

#: Size limit of an extracted file.
MAXIMUM_BYTES = 2 * 1024**3
#: Tables deflate to a fifth or a tenth of their size; a file that deflates to less than a hundredth is not a table.
MAXIMUM_COMPRESSION_RATIO = 100


class BadArchive(DownloadFailed):
    """The zip file is damaged, unsafe, or does not hold exactly one file of the wanted kind."""


def extract_single_csv(zip_path: Path, target: Path) -> None:
    """Write the only CSV file of a zip to ``target``; other files, such as a readme, are ignored.

    Raises :class:`BadArchive` or :class:`TooLarge`, and then leaves ``target`` as it was.
    """
    _extract(zip_path, lambda name: name.lower().endswith(".csv"), "CSV file", target)


def extract(zip_path: Path, name: str, target: Path) -> None:
    """Write the file called ``name`` to ``target``, with the same checks as :func:`extract_single_csv`."""
    _extract(zip_path, lambda member_name: member_name == name, name, target)


@contextmanager
def gzip_writer(path: Path, level: int) -> Iterator[gzip.GzipFile]:
    """A gzip file to write to. Equal content gives equal bytes, because file name and time are left out."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", level, file, mtime=0) as compressed:
        yield compressed


def _extract(zip_path: Path, is_wanted: Callable[[str], bool], wanted: str, target: Path) -> None:
    zip_bytes = zip_path.stat().st_size
    try:
        with zipfile.ZipFile(zip_path) as archive, atomic_target(target) as part:
            member = _single_member(archive, is_wanted, wanted)
            if not 0 <= member.header_offset < zip_bytes:
                raise zipfile.BadZipFile("its directory points outside of it")
            _inflate(archive, member, part, zip_bytes)
    # zipfile raises NotImplementedError for zip versions and patched data that it does not support.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as problem:
        raise BadArchive(
            f"{zip_path} is not a whole zip file ({problem}): download it again. "
            "If that does not help, the publisher's file is damaged."
        ) from problem


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, zip_bytes: int) -> None:
    # The limit uses the zip's size on disk: the sizes that a zip declares can be false.
    limit_bytes = min(MAXIMUM_BYTES, MAXIMUM_COMPRESSION_RATIO * zip_bytes)
    with archive.open(member) as content, target.open("wb") as file:
        while piece := content.read(1024**2):
            if file.tell() + len(piece) > limit_bytes:
                raise TooLarge(
                    f"{member.filename} in {archive.filename} is larger than {MAXIMUM_BYTES:,} bytes, or inflates to "
                    f"more than {MAXIMUM_COMPRESSION_RATIO} times the zip file: inspect it before you trust it."
                )
            file.write(piece)


def _single_member(archive: zipfile.ZipFile, is_wanted: Callable[[str], bool], wanted: str) -> zipfile.ZipInfo:
    for name in archive.namelist():
        path = PureWindowsPath(name)  # recognises both kinds of slashes, and drives
        if path.anchor or ".." in path.parts:
            raise BadArchive(
                f"{archive.filename} has a file that would lie outside its folder ({name}): do not use it."
            )
    members = [member for member in archive.infolist() if is_wanted(member.filename)]
    if len(members) != 1:
        names = ", ".join(archive.namelist()) or "nothing"
        raise BadArchive(
            f"{archive.filename} should hold one {wanted} and holds {len(members)} ({names}): "
            "the publisher has changed its format, or this is another file."
        )
    [member] = members
    # zipfile inflates other methods without a limit on memory.
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(f"{member.filename} in {archive.filename} is encrypted or not deflated: unpack it by hand.")
    return member
