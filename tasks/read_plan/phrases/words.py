"""Phrases without a date: relative, awaiting, unscheduled, vague and standing ones."""

from __future__ import annotations

import math
import re
from datetime import date

from models.schedule import Kind, Slot
from tasks.read_plan.phrases.normal import Words
from tasks.read_plan.phrases.slots import Reading

_LENGTH = (
    r"(?P<half>半)?(?P<number>\d{1,4})?(?:-(?P<most>\d{1,4}))?"
    r"(?P<unit>个?工作日|个?自然日|日|天|个?小时|周|个?星期|个月|个?月|年)"
)
_AFTER = re.compile(rf"(?<![最前])后的?{_LENGTH}(?:(?:之|以)?内|完成|前|$|[一-龥])")
_WITHIN = re.compile(rf"(?<!月)(?<![\d第]){_LENGTH}(?:之|以)?内(?!容)")
_AHEAD = re.compile(
    rf"(?:提前|(?:会|会议|召开|举办|举行|开展|活动|活动开始|到期|届满|期满|开始|实施)前)(?:至少)?{_LENGTH}"
)
_SAME_DAY = re.compile(r"当[日天](?!前)|次日(?!常)")
_DAYS = {"小时": 1 / 24, "周": 7, "星期": 7, "月": 30, "年": 365}

_SUPERIOR = r"(?:上级|中央|国家|[省市区县](?![域民])|厅|审计署|总署|工委|总工会|部委|主管部门)"
_AWAITING = re.compile(
    r"(?<![接招对优看善亏])待(?!遇)[^,;。]{0,16}?(?:通知|部署|安排|确定|明确|下发|印发|要求|批准|批复|文件|下达|定|后)"
    r"|等待|等候|听候|另行|另定|未定|以[^,;。]{0,16}为准"
    rf"|(?:视|按照?|根据|依据|依照|结合|遵照|随)[^,;。]{{0,10}}?{_SUPERIOR}"
    r"[^,;。]{0,12}?(?:通知|部署|安排|要求|文件|时间|精神|统一|计划|进度)"
    r"|(?:按照?|根据)(?:通知|文件)"
    rf"|{_SUPERIOR}[^,;。]{{0,8}}?(?:通知|部署|安排|要求|文件)"
)
_UNSCHEDULED = re.compile(
    r"(?<!定期)(?<!定期或)(?<!定期和)(?<!定期与)(?<!定期、)不定期|四不两直|随机|突击检查|飞行检查"
)
_NO_CADENCE = re.compile(r"适时|(?<!不)定期")
_STANDING = re.compile(
    r"长期|常态|持续|常年|经常|日常|贯穿始终|贯穿全过程|长抓|常抓|始终|一贯|一以贯之|不间断|平时|长效|永久|年复一年"
)
_VAGUE = re.compile(
    r"及时|视情|按需|择机|尽快|尽早|近期|随时|必要|需要|酌情|灵活|限期|按期|如期|同步|暂定|不确定|有序|适当|合适"
    r"|立即|即时|即日|第[一1]时间|会后|(?:按照?|根据|结合|视)[^,;。]{0,8}?(?:要求|规定|计划|情况|实际|工作|进度|时限|安排|部署|需求|进展)"
)


def awaits(text: str) -> bool:
    """Whether the text waits for a superior's word."""
    return bool(_AWAITING.search(text))


def stands(text: str) -> bool:
    """Whether the text means all the time."""
    return bool(_STANDING.search(text))


def hides(text: str) -> bool:
    """Whether the text asks for unannounced work."""
    return bool(_UNSCHEDULED.search(text))


def read_relative(words: Words) -> Reading | None:
    """So many days after (or, negative, before) something happens."""
    text = words.text
    after = _AFTER.search(text)
    if after and _counts(after):
        return _relative(after, "事项发生后", 1)
    within = _WITHIN.search(text)
    if within and _counts(within):
        return _relative(within, "事项发生后", 1)
    ahead = _AHEAD.search(text)
    if ahead and _counts(ahead):
        return _relative(ahead, "事项发生前", -1)
    day = _SAME_DAY.search(text)
    if day is None:
        return None
    days = 1 if day[0] == "次日" else 0
    said = "事项发生的次日完成" if days else "事项发生当日完成"
    return Reading(Kind.RELATIVE, f"{said}，不设固定日期", days=days)


def _counts(match: re.Match[str]) -> bool:
    return bool(match["number"]) != bool(match["half"])


def _relative(match: re.Match[str], when: str, sign: int) -> Reading:
    unit = match["unit"].removeprefix("个")
    amount = 0.5 if match["half"] else float(match["most"] or match["number"])
    days = math.ceil(amount * _DAYS.get(unit, 1))
    workdays = unit == "工作日"
    measure = "个工作日" if workdays else "日"
    return Reading(
        Kind.RELATIVE,
        f"{when}{days}{measure}{'内' if sign > 0 else ''}，不设固定日期",
        days=sign * days,
        workdays=workdays,
    )


def read_words(words: Words) -> Reading | None:
    """What the words say where no date, recurrence or number could be read."""
    text = words.text
    for applies, reading in (
        (_UNSCHEDULED, _unscheduled),
        (_AWAITING, _awaiting),
        (_NO_CADENCE, _vague),
        (_STANDING, _standing),
        (_VAGUE, _vague),
    ):
        if applies.search(text):
            return reading(words.year)
    return None


def standing_from(start: date) -> Reading:
    """All the time from that day on: never due."""
    slot = Slot(f"{start.year}", start, None)
    return Reading(Kind.STANDING, f"长期事项，自{start}起持续开展，不设到期日", (slot,))


def _standing(year: int) -> Reading:
    return standing_from(date(year, 1, 1))


def _awaiting(_year: int) -> Reading:
    return Reading(Kind.AWAITING, "待上级部署后确定时间，暂不亮灯")


def _unscheduled(_year: int) -> Reading:
    return Reading(Kind.UNSCHEDULED, "不定期开展，只计次数，对被检查单位不公开")


def _vague(_year: int) -> Reading:
    return Reading(Kind.VAGUE, "没有写明时间，需要先确定开展频次", confirm=True)
