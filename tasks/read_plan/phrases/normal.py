"""How a phrase is brought into one spelling before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from tasks.read_plan.phrases.numerals import COUNTED, in_digits
from tasks.read_plan.phrases.wording import Doubt


@dataclass(frozen=True)
class Words:
    """A phrase in the grammar's spelling: digits, “-” for every range mark, no blanks, no quotes.

    `doubts` are what the spelling itself left open; `noted` tells that a remark in brackets was
    left out.
    """

    text: str
    year: int
    doubts: tuple[Doubt, ...] = ()
    noted: bool = False


Replacement = str | Callable[[re.Match[str]], str]

#: Circled and bracketed numbers open a point of a list; NFKC would glue them to the month after them.
_LIST_SIGNS = re.compile("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3220-\u3229\u3280-\u3289]")
_NUMBERED_LINE = re.compile(r"(?m)^[ \t\u3000]*[((]?\d{1,2}[))..、][ \t\u3000]*(?=\S)")
_LINE_LIST = re.compile(r"(?:[月日前份度]|半年)(?P<break>[ \t\u3000]*[\r\n]+[ \t\u3000]*)(?=\d{1,2}月)")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_QUOTES = str.maketrans("", "", "“”\"'‘’`´「」『』〝〞＂★*")
_TITLES = re.compile(r"《[^》]*》")
_NOTES = re.compile(r"[(\[【〔{][^()\[\]【】〔〕{}]*[)\]】〕}]")
_BRACKETS = re.compile(r"[()\[\]【】〔〕{}]+")
_DASHES = re.compile(
    "[-~\u2010-\u2015\u2212\u2500\u2501\u301c\u223c\u223e\u2053\u30fc\u2192\u2e3a\u2e3b\uff5e]+"
)
_EDGES = re.compile(r"^[。.,;:、!?…·]+|[。.,;:、!?…·]+$")


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
_BEFORE_DIGITS: tuple[tuple[re.Pattern[str], Replacement, Doubt | None], ...] = (
    (re.compile(r"[,;(]?(?:如|若)?遇[^,;]*?(?:顺延|提前|推迟|调整)[^,;)]*\)?"), "", None),
    (re.compile(r"(?<=[\d月日])一(?=\d)"), "-", None),
    (re.compile(r"截(?:至|止(?:到|至|于)?)"), "截止", None),
    (re.compile(r"元月"), "一月", None),
    (re.compile(r"岁[末尾]"), "年末", None),
    (re.compile(r"^(?=(?:周|星期|礼拜)[一二三四五六日天])"), "每", Doubt.EACH_MISSING),
    (re.compile(r"^年前"), "春节前", Doubt.BEFORE_NEW_YEAR),
    (re.compile(r"^(?:于)?[次下]个?月(?=[\d一二三四五六七八九十廿]|初|上旬|底)"), "每月次月", None),
    (re.compile(r"正月"), "一月", Doubt.LUNAR),
    (re.compile(r"(?<=月)份"), "", None),
    (re.compile(r"首季度?|季度首季"), "一季度", None),
    (re.compile(r"末季度?"), "四季度", None),
    (re.compile(r"首(?=[月周个])"), "第一", None),
    (re.compile(r"第一月"), "第一个月", None),
    (re.compile(r"(?:最末|末尾|倒数第一)(?=[个月周])|末(?=月|周)"), "最后一", None),
    (re.compile(r"最后一月|最后月"), "最后一个月", None),
    (re.compile(r"(?<![\d一二三四])([一二三四]{2,4})季度"), _two_quarters, None),
    (
        re.compile(r"(?<![一二三四五六七八九十第周])([一二三四五六七八])([二三四五六七八九])月(?!\d)"),
        _neighbour_months,
        Doubt.CROWDED,
    ),
    (
        re.compile(rf"(?<![零一二三四五六七八九十第每\d])一(周|旬|月|季度?|年)一(?={COUNTED})"),
        r"每\1一",
        None,
    ),
    (
        re.compile(
            r"(?<![零一二三四五六七八九十第每\d])一(周|旬|月|季度?|年)一(?![零一二三四五六七八九十日号月季周\-])"
        ),
        r"每\1",
        None,
    ),
    (re.compile(r"(?<![每逢上下前后])(两|双|半)个?(周|月|年|季度)(?=[一1]次)"), r"每\1\2", None),
    (re.compile(r"(?<![每逢第\d])2(周|个月|个季度)(?=[一1]次)"), r"每2\1", None),
    (re.compile(r"(?<![每逢第\d])([三四五六3-6])个月(?=[一1]次)"), r"每\1个月", None),
    (re.compile(r"隔(周|月|年|季度?)"), r"每两\1", None),
    (re.compile(r"(?:^|(?<=[,;、]))(月月|季季|周周|年年|天天)"), lambda match: "每" + match[1][0], None),
)
_IN_DIGITS: tuple[tuple[re.Pattern[str], Replacement, Doubt | None], ...] = (
    (re.compile(r"(\d)号"), r"\1日", None),
    (re.compile(r"((?:19|20|21)\d\d)年?-?[qQ]([1-4])"), r"\1年\2季度", None),
    (re.compile(r"[qQ]([1-4])"), r"\1季度", None),
    (re.compile(r"(?<!\d)((?:19|20|21)\d\d)-((?:19|20|21)\d\d)年"), r"\1年-\2年", None),
    (re.compile(r"第(?=[1-4](?:[、,/和及与\-至到]第?[1-4])*季)"), "", None),
    (re.compile(r"(?<!\d)([1-4])季(?![度节])"), r"\1季度", None),
    (re.compile(r"季(?![度节])"), "季度", None),
    (re.compile(r"(?<![以之])前半年"), "上半年", None),
    (re.compile(r"(?<![以之])后半年"), "下半年", None),
    (re.compile(r"上[、,/和及与]?下半年"), "上半年、下半年", None),
    (re.compile(r"(?<!\d)((?:19|20|21)\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)"), _compact_date, None),
    (
        re.compile(r"(?<!\d)((?:19|20|21)\d\d)(0[1-9]|1[0-2])(?![\d月])"),
        lambda match: f"{match[1]}年{int(match[2])}月",
        None,
    ),
    (re.compile(r"(?<!\d)((?:19|20|21)\d\d)(\d{1,2})月"), r"\1年\2月", Doubt.LOST_YEAR_SIGN),
    (
        re.compile(r"(?<!\d)((?:19|20|21)\d\d)([-./])(\d{1,2})\2(\d{1,2})(?![\d月])日?"),
        lambda match: f"{match[1]}年{int(match[3])}月{int(match[4])}日",
        None,
    ),
    (
        re.compile(r"(?<!\d)((?:19|20|21)\d\d)[-./](\d{1,2})(?!\d)月?"),
        lambda match: f"{match[1]}年{int(match[2])}月",
        None,
    ),
    (
        re.compile(rf"(?<![\d.])(\d{{1,2}})[.·](\d{{1,2}})(?![\d.%月天]|季度|{COUNTED})日?"),
        _short_date,
        None,
    ),
    (re.compile(r"(?<![\d/月])(\d{1,2})/(\d{1,2})(?=前|之前|以前|[-])"), _short_date, None),
    (re.compile(r"(?<![\d/月])(\d{1,2})/(1[3-9]|2\d|3[01])(?![\d/月日])"), _short_date, None),
    (re.compile(r"(?<![\d/月])(\d{1,2})/(\d{1,2})$"), _short_date, Doubt.DATE_OR_MONTHS),
    (
        re.compile(
            r"(?<=[\d月日旬初底末中年度半起])(?:起|开始)?(?:一直|直)?[至到](?=[\d次明翌来下上中底初末年全本])"
        ),
        "-",
        None,
    ),
    (re.compile(r"(?<=[\d月日旬初底末中年度])(?:起|开始)-"), "-", None),
    (
        re.compile(
            rf"((?:不少于|不低于|不得少于|至少|最少|≥|>=)?\d+(?:\.\d+)?{COUNTED})(?:/人)?/(?:每)?(周|月|季度|半年|年)"
        ),
        r"每\2\1",
        None,
    ),
    (re.compile(r"(?<![\d本每全])(年|月|季度)均(?=\d|不|至|[一-龥]{0,3}\d)"), r"每\1", None),
    (re.compile(r"^年(?=不少于|不低于|至少|最少|≥|开展|\d)"), "每年", None),
)


def normalise(phrase: str, *, year: int, notes: bool = False) -> Words:
    """The phrase in the grammar's spelling; with `notes` remarks in brackets are read too."""
    text = _LIST_SIGNS.sub(";", phrase)
    if "\n" in text or "\r" in text:
        text = _without_line_numbers(text)
    text = unicodedata.normalize("NFKC", text)
    text = _UNSEEN.sub("", text).translate(_QUOTES)
    text = _TITLES.sub("", text)
    bare = _NOTES.sub("", text)
    noted = bare != text and bool(bare)
    text = text if notes or not bare else bare
    text = _BRACKETS.sub("," if notes else "", text)
    text = _EDGES.sub("", _DASHES.sub("-", text))
    doubts: list[Doubt] = []
    text = _respell(text, _BEFORE_DIGITS, doubts)
    text = _respell(in_digits(text), _IN_DIGITS, doubts)
    return Words(text, year, tuple(doubts), noted)


def _respell(
    text: str, table: tuple[tuple[re.Pattern[str], Replacement, Doubt | None], ...], doubts: list[Doubt]
) -> str:
    for pattern, replacement, doubt in table:
        text, changes = pattern.subn(replacement, text)
        if changes and doubt:
            doubts.append(doubt)
    return text


def _without_line_numbers(text: str) -> str:
    # “1.3月…” on a line of its own is point 1, not the third of January; one such line is a date.
    if len(_NUMBERED_LINE.findall(text)) > 1:
        text = _NUMBERED_LINE.sub(";", text)
    return _LINE_LIST.sub(lambda match: match[0].replace(match["break"], ";"), text)
