"""Owner words become units and people; what nobody matches is named."""

from __future__ import annotations

import pytest

from models.tables import Person, Unit
from tasks.directory import Directory
from tasks.resolve_owners import Resolution, resolve

PEOPLE = ["周立诚", "韩国梁", "林晓东", "吕国平", "蒋文博", "秦慧敏", "梁素芳", "王芳", "李四"]
ZHOU, HAN, LIN, LV, JIANG, QIN, LIANG, WANG, LI = range(1, 10)
#: Name, kind, parent's name, head.
UNITS = [
    ("审计局", "单位", "", ZHOU),
    ("机关党委", "机关党委", "审计局", HAN),
    ("第一党支部", "党支部", "机关党委", LV),
    ("第二党支部", "党支部", "机关党委", JIANG),
    ("专项临时党支部", "临时党支部", "机关党委", WANG),
    ("办公室", "科室", "审计局", LV),
    ("人事教育科", "科室", "审计局", LIANG),
    ("工会", "群团组织", "审计局", None),
]
POSTS = {
    ("审计局", "党组书记"): (ZHOU,),
    ("审计局", "党组成员"): (ZHOU, HAN),
    ("机关党委", "分管领导"): (HAN,),
    ("办公室", "分管领导"): (ZHOU,),
    ("机关党委", "成员"): (LIN,),
    ("办公室", "成员"): (LV, QIN),
    ("人事教育科", "成员"): (LIANG,),
    ("第一党支部", "组织委员"): (QIN,),
    ("第一党支部", "支部书记"): (LV,),
    ("第二党支部", "支部书记"): (JIANG,),
    ("办公室", "工会主席"): (LI,),
}


@pytest.fixture
def directory() -> Directory:
    ids = {name: number for number, (name, *_) in enumerate(UNITS, start=1)}
    units = {
        name: Unit(
            id=ids[name],
            code=name,
            name=name,
            kind=kind,
            position=ids[name],
            parent_id=ids.get(parent),
            head_id=head,
        )
        for name, kind, parent, head in UNITS
    }
    people = {
        n: Person(id=n, name=name, email=f"{n}@example.gov.cn") for n, name in enumerate(PEOPLE, start=1)
    }
    return Directory(
        units=units,
        people={one.name: (one,) for one in people.values()},
        holders={(ids[unit], role): who for (unit, role), who in POSTS.items()},
        by_id=people,
    )


def leads(resolution: Resolution) -> list[tuple[str, int | None]]:
    return [(one.unit.name, one.owner_id) for one in resolution.answerable if one.role == "lead"]


def supporters(resolution: Resolution) -> list[str]:
    return [one.unit.name for one in resolution.answerable if one.role == "supporting"]


@pytest.mark.parametrize(
    ("lead", "people", "expected"),
    [
        (["机关党委"], ["林晓东"], [("机关党委", LIN)]),
        (["机关党委"], [], [("机关党委", HAN)]),
        (["机关党委"], ["党组书记"], [("机关党委", ZHOU)]),
        (["第一党支部"], ["组织委员"], [("第一党支部", QIN)]),
        (["人事教育科"], ["科室负责人"], [("人事教育科", LIANG)]),
        (["办公室"], ["人事教育科负责人"], [("办公室", LIANG)]),
        (["人事教育科"], ["分管领导"], [("人事教育科", ZHOU)]),
        (["办公室"], ["秦慧敏", "李四"], [("办公室", QIN)]),
        ([], ["林晓东"], [("机关党委", LIN)]),
    ],
)
def test_a_word_names_the_person_who_answers(
    directory: Directory, lead: list[str], people: list[str], expected: list[tuple[str, int]]
) -> None:
    resolution = resolve(directory, lead, [], people)

    assert leads(resolution) == expected
    assert resolution.unresolved == ()


def test_each_branch_answers_for_itself_with_its_own_secretary(directory: Directory) -> None:
    resolution = resolve(directory, ["各党支部"], [], ["各支部书记"])

    assert leads(resolution) == [("第一党支部", LV), ("第二党支部", JIANG), ("专项临时党支部", WANG)]
    assert not resolution.needs_confirmation


def test_of_several_units_the_first_leads_and_the_others_support(directory: Directory) -> None:
    resolution = resolve(directory, ["办公室", "机关党委"], ["人事教育科", "办公室"], ["吕国平"])

    assert leads(resolution) == [("办公室", LV)]
    assert supporters(resolution) == ["机关党委", "人事教育科"]


@pytest.mark.parametrize(
    ("lead", "supporting", "people", "unresolved"),
    [
        (["财政科"], [], ["林晓东"], (("lead", "财政科"),)),
        ([], [], [], (("lead", ""),)),
        (["机关党委"], ["各方面"], [], (("supporting", "各方面"),)),
        (["机关党委"], [], ["赵六"], (("owner", "赵六"),)),
        (["机关党委"], [], ["宣传委员"], (("owner", "宣传委员"),)),
        (["工会"], [], [], (("owner", ""),)),
        (["各相关党支部"], [], ["支部书记"], (("lead", "各相关党支部"),)),
    ],
)
def test_what_nobody_matches_is_named_with_its_column(
    directory: Directory,
    lead: list[str],
    supporting: list[str],
    people: list[str],
    unresolved: tuple[tuple[str, str], ...],
) -> None:
    resolution = resolve(directory, lead, supporting, people)

    assert resolution.unresolved == unresolved
    assert resolution.needs_confirmation is (unresolved[0][0] != "supporting")


def test_where_one_branch_lacks_the_post_its_head_answers_and_it_is_named(directory: Directory) -> None:
    resolution = resolve(directory, ["各党支部"], [], ["组织委员"])

    assert leads(resolution) == [("第一党支部", QIN), ("第二党支部", JIANG), ("专项临时党支部", WANG)]
    assert resolution.unresolved == (("owner", "组织委员（第二党支部）"),)


def test_the_leader_in_charge_is_looked_for_along_the_parents(directory: Directory) -> None:
    branch, union = directory.units["第二党支部"], directory.units["工会"]

    assert directory.leader_in_charge(branch) == HAN
    assert directory.leader_in_charge(union) == ZHOU
