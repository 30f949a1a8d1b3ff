"""The Chinese sentence that tells a coordinator how a phrase was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from models.schedule import ASK, Slot

_SHOWN = 4


class Doubt(StrEnum):
    """What keeps a reading from being certain, in the words that are put to the coordinator."""

    CROWDED = "两个时间之间没有分隔符，按连续时段理解"
    WRAP = "结束早于开始，按跨年理解"
    TURNED = "结束早于开始，已对调"
    NO_END = "没有写明结束时间，按年底结束理解"
    OTHER_YEAR = "年份与计划年度不一致"
    LOST_YEAR_SIGN = "“年”字疑似漏写"
    DATE_OR_MONTHS = "可能是日期，也可能是两个月份"
    LUNAR = "农历月份按公历理解"
    NO_SUCH_DAY = "日期不存在，已取最近的有效日期"
    BEFORE_SPAN = "“前”是否包含该时段本身不明确，按包含理解"
    SHARED_DAY = "前面的月份是否同样限定到日或旬不明确，按相同理解"
    BARE_MONTH = "只写了数字，按月份理解"
    NO_MARK = "后一个时间前面没有标点"
    WHICH_MONTH = "没有写明季度内的哪个月，按最后一个月理解"
    EACH_MISSING = "没有写“每”，按每期理解"
    AMOUNT_RANGE = "次数写成区间，按下限理解"
    AMOUNTS_UNEVEN = "时段数与数量个数不一致，数量未采用"
    ALSO = "文中另有时间没有采用"
    MANY_YEARS = "周期超过一年，按本年度一次理解"
    DAILY = "按日开展的工作按长期事项管理"
    AWAITED = "文中提到待上级部署，时间可能调整"
    NODES = "“节点”按法定节假日理解"
    BEFORE_NEW_YEAR = "“年前”按春节前理解"
    EACH_SLOT = "次数是否为各时段分别计算不明确，按各时段相同理解"
    NEXT_NEW_YEAR = "元旦在计划年度之初，按次年元旦理解"
    NO_FEAST = "该年度的农历节日日期尚未收录"
    SEVERAL_TIMES = "没有写明次数"


def span(start: date | None, due: date | None) -> str:
    """A stretch of days, as short as it can be said."""
    if start is None or start == due:
        return f"{due}"
    return f"{start}至{due}"


def number(amount: float) -> str:
    """A quantity without needless decimals."""
    return f"{int(amount)}" if amount == int(amount) else f"{amount}"


def windows(slots: Sequence[Slot]) -> str:
    """One or several stretches, each due on its last day."""
    if len(slots) == 1:
        return f"{span(slots[0].start, slots[0].due)}，到期日{slots[0].due}"
    return f"共{len(slots)}个时段，{_listed([span(slot.start, slot.due) for slot in slots])}，各于末日到期"


def deadlines(slots: Sequence[Slot]) -> str:
    """One or several last days, which count themselves."""
    if len(slots) == 1:
        return f"{slots[0].due}前完成（含当日）"
    return f"共{len(slots)}个期限，{_listed([str(slot.due) for slot in slots])}，均含当日"


def series(label: str, slots: Sequence[Slot]) -> str:
    """A recurrence: how often, how many, the first and the last due date."""
    if not slots:
        return f"{label}，计划年度内没有对应的日期"
    if len(slots) == 1:
        return f"{label}，共1期，{span(slots[0].start, slots[0].due)}，到期日{slots[0].due}"
    return f"{label}，共{len(slots)}期，首期{span(slots[0].start, slots[0].due)}，末期{slots[-1].due}到期"


def quota(slots: Sequence[Slot], target: float | tuple[float, ...], unit: str) -> str:
    """A quantity owed per period."""
    periods = "、".join(span(slot.start, slot.due) for slot in slots[:_SHOWN])
    if isinstance(target, tuple):
        amounts = "、".join(number(amount) for amount in target)
        return f"共{len(slots)}期，目标依次为{amounts}{unit}，{_first_and_last(slots)}"
    if len(slots) == 1:
        return f"{periods}内目标{number(target)}{unit}，{slots[0].due}到期"
    return f"每期目标{number(target)}{unit}，共{len(slots)}期，{_first_and_last(slots)}"


def sentence(said: str, doubts: Sequence[Doubt]) -> str:
    """The whole sentence, with what is to be confirmed at its end."""
    if not doubts:
        return f"理解为：{said}"
    return f"理解为：{said}；{'；'.join(dict.fromkeys(doubts))}{ASK}"


def _first_and_last(slots: Sequence[Slot]) -> str:
    return f"首期{slots[0].due}到期，末期{slots[-1].due}到期"


def _listed(spans: Sequence[str]) -> str:
    return "、".join(spans[:_SHOWN]) + ("等" if len(spans) > _SHOWN else "")
