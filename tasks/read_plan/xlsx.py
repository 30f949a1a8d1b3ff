"""Excel workbooks: every visible sheet as a grid, formulas by their stored value, nothing ever evaluated."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import join, normpath

from models.errors import InputError
from tasks.read_plan.formats import BUILT_IN, PLAIN, Format, read_format
from tasks.read_plan.grid import Grid, column_letter, grid_of
from tasks.read_plan.package import Attributes, Handlers, Package, local, open_package
from tasks.read_plan.problems import Place, Problems
from tasks.read_plan.sheet import Book, SheetReader

#: How the file format writes control characters inside a text: a carriage return is `_x000D_`.
_CONTROL = re.compile(r"_x00[01][0-9A-Fa-f]_")


def read_xlsx(path: Path, problems: Problems, *, limit_mib: int) -> list[Grid]:
    """The visible sheets in their order; hidden ones are named in a warning.

    Raises InputError when the file is no workbook, is damaged, or exceeds `limit_mib` unpacked.
    """
    with open_package(path, limit_mib=limit_mib) as package:
        main = _main_part(package)
        related = _relations(package, main)
        book = Book(_strings(package, related), _formats(package, related), _since_1904(package, main))
        return [
            _grid(package, part, book=book, sheet=sheet, problems=problems)
            for sheet, part in _visible(package, main, related, problems=problems)
        ]


def _main_part(package: Package) -> str:
    if "word/document.xml" in package.names:
        raise InputError("read_word_file", file=package.file)
    for relation in _relations(package, "").values():
        part = relation["Target"]
        if relation.get("Type", "").endswith("/officeDocument") and part.endswith(".xml"):
            return part
    raise InputError("read_no_workbook", file=package.file)


def _relations(package: Package, part: str) -> dict[str, Attributes]:
    """What a part refers to, by relation id, with absolute targets; only parts that exist."""
    folder, _, name = part.rpartition("/")
    rels = join(folder, "_rels", f"{name}.rels")
    related = {}
    if rels in package.names:
        for _, attributes in package.elements(rels, "Relationship"):
            # A target that starts with a slash is absolute: join() then forgets the folder.
            target = normpath(join(folder, attributes.get("Target", ""))).lstrip("/")
            if target in package.names:
                related[attributes.get("Id", "")] = attributes | {"Target": target}
    return related


def _part(related: dict[str, Attributes], kind: str) -> str:
    for attributes in related.values():
        if attributes.get("Type", "").endswith(f"/{kind}"):
            return attributes["Target"]
    return ""


def _visible(
    package: Package, main: str, related: dict[str, Attributes], *, problems: Problems
) -> list[tuple[str, str]]:
    found = []
    for _, attributes in package.elements(main, "sheet"):
        name, relation = attributes.get("name", ""), related.get(attributes.get("id", ""), {})
        if attributes.get("state", "visible") != "visible":
            problems.warn("sheet_hidden", at=Place(name), name=name)
        elif relation.get("Type", "").endswith("/worksheet"):
            found.append((name, relation["Target"]))
    return found


def _since_1904(package: Package, main: str) -> bool:
    return any(
        attributes.get("date1904") in ("1", "true") for _, attributes in package.elements(main, "workbookPr")
    )


def _grid(package: Package, part: str, *, book: Book, sheet: str, problems: Problems) -> Grid:
    reader = SheetReader(book, file=package.file)
    reader.read(package, part)
    for row, column in reader.uncalculated:
        letter = column_letter(column)
        problems.warn("formula_without_value", at=Place(sheet, row, letter), cell=f"{letter}{row}")
    for row, column, text in reader.broken:
        letter = column_letter(column)
        problems.warn("cell_broken", at=Place(sheet, row, letter), cell=f"{letter}{row}", text=text)
    return grid_of(sheet, reader.cells, reader.merges, file=package.file)


def _strings(package: Package, related: dict[str, Attributes]) -> tuple[str, ...]:
    part = _part(related, "sharedStrings")
    if part not in package.names:
        return ()
    reader = _StringsReader()
    package.read_xml(part, Handlers(reader.start, reader.end, reader.hear))
    return tuple(reader.strings)


class _StringsReader:
    """Collects the texts that cells share; phonetic runs are left out."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._text: list[str] = []
        self._listening = self._aside = False

    def start(self, name: str, _: Attributes) -> None:
        """Listen inside `t`, unless it repeats the text in another script."""
        name = local(name)
        if name == "t":
            self._listening = not self._aside
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        """Put a text away when its item ends."""
        name = local(name)
        if name == "si":
            self.strings.append(_CONTROL.sub("\n", "".join(self._text)))
            self._text.clear()
        elif name == "t":
            self._listening = False
        elif name == "rPh":
            self._aside = False

    def hear(self, text: str) -> None:
        """Keep what stands inside `t`."""
        if self._listening:
            self._text.append(text)


def _formats(package: Package, related: dict[str, Attributes]) -> tuple[Format, ...]:
    part = _part(related, "styles")
    if part not in package.names:
        return ()
    reader = _StylesReader()
    package.read_xml(part, Handlers(reader.start, reader.end, reader.ignore))
    return tuple(reader.formats)


class _StylesReader:
    """Collects the number format behind each cell style."""

    def __init__(self) -> None:
        self.formats: list[Format] = []
        self._known = dict(BUILT_IN)
        self._inside = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Learn a format's text, or which format the next style has."""
        name = local(name)
        if name == "numFmt":
            self._known[int(attributes["numFmtId"])] = read_format(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self.formats.append(self._known.get(int(attributes.get("numFmtId", 0)), PLAIN))

    def end(self, name: str) -> None:
        """The styles of cells end with `cellXfs`."""
        if local(name) == "cellXfs":
            self._inside = False

    def ignore(self, _: str) -> None:
        """Styles hold no text."""
