"""Packages of office documents: the same content gives the same bytes, whenever it is written."""

from __future__ import annotations

from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: A package is dated by what it says, not by when it was written.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class SteadyZip(ZipFile):
    """A ZIP file without times; takes what writers of office formats give it."""

    def __init__(self, file: IO[bytes], *, more: bool = False) -> None:
        """A new package, or `more` of one that is there."""
        super().__init__(file, "a" if more else "w", ZIP_DEFLATED)

    def writestr(self, name: str, content: str | bytes) -> None:  # type: ignore[override]  # what writers ask for
        """Put a part in."""
        info = ZipInfo(name, _NO_TIME)
        info.compress_type = ZIP_DEFLATED
        super().writestr(info, content)

    def write(self, file: str, name: str) -> None:  # type: ignore[override]  # the same
        """Put a part in that lies in a file."""
        self.writestr(name, Path(file).read_bytes())
