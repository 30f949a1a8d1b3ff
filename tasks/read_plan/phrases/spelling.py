"""The spellings that people use for one and the same thing, and the one that the grammar reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tasks.read_plan.phrases.numerals import COUNTED
from tasks.read_plan.phrases.wording import Doubt


class Spelling(NamedTuple):
    """A pattern, what it becomes, and the doubt that this leaves.

    `needs` are characters of which the text must hold at least one: most phrases hold none.
    """

    needs: str
    pattern: re.Pattern[str]
    becomes: str | Callable[[re.Match[str]], str]
    doubt: Doubt | None = None


def _valid(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31  # noqa: PLR2004  # months and days


def _short_date(match: re.Match[str]) -> str:
    month, day = match[1], match[2]
    return f"{int(month)}月{int(day)}日" if _valid(month, day) else match[0]


def _compact_date(match: re.Match[str]) -> str:
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日" if _valid(match[2], match[3]) else match[0]


def _two_quarters(match: re.Match[str]) -> str:
    return "、".join(match[1]) + "季度"


def _neighbour_months(match: re.Match[str]) -> str:
    digits = "一二三四五六七八九"
    first, second = digits.index(match[1]) + 1, digits.index(match[2]) + 1
    return f"{first}-{second}月" if second == first + 1 else match[0]


#: Spelling by spelling, in this order: a pattern, what it becomes, the doubt that it leaves.
BEFORE_DIGITS: tuple[Spelling, ...] = (
    Spelling("遇", re.compile(r"[,;(]?(?:如|若)?遇[^,;]*?(?:顺延|提前|推迟|调整)[^,;)]*\)?"), ""),
    Spelling("一", re.compile(r"(?<=[\d月日])一(?=\d)"), "-"),
    Spelling("截", re.compile(r"截(?:至|止(?:到|至|于)?)"), "截止"),
    Spelling("元", re.compile(r"元月"), "一月"),
    Spelling("岁", re.compile(r"岁[末尾]"), "年末"),
    Spelling("周星礼", re.compile(r"^(?=(?:周|星期|礼拜)[一二三四五六日天])"), "每", Doubt.EACH_MISSING),
    Spelling("年", re.compile(r"^年前"), "春节前", Doubt.BEFORE_NEW_YEAR),
    Spelling("次下", re.compile(r"^(?:于)?[次下]个?月(?=[\d一二三四五六七八九十廿]|初|上旬|底)"), "每月次月"),
    Spelling("正", re.compile(r"正月"), "一月", Doubt.LUNAR),
    Spelling("份", re.compile(r"(?<=月)份"), ""),
    Spelling("首", re.compile(r"首季度?|季度首季"), "一季度"),
    Spelling("末", re.compile(r"末季度?"), "四季度"),
    Spelling("首", re.compile(r"首(?=[月周个])"), "第一"),
    Spelling("一", re.compile(r"第一月"), "第一个月"),
    Spelling("末倒", re.compile(r"(?:最末|末尾|倒数第一)(?=[个月周])|末(?=月|周)"), "最后一"),
    Spelling("最", re.compile(r"最后一月|最后月"), "最后一个月"),
    Spelling("季", re.compile(r"(?<![\d一二三四])([一二三四]{2,4})季度"), _two_quarters),
    Spelling(
        "月",
        re.compile(r"(?<![一二三四五六七八九十第周])([一二三四五六七八])([二三四五六七八九])月(?!\d)"),
        _neighbour_months,
        Doubt.CROWDED,
    ),
    Spelling(
        "一",
        re.compile(rf"(?<![零一二三四五六七八九十第每\d])一(周|旬|月|季度?|年)一(?={COUNTED})"),
        r"每\1一",
    ),
    Spelling(
        "一",
        re.compile(
            r"(?<![零一二三四五六七八九十第每\d])一(周|旬|月|季度?|年)一(?![零一二三四五六七八九十日号月季周\-])"
        ),
        r"每\1",
    ),
    Spelling("两双半", re.compile(r"(?<![每逢上下前后])(两|双|半)个?(周|月|年|季度)(?=[一1]次)"), r"每\1\2"),
    Spelling("2", re.compile(r"(?<![每逢第\d])2(周|个月|个季度)(?=[一1]次)"), r"每2\1"),
    Spelling("个", re.compile(r"(?<![每逢第\d])([三四五六3-6])个月(?=[一1]次)"), r"每\1个月"),
    Spelling("隔", re.compile(r"隔(周|月|年|季度?)"), r"每两\1"),
    Spelling(
        "月季周年天",
        re.compile(r"(?:^|(?<=[,;、]))(月月|季季|周周|年年|天天)"),
        lambda match: "每" + match[1][0],
    ),
)
IN_DIGITS: tuple[Spelling, ...] = (
    Spelling("号", re.compile(r"(\d)号"), r"\1日"),
    Spelling("qQ", re.compile(r"((?:19|20|21)\d\d)年?-?[qQ]([1-4])"), r"\1年\2季度"),
    Spelling("qQ", re.compile(r"[qQ]([1-4])"), r"\1季度"),
    Spelling("-", re.compile(r"(?<!\d)((?:19|20|21)\d\d)-((?:19|20|21)\d\d)年"), r"\1年-\2年"),
    Spelling("第", re.compile(r"第(?=[1-4](?:[、,/和及与\-至到]第?[1-4])*季)"), ""),
    Spelling("季", re.compile(r"(?<!\d)([1-4])季(?![度节])"), r"\1季度"),
    Spelling("季", re.compile(r"季(?![度节])"), "季度"),
    Spelling("半", re.compile(r"(?<![以之])前半年"), "上半年"),
    Spelling("半", re.compile(r"(?<![以之])后半年"), "下半年"),
    Spelling("半", re.compile(r"上[、,/和及与]?下半年"), "上半年、下半年"),
    Spelling("012", re.compile(r"(?<!\d)((?:19|20|21)\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)"), _compact_date),
    Spelling(
        "012",
        re.compile(r"(?<!\d)((?:19|20|21)\d\d)(0[1-9]|1[0-2])(?![\d月])"),
        lambda match: f"{match[1]}年{int(match[2])}月",
    ),
    Spelling("012", re.compile(r"(?<!\d)((?:19|20|21)\d\d)(\d{1,2})月"), r"\1年\2月", Doubt.LOST_YEAR_SIGN),
    Spelling(
        "012",
        re.compile(r"(?<!\d)((?:19|20|21)\d\d)([-./])(\d{1,2})\2(\d{1,2})(?![\d月])日?"),
        lambda match: f"{match[1]}年{int(match[3])}月{int(match[4])}日",
    ),
    Spelling(
        "012",
        re.compile(r"(?<!\d)((?:19|20|21)\d\d)[-./](\d{1,2})(?!\d)月?"),
        lambda match: f"{match[1]}年{int(match[2])}月",
    ),
    Spelling(
        ".·",
        re.compile(rf"(?<![\d.])(\d{{1,2}})[.·](\d{{1,2}})(?![\d.%月天]|季度|{COUNTED})日?"),
        _short_date,
    ),
    Spelling("/", re.compile(r"(?<![\d/月])(\d{1,2})/(\d{1,2})(?=前|之前|以前|[-])"), _short_date),
    Spelling("/", re.compile(r"(?<![\d/月])(\d{1,2})/(1[3-9]|2\d|3[01])(?![\d/月日])"), _short_date),
    Spelling("/", re.compile(r"(?<![\d/月])(\d{1,2})/(\d{1,2})$"), _short_date, Doubt.DATE_OR_MONTHS),
    Spelling(
        "至到",
        re.compile(
            r"(?<=[\d月日旬初底末中年度半起])(?:起|开始)?(?:一直|直)?[至到](?=[\d次明翌来下上中底初末年全本])"
        ),
        "-",
    ),
    Spelling("-", re.compile(r"(?<=[\d月日旬初底末中年度])(?:起|开始)-"), "-"),
    Spelling(
        "/",
        re.compile(
            rf"((?:不少于|不低于|不得少于|至少|最少|≥|>=)?\d+(?:\.\d+)?{COUNTED})(?:/人)?/(?:每)?(周|月|季度|半年|年)"
        ),
        r"每\2\1",
    ),
    Spelling("均", re.compile(r"(?<![\d本每全])(年|月|季度)均(?=\d|不|至|[一-龥]{0,3}\d)"), r"每\1"),
    Spelling("年", re.compile(r"^年(?=不少于|不低于|至少|最少|≥|开展|\d)"), "每年"),
)
