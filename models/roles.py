"""The words of the organisation file that the engine must understand: kinds of units and roles."""

from __future__ import annotations

from enum import StrEnum


class UnitKind(StrEnum):
    """Kinds of units; the value is the word in the organisation file."""

    BUREAU = "单位"
    COMMITTEE = "机关党委"
    BRANCH = "党支部"
    TEMPORARY_BRANCH = "临时党支部"
    GROUP = "党小组"
    DEPARTMENT = "科室"
    MASS_ORGANISATION = "群团组织"
    RESIDENT = "派驻机构"


#: What the party branches are together: an ordinary or a temporary one.
BRANCHES = (UnitKind.BRANCH, UnitKind.TEMPORARY_BRANCH)

#: Words that mean every unit of some kinds (各党支部 counts temporary branches in).
COLLECTIVES: dict[str, tuple[UnitKind, ...]] = {
    "各党支部": BRANCHES,
    "各支部": BRANCHES,
    "各基层党支部": BRANCHES,
    "各党小组": (UnitKind.GROUP,),
    "各科室": (UnitKind.DEPARTMENT,),
    "各处室": (UnitKind.DEPARTMENT,),
    "各部门": (UnitKind.DEPARTMENT,),
    "各业务科室": (UnitKind.DEPARTMENT,),
    "各群团组织": (UnitKind.MASS_ORGANISATION,),
    "各常设党支部": (UnitKind.BRANCH,),
    "各临时党支部": (UnitKind.TEMPORARY_BRANCH,),
}


class Role(StrEnum):
    """Roles that rules speak of; the value is the word in the organisation file."""

    PARTY_SECRETARY = "党组书记"
    PARTY_MEMBER_OF_GROUP = "党组成员"
    LEADER_IN_CHARGE = "分管领导"
    BRANCH_SECRETARY = "支部书记"
    TEMPORARY_BRANCH_SECRETARY = "临时党支部书记"
    GROUP_HEAD = "党小组组长"
    SECTION_HEAD = "科室负责人"
    MEMBER = "成员"
    PARTY_MEMBER = "党员"
    COORDINATOR = "协调人"


#: Leadership words that mean “the leader in charge of the unit”, not everybody who holds them.
LEADERSHIP = (Role.LEADER_IN_CHARGE, Role.PARTY_MEMBER_OF_GROUP)

#: In which of a person's units a role is held. Roles that name a unit (`工会主席`) are held there;
#: any other role is held in the department.
ROLE_PLACE: dict[str, str] = {
    "党组书记": "bureau",
    "党组成员": "bureau",
    "机关党委书记": "committee",
    "机关党委专职副书记": "committee",
    "机关党委委员": "committee",
    "支部书记": "branch",
    "支部副书记": "branch",
    "组织委员": "branch",
    "宣传委员": "branch",
    "纪检委员": "branch",
    "网格员": "branch",
    "党员": "branch",
    "预备党员": "branch",
    "临时党支部书记": "temporary_branch",
    "党小组组长": "group",
    "科室负责人": "department",
}

#: Which kinds of units have posts of such a place each of their own.
POST_KINDS: dict[str, tuple[UnitKind, ...]] = {
    "branch": BRANCHES,
    "temporary_branch": BRANCHES,
    "group": (UnitKind.GROUP,),
    "department": (UnitKind.DEPARTMENT,),
}
