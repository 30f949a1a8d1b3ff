"""Fixed days that plans name: anniversaries, statutory holidays, theme months."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Feast:
    """A named day or stretch of every year.

    `statutory` is the key of models.workdays.STATUTORY for the seven holidays; `length` counts
    the days that the holiday itself takes, `before` those of them that lie before the day named.
    """

    name: str
    pattern: str
    month: int = 0
    day: int = 0
    length: int = 1
    before: int = 0
    statutory: str = ""
    moon: int | None = None

    def on(self, year: int) -> date | None:
        """The day of that year; none for a lunar day beyond the table."""
        if self.name == "清明":
            return date(year, 4, _qingming(year))
        if self.moon is None:
            return date(year, self.month, self.day)
        days = LUNAR.get(year)
        if days is None:
            return None
        month, day = divmod(int(days.split()[self.moon]), 100)
        return date(year, month, day) + timedelta(days=self.day)


#: 春节, 端午, 中秋, 重阳 as month and day, by year. Computed astronomically, the same everywhere.
LUNAR = {
    2020: "0125 0625 1001 1025",
    2021: "0212 0614 0921 1014",
    2022: "0201 0603 0910 1004",
    2023: "0122 0622 0929 1023",
    2024: "0210 0610 0917 1011",
    2025: "0129 0531 1006 1029",
    2026: "0217 0619 0925 1018",
    2027: "0206 0609 0915 1008",
    2028: "0126 0528 1003 1026",
    2029: "0213 0616 0922 1016",
    2030: "0203 0605 0912 1005",
    2031: "0123 0624 1001 1024",
    2032: "0211 0612 0919 1012",
    2033: "0131 0601 0908 1001",
    2034: "0219 0620 0927 1020",
    2035: "0208 0610 0916 1009",
    2036: "0128 0530 1004 1027",
    2037: "0215 0618 0924 1017",
    2038: "0204 0607 0913 1007",
    2039: "0124 0527 1002 1026",
    2040: "0212 0614 0920 1014",
    2041: "0201 0603 0910 1003",
    2042: "0122 0622 0928 1022",
    2043: "0210 0611 0917 1011",
    2044: "0130 0531 1005 1029",
    2045: "0217 0619 0925 1018",
    2046: "0206 0608 0915 1008",
    2047: "0126 0529 1004 1027",
    2048: "0214 0615 0922 1016",
    2049: "0202 0604 0911 1005",
    2050: "0123 0623 0930 1024",
}
_SPRING, _DRAGON, _AUTUMN, _DOUBLE_NINTH = range(4)

_EIGHTH = r"(?:三·?八|3[·.]?8)(?:国际)?(?:劳动)?(?:妇女)?"
#: 十一 is a day only where it does not count something: 十一个, 二十一.
_TENTH_FIRST = r"(?<![二三四五六七八九])十一(?=$|[节前后长期假、,;和及国])"
#: In the order in which they are tried: longer names before the shorter ones that they contain.
FEASTS = (
    Feast("学雷锋活动月", r"学雷锋(?:活动)?月", 3, 1, length=31),
    Feast("安全生产月", r"安全生产(?:活动)?月", 6, 1, length=30),
    Feast("宪法宣传周", r"宪法宣传周", 12, 1, length=7),
    Feast("元旦", r"元旦节?", 1, 1, statutory="new-year"),
    Feast("人民警察节", r"人民警察节", 1, 10),
    Feast("除夕", r"除夕", day=-1, moon=_SPRING),
    Feast("春节", r"春节|农历新年", length=4, before=1, statutory="spring", moon=_SPRING),
    Feast("元宵", r"元宵节?", day=14, moon=_SPRING),
    Feast("学雷锋纪念日", r"学雷锋(?:纪念日|日|活动日)?|雷锋(?:纪念)?日", 3, 5),
    Feast("三八节", rf"{_EIGHTH}节|(?:国际(?:劳动)?)?妇女节|三八(?!线)", 3, 8),
    Feast("植树节", r"植树节", 3, 12),
    Feast("消费者权益日", r"消费者权益(?:保护)?日", 3, 15),
    Feast("清明", r"清明节?", statutory="qingming"),
    Feast("国家安全教育日", r"(?:全民)?国家安全(?:教育)?日", 4, 15),
    Feast("读书日", r"(?:世界|全民)?读书日", 4, 23),
    Feast("劳动节", r"五一(?:国际)?(?:劳动)?节?|国际劳动节|劳动节", 5, 1, length=2, statutory="labour"),
    Feast("青年节", r"五四(?:青年)?节?|青年节", 5, 4),
    Feast("护士节", r"护士节", 5, 12),
    Feast("防灾减灾日", r"防灾减灾日", 5, 12),
    Feast("国际家庭日", r"国际家庭日", 5, 15),
    Feast("科技工作者日", r"科技工作者日", 5, 30),
    Feast("儿童节", r"六一(?:国际)?(?:儿童)?节?|儿童节", 6, 1),
    Feast("环境日", r"(?:世界)?环境日", 6, 5),
    Feast("端午", r"端午节?", statutory="dragon-boat", moon=_DRAGON),
    Feast("禁毒日", r"(?:国际)?禁毒日", 6, 26),
    Feast("七一", r"七一(?:建党)?(?:纪念日|节)?|建党(?:节|日|纪念日|周年)|党的(?:生日|诞辰)", 7, 1),
    Feast("七七", r"七七事变|七七纪念日", 7, 7),
    Feast("八一", r"八一(?:建军)?(?:纪念日|节)?|建军节", 8, 1),
    Feast("医师节", r"(?:中国)?医师节", 8, 19),
    Feast("教师节", r"教师节", 9, 10),
    Feast("九一八", r"九[·.]?一八(?:纪念日)?", 9, 18),
    Feast("中秋", r"中秋节?", statutory="mid-autumn", moon=_AUTUMN),
    Feast("烈士纪念日", r"烈士纪念日", 9, 30),
    Feast("国庆", rf"国庆节?|{_TENTH_FIRST}", 10, 1, length=3, statutory="national"),
    Feast("扶贫日", r"(?:国家)?扶贫日", 10, 17),
    Feast("重阳", r"重阳节?|老年节|敬老节", moon=_DOUBLE_NINTH),
    Feast("记者节", r"记者节", 11, 8),
    Feast("消防日", r"消防(?:宣传)?日", 11, 9),
    Feast("宪法日", r"(?:国家)?宪法(?:宣传)?日", 12, 4),
    Feast("志愿者日", r"(?:国际)?志愿者日", 12, 5),
    Feast("反腐败日", r"(?:国际)?反腐败日", 12, 9),
    Feast("一二九", r"一二[·.]?九(?:运动)?(?:纪念日)?", 12, 9),
    Feast("国家公祭日", r"(?:国家)?公祭日", 12, 13),
)  # fmt: skip
_ALL = re.compile("|".join(f"(?P<f{number}>{feast.pattern})" for number, feast in enumerate(FEASTS)))


@dataclass(frozen=True)
class Named:
    """A feast where the text names it."""

    feast: Feast
    begin: int
    end: int


def named(text: str) -> list[Named]:
    """The feasts that a text names, in its order; the same day twice in a row counts once."""
    found: list[Named] = []
    for match in _ALL.finditer(text):
        feast = FEASTS[int((match.lastgroup or "f0")[1:])]
        if found and found[-1].feast.name == feast.name:
            found[-1] = Named(feast, found[-1].begin, match.end())
        else:
            found.append(Named(feast, match.start(), match.end()))
    return found


def _qingming(year: int) -> int:
    # The sun stands at 15° on 4 or 5 April throughout this century: the usual approximation.
    short = year % 100
    return int(short * 0.2422 + 4.81) - short // 4
