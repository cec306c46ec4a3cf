"""Rosters of offices that the importer was not made for, with the truth about everybody in them.

Each office has an imagination of its own: other words, other layouts, other notations. What is
written here is what people write; nothing of it is read by the product. `families` lays them out.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from casework.identifiers import check_character

SURNAMES = (
    "陶姜谢邹喻柏苏潘葛范彭鲁韦马方俞任袁柳毛禹狄贝明臧计伏戴宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季"
)
GIVEN = "怀仲伯敬诚宪章达鸿儒绍清克勤俭朴厚德润泽惠兰若素琴月娥桂枝佩芬静宜慧敏韵秋冬梅霞彩凤巧云"
LEVELS = ["正厅级", "副厅级", "正处级", "副处级", "正科级", "副科级", "科员"]
LIVING = ["独居", "空巢", "与子女同住", "与保姆同住", "养老机构"]
HEALTH = ["健康", "基本健康", "一般", "较差", "失能", "卧床"]
HOBBIES = [
    "书法",
    "门球",
    "太极拳",
    "象棋",
    "摄影",
    "钓鱼",
    "戏曲",
    "园艺",
    "诗词",
    "乒乓球",
    "合唱",
]
MEDICINE = {
    **{"高血压": "氨氯地平", "冠心病": "阿司匹林", "糖尿病": "二甲双胍", "慢阻肺": "沙美特罗"},
    **{"白内障": "", "骨质疏松": "钙片", "帕金森病": "美多芭", "听力下降": ""},
}
FAULTS = ("check", "check", "short", "missing", "born", "sex", "impossible", "phone")
_HAN = "〇一二三四五六七八九"

Person = dict[str, Any]
Writes = Callable[[date], Any]


def han(n: int) -> str:
    """Write a number up to 99 in Chinese."""
    ones = "" if n % 10 == 0 else _HAN[n % 10]
    if n < 10:
        return ones
    return ("" if n < 20 else _HAN[n // 10]) + "十" + ones


def han_year(year: int) -> str:
    """Write a year digit by digit."""
    return "".join(_HAN[int(one)] for one in str(year))


NOTATIONS: dict[str, Writes] = {
    "dots": lambda d: f"{d.year}.{d.month}.{d.day}",
    "wide dots": lambda d: f"{d.year}. {d.month}. {d.day}",
    "month": lambda d: f"{d.year}.{d.month:02d}",
    "float": lambda d: float(f"{d.year}.{d.month:02d}"),
    "dash month": lambda d: f"{d.year}-{d.month:02d}",
    "two": lambda d: f"{d.year % 100}年{d.month}月",
    "two dots": lambda d: f"{d.year % 100}.{d.month}.{d.day}",
    "six": lambda d: f"{d:%Y%m}",
    "eight": lambda d: f"{d:%Y%m%d}",
    "slash": lambda d: f"{d.year}/{d.month}/{d.day}",
    "born": lambda d: f"{d.year}年{d.month:02d}月{d.day:02d}日生",
    "aged": lambda d: f"{d.year}.{d.month:02d}（{2014 - d.year}岁）",
    "clock": lambda d: f"{d:%Y-%m-%d} 00:00:00",
    "date": lambda d: d,
    "serial": lambda d: (d - date(1899, 12, 30)).days,
    "han": lambda d: f"{han_year(d.year)}年{han(d.month)}月{han(d.day)}日",
    "han month": lambda d: f"{han_year(d.year)}年{han(d.month)}月",
    "republic": lambda d: (
        f"民国{han(d.year - 1911)}年{han(d.month)}月" if d.year < 1949 else f"{d.year}年{d.month}月"
    ),
}


@dataclass
class Office:
    """One office: its people, its sheets, and what is true of them."""

    seed: int
    n: int = 40
    prefix: str = "370203"
    area: str = "0532"
    units: Sequence[str] = ("市文化局", "市粮食局", "市一轻局", "市建工局")
    communities: Sequence[str] = ("海泊河社区", "台东社区", "辽宁路社区")
    mark: str = "、"
    numbers: bool = True
    sheets: dict[str, list[list[Any]]] = field(default_factory=dict)
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    truth: list[dict[str, str]] = field(default_factory=list)
    issues: list[dict[str, str]] = field(default_factory=list)
    written: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        """Invent the people."""
        self.random = random.Random(self.seed)
        self._names: set[str] = set()
        self.people = [self._person(key) for key in range(self.n)]

    # ------------------------------------------------------------------ people

    def name(self) -> str:
        """Invent a name that nobody has yet."""
        pick = self.random.choice
        while True:
            name = pick(SURNAMES) + "".join(pick(GIVEN) for _one in range(pick([1, 2, 2])))
            if name not in self._names:
                self._names.add(name)
                return name

    def mobile(self) -> str:
        """Invent a mobile number."""
        pick = self.random.choice
        return "1" + pick("3578") + "".join(pick("0123456789") for _one in range(9))

    def resident_id(self, born: date, sex: str) -> str:
        """Make a right ID number that does not end as a spoilt one does."""
        last = self.random.choice([1, 3, 5, 7, 9] if sex == "男" else [2, 4, 6, 8])
        body = f"{self.prefix}{born:%Y%m%d}{self.random.randrange(11, 90)}{last}"
        return body + check_character(body)

    def _person(self, key: int) -> Person:
        r = self.random
        category = r.choice(["离休", "退休", "退休"])
        first, last = (date(1917, 1, 1), date(1934, 6, 1))
        if category == "退休":
            first, last = (date(1927, 1, 1), date(1958, 1, 1))
        born = first + timedelta(days=r.randrange((last - first).days))
        sex = r.choice("男男女")
        conditions = r.sample(list(MEDICINE), r.choice([0, 1, 1, 2, 3]))
        medicines = dict.fromkeys(MEDICINE[one] for one in conditions if MEDICINE[one])
        truth = {
            "key": str(key),
            "name": self.name(),
            "sex": sex,
            "birth_date": born.isoformat(),
            "resident_id": self.resident_id(born, sex),
            "category": category,
            "unit": r.choice(list(self.units)),
            "community": r.choice(list(self.communities)),
            "living": r.choice(LIVING),
            "health": r.choice(HEALTH),
            "conditions": ";".join(conditions),
            "medicines": ";".join(medicines),
            "hobbies": ";".join(r.sample(HOBBIES, r.choice([0, 1, 2]))),
            "party_member": str(int(r.random() < 0.8)),
            "mobile": self.mobile(),
            "landline": f"{self.area}-{r.randrange(2, 9)}{r.randrange(10**6, 10**7)}",
            "level": r.choice(LEVELS),
        }
        self.truth.append(truth)
        return {**truth, "born": born, **self._around(born, sex)}

    def _around(self, born: date, sex: str) -> Person:
        """Invent what stands beside the person and must not land in the person."""
        r = self.random
        spouse_born = born + timedelta(days=r.randrange(-1500, 1500))
        return {
            "addr": f"登州路{r.randrange(1, 200)}号{r.randrange(101, 902)}户",
            "spouse": self.name(),
            "spouse_born": NOTATIONS["slash"](spouse_born),
            "spouse_rid": self.resident_id(spouse_born, "女" if sex == "男" else "男"),
            "spouse_mob": self.mobile(),
            "child": self.name(),
            "child_rel": r.choice(["儿子", "女儿", "长子", "次女"]),
            "child_mob": self.mobile(),
            "worker": self.name(),
            "worker_mob": self.mobile(),
            "joined": f"19{r.randrange(40, 79)}.{r.randrange(1, 13):02d}",
            "retired": f"19{r.randrange(83, 99)}.{r.randrange(1, 13):02d}",
            "party_on": f"19{r.randrange(50, 70)}.{r.randrange(1, 13):02d}",
        }

    # ------------------------------------------------------------------ cells

    def cells(self, person: Person, birth: str, *, faults: float = 0.12) -> Person:
        """Give what an office writes about a person, with its faults under ``faults``."""
        r, write = self.random, NOTATIONS[birth]
        c = {**person, "birth": write(person["born"]), "rid": person["resident_id"], "faults": []}
        if r.random() >= faults:
            return c
        kind = r.choice(FAULTS)
        getattr(self, f"_{kind}")(c, person, write)
        return c

    def _check(self, c: Person, person: Person, _write: Writes) -> None:
        right = person["resident_id"]
        wrong = [one for one in "123456789" if one != right[17]]
        c["rid"] = right[:17] + self.random.choice(wrong)
        c["faults"].append(("rid", "bad_check_digit"))

    def _short(self, c: Person, person: Person, _write: Writes) -> None:
        left = person["resident_id"][:15] + "000"
        c["rid"] = int(left) if self.numbers else left
        c["faults"].append(("rid", "truncated_number"))

    def _missing(self, c: Person, _person: Person, _write: Writes) -> None:
        c["rid"] = self.random.choice(["", "无", "待补", "未办理", "遗失", "不详"])
        c["faults"].append(("rid", "missing"))

    def _born(self, c: Person, person: Person, write: Writes) -> None:
        c["birth"] = write(person["born"] + timedelta(days=self.random.choice([400, -370, 800])))
        c["faults"].append(("born", "differs_from_id"))

    def _sex(self, c: Person, person: Person, _write: Writes) -> None:
        c["sex"] = "女" if person["sex"] == "男" else "男"
        c["faults"].append(("sex", "differs_from_id"))

    def _impossible(self, c: Person, person: Person, _write: Writes) -> None:
        year = person["born"].year
        c["birth"] = self.random.choice([f"{year}.13", f"{year}-02-30", f"{year}.04.31"])
        c["faults"].append(("born", "impossible_date"))

    def _phone(self, c: Person, _person: Person, _write: Writes) -> None:
        c["mobile"] = c["mobile"][: -self.random.choice([1, 2])]
        c["faults"].append(("phone", "bad_phone"))

    def row(self, c: Person, codes: str, n: int = 0) -> list[Any]:
        """Lay the cells of one person out: codes of columns; ``_`` is empty, ``=word`` the word."""
        return [self._cell(c, code, n) for code in codes.split()]

    def _cell(self, c: Person, code: str, n: int) -> Any:
        if code == "_" or code.startswith("="):
            return code[1:]
        member = c["party_member"] == "1"
        made = {
            "no": n,
            "age": 2014 - c["born"].year,
            "yes": "是" if member else "否",
            "status": "中共党员" if member else "群众",
            "tick": "√" if member else "",
            "both": f"{c['landline']}\n{c['mobile']}",
            "local": c["landline"].partition("-")[2],
            "post": f"{c['unit']} 科长",
        }
        if code in made:
            return made[code]
        found = c[code]
        if code in ("conditions", "medicines", "hobbies"):
            return found.replace(";", self.mark)
        return found

    def note(self, c: Person, sheet: str, row: int, rows: dict[str, int] | None = None) -> None:
        """Write down what is wrong with a row, or with the row of a form that a field stands in."""
        for name, kind in c["faults"]:
            at = (rows or {}).get(name, row)
            self.issues.append(
                {"sheet": sheet, "row": str(at), "field": name, "kind": kind, "key": c["key"]}
            )

    # ------------------------------------------------------------------ truth and file

    def untold(self, columns: str, *, open_: str = "") -> None:
        """Say what the roster does not tell, and what is not to be compared."""
        for one in self.truth:
            one.update(dict.fromkeys(columns.split(), ""))
            for column in open_.split():
                one.pop(column, None)

    def without_birth(self) -> None:
        """Say that only right ID numbers tell the birth date."""
        damaged = {one["key"] for one in self.issues if one["field"] == "rid"}
        for one in self.truth:
            if one["key"] in damaged:
                one["birth_date"] = ""

    def write(self, folder: Path) -> Path:
        """Write the sheets as the office sends them."""
        if self.written is None:
            return self._xlsx(folder / "roster.xlsx")
        encoding, mark = self.written
        (rows,) = self.sheets.values()
        stream = io.StringIO()
        csv.writer(stream, delimiter=mark, lineterminator="\r\n").writerows(rows)
        path = folder / "roster.csv"
        path.write_bytes(stream.getvalue().encode(encoding))
        for one in self.issues:
            one["sheet"] = ""
        return path

    def _xlsx(self, path: Path) -> Path:
        plain = {"strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(path), plain) as book:
            day = book.add_format({"num_format": "yyyy/m/d"})
            for name, rows in self.sheets.items():
                sheet = book.add_worksheet(name)
                for one in self.merges.get(name, ()):
                    sheet.merge_range(*one, "")
                for i, row in enumerate(rows):
                    for j, cell in enumerate(row):
                        if isinstance(cell, date):
                            sheet.write_datetime(i, j, datetime.combine(cell, time()), day)
                        elif isinstance(cell, (int, float)):
                            sheet.write_number(i, j, cell)
                        elif cell:
                            sheet.write_string(i, j, cell)
        return path
