"""The approvals that come with duban, and those that a bureau keeps in its own folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from models.approval.definition import Definition
from models.approval.faults import DefinitionFaultsError, Fault
from models.approval.read_definition import read_definition
from models.errors import InputError, NotFoundError, file_failed


@cache
def shipped() -> Mapping[str, Definition]:
    """The shipped definitions by code."""
    folder = files("models").joinpath("catalogues", "approvals")
    pages = sorted(
        (page for page in folder.iterdir() if page.name.endswith(".yaml")), key=lambda page: page.name
    )
    found = (read_definition(page.read_text("utf-8"), source=page.name) for page in pages)
    return MappingProxyType({one.code: one for one in found})


def read_file(file: Path) -> Definition:
    """A bureau's definition.

    Raises InputError with every fault, UnavailableError if the file cannot be read.
    """
    definition = read_definition(page_of(file), source=str(file))
    faults = misfits(definition, source=str(file))
    if faults:
        raise DefinitionFaultsError(str(file), faults)
    return definition


def misfits(definition: Definition, *, source: str) -> list[Fault]:
    """Why a definition cannot take the place of the shipped one with its code, if it means to.

    Whoever asks for a decision supplies the shipped definition's facts and no others; a condition on
    another fact would silently never hold.
    """
    known = shipped().get(definition.code)
    if known is None:
        return []
    faults = []
    if definition.subject != known.subject:
        faults.append(Fault(source, "other_subject", {"subject": known.subject}))
    strange = tuple(fact for fact, kind in definition.facts.items() if known.facts.get(fact) is not kind)
    if strange:
        supplied = tuple(known.facts) or ("-",)
        faults.append(Fault(source, "facts_not_supplied", {"facts": strange, "supplied": supplied}))
    return faults


def page_of(file: Path) -> str:
    """The text of a definition's file.

    Raises InputError if it is not UTF-8, UnavailableError if the file cannot be read.
    """
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise file_failed(error, file) from error
    except UnicodeDecodeError as error:
        raise DefinitionFaultsError(str(file), [Fault(str(file), "not_utf8")]) from error


def definitions_in(folder: Path) -> dict[str, Definition]:
    """The definitions of a bureau's folder by code; none where there is no such folder.

    Raises InputError naming the file where a page has faults or repeats another's code.
    """
    found: dict[str, Definition] = {}
    read_from: dict[str, str] = {}
    for file in sorted(folder.glob("*.yaml")):
        definition = read_file(file)
        other = read_from.setdefault(definition.code, file.name)
        if other != file.name:
            raise InputError("approval_definition_twice", file=file.name, other=other, code=definition.code)
        found[definition.code] = definition
    return found


def definitions(folder: Path | None = None) -> Mapping[str, Definition]:
    """The definitions in use: the shipped ones, replaced and joined by the bureau's own.

    Raises what `definitions_in` raises.
    """
    return shipped() if folder is None else {**shipped(), **definitions_in(folder)}


def definition_for(code: str, folder: Path | None = None) -> Definition:
    """The definition in use under a code; raises NotFoundError, and what `definitions_in` raises."""
    known = definitions(folder)
    if code not in known:
        raise NotFoundError("approval_definition_unknown", code=code, known=", ".join(sorted(known)))
    return known[code]


def contradict(one: Definition, other: Definition) -> bool:
    """Whether two pages call themselves the same version of an approval and are not the same text.

    Running approvals are pinned to a version with its text, so a changed page must raise its number.
    """
    return (one.code, one.version) == (other.code, other.version) and one.sha != other.sha
