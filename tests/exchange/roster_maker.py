"""Makes rosters of agencies that do not exist, with the truth about everybody in them.

Layout, headings, notation and faults are drawn at random from what offices really write. The words
here are collected by hand and not taken from data/reference: a roster may use words that the
importer has never seen, as long as a careful reader would understand them.
"""

from __future__ import annotations

import csv
import io
import random
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from casework.identifiers import check_character

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹喻柏苏潘葛范彭"
SURNAMES += "郎鲁韦马方俞任袁柳单解仇曾区查"
COMPOUND = ["欧阳", "上官", "司马", "诸葛"]
GIVEN = "国家建军文明志永德福荣华秀兰英玉珍凤梅芳淑贞桂香云霞丽春生金水木林森东南西北山河海江"
GIVEN += "忠义仁礼信瑞祥安康宁远"
CITIES = [
    (
        "420106",
        "027",
        ["省工商局", "省质监局", "省食药监局", "武昌分局", "省物价局", "纤检所"],
        ["水果湖社区", "中南路社区", "东湖社区", "徐东社区", "新市区社区"],
    ),
    (
        "110106",
        "010",
        ["区委办", "区政府办", "区法院", "区检察院", "区教委", "区卫生局", "环卫中心"],
        ["东大街社区", "丰益社区", "方庄社区", "云岗南区社区", "新城市社区"],
    ),
    (
        "430202",
        "0731",
        ["市委办", "市财政局", "市人大", "市政协", "市委党校", "市档案局"],
        ["天鹅湖社区", "泰山社区", "荷塘铺社区", "响石岭社区"],
    ),
    (
        "510104",
        "028",
        ["轻工公司", "纺织厂", "农科院", "水务局"],
        ["牛市口社区", "莲桂社区", "净居寺社区"],
    ),
]
_WORDS = tomllib.loads((Path(__file__).parent / "offices.toml").read_text(encoding="utf-8"))
LEVELS, LIVING, HEALTH, CATEGORY = (
    _WORDS[name] for name in ("levels", "living", "health", "category")
)
HEADINGS, GROUPS, GROUP_WORDS = (_WORDS[name] for name in ("headings", "groups", "group_words"))
CONDITIONS = _WORDS["conditions"]
UNDER_GROUP = {(one["group"], one["column"]): one["words"] for one in _WORDS["under"]}
HOBBIES, WISHES, TITLES, SUBTITLES, FOOTERS = (
    _WORDS["lists"][name] for name in ("hobbies", "wishes", "titles", "subtitles", "footers")
)
REQUIRED = ["name", "sex", "birth_date", "resident_id", "unit"]
OFTEN = ["category", "community", "living", "health", "conditions", "medicines", "hobbies", "level"]


@dataclass
class Made:
    """A roster as rows of cells per sheet, with what is true of it."""

    sheets: dict[str, list[list[Any]]] = field(default_factory=dict)
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    truth: list[dict[str, str]] = field(default_factory=list)
    issues: list[dict[str, str]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None


class Maker:
    """One agency's habits, drawn once, and its people."""

    def __init__(self, seed: int, n: int = 120, faults: float = 0.09) -> None:
        self.random = random.Random(seed)
        self.n, self.faults = n, faults
        pick = self.random.choice
        self.prefix, self.area, self.units, self.communities = pick(CITIES)
        self.csv = self.random.random() < 0.5
        self.grouped = self.random.random() < 0.55
        self.sex_style = pick(["男女"] * 4 + ["12", "MF"])
        self.party_style = pick(["status", "status", "yes", "tick", "word", "digit"])
        self.birth_style = pick(["mixed", "mixed", "dots", "month", "serial", "chinese", "compact"])
        self.words = {
            kind: {value: pick(options) for value, options in table.items()}
            for kind, table in (
                ("level", LEVELS),
                ("living", LIVING),
                ("health", HEALTH),
                ("category", CATEGORY),
            )
        }
        self.mixed_words = self.random.random() < 0.3
        self.separate_phones = self.random.random() < 0.5
        self.category_style = pick(["column"] * 4 + ["sheet", "section"])
        self.columns = self._columns()
        self.made = Made()
        self._taken: set[str] = set()

    # ------------------------------------------------------------------ people

    def person(self, key: int) -> dict[str, str]:
        r = self.random
        sex = r.choice("男男女")
        while True:
            surname = r.choice(COMPOUND) if r.random() < 0.03 else r.choice(SURNAMES)
            name = surname + "".join(r.choice(GIVEN) for _ in range(r.choice([1, 2, 2])))
            if name not in self._taken or r.random() < 0.02:
                break
        self._taken.add(name)
        category = r.choice(["离休", "退休", "退休"])
        first, last = (date(1916, 1, 1), date(1934, 12, 31))
        if category == "退休":
            first, last = date(1925, 1, 1), date(1962, 12, 31)
        born = first + timedelta(days=r.randrange((last - first).days))
        body = f"{self.prefix}{born:%Y%m%d}{r.randrange(10, 500):02d}"[:16].ljust(16, "1")
        body = f"{self.prefix}{born:%Y%m%d}{r.randrange(0, 100):02d}"
        body += str(r.choice([1, 3, 5, 7, 9] if sex == "男" else [0, 2, 4, 6, 8]))
        conditions = r.sample(list(CONDITIONS), r.choice([0, 0, 1, 2, 3]))
        medicines = list(dict.fromkeys(CONDITIONS[one] for one in conditions if CONDITIONS[one]))
        community = r.choice(self.communities)
        return {
            "key": str(key),
            "name": name,
            "sex": sex,
            "birth_date": born.isoformat(),
            "resident_id": body + check_character(body),
            "category": category,
            "unit": r.choice(self.units),
            "community": community,
            "living": r.choice(list(LIVING)),
            "health": r.choice(list(HEALTH)),
            "conditions": ";".join(conditions),
            "medicines": ";".join(medicines),
            "hobbies": ";".join(r.sample(HOBBIES, r.choice([0, 1, 2]))),
            "party_member": str(int(r.random() < 0.8)),
            "mobile": "1" + r.choice("3578") + "".join(r.choice("0123456789") for _ in range(9)),
            "landline": f"{self.area}-{r.randrange(2, 9)}"
            + "".join(r.choice("0123456789") for _ in range(7)),
            "level": r.choice(list(LEVELS)),
            "address": f"{r.choice(['和平路', '人民路'])}{r.randrange(1, 300)}号{community}"
            f"{r.randrange(1, 60)}栋{r.randrange(1, 7)}0{r.randrange(1, 5)}室",
            "joined_on": f"19{r.randrange(37, 50)}.{r.randrange(1, 13):02d}"
            if category == "离休"
            else f"19{r.randrange(50, 80)}.{r.randrange(1, 13):02d}",
        }

    # ------------------------------------------------------------------ layout

    def _columns(self) -> list[str]:
        r = self.random
        columns = [*REQUIRED, *(one for one in OFTEN if r.random() < 0.93)]
        if self.category_style != "column" and "category" in columns:
            columns.remove("category")
        elif self.category_style == "column" and "category" not in columns:
            columns.append("category")
        columns += ["mobile", "landline"] if self.separate_phones else ["phone"]
        columns.append("party_status" if self.party_style == "status" else "party_member")
        extras = [
            "native_place",
            "ethnicity",
            "education",
            "party_joined_on",
            "retired_on",
            "age",
            "spouse",
            "remark",
            "street",
            "branch",
            "hospital",
            "address",
            "joined_on",
            "wish",
        ]
        columns += [one for one in extras if r.random() < 0.5]
        kind = r.random()
        if kind < 0.4:
            columns.append("contact")
        elif kind < 0.7:
            columns += ["contact_name", "contact_phone"]
        return columns

    def _order(self) -> list[str]:
        """Give the columns of one sheet in an order of its own; contact parts stay together."""
        r = self.random
        if self.grouped:
            groups = list(GROUPS)
            r.shuffle(groups)
            groups.remove("基本情况")
            order = [c for g in ["基本情况", *groups] for c in self._shuffled(GROUPS[g])]
            order += [one for one in self.columns if one not in order]
        else:
            order = self._shuffled(self.columns)
        order = [one for one in order if one in self.columns]
        for part in ("contact_phone",):
            if part in order:
                order.remove(part)
                order.insert(order.index("contact_name") + 1, part)
        if r.random() < 0.7:
            order.remove("name")
            order.insert(0, "name")
        return ["seq", *order] if r.random() < 0.85 else order

    def _shuffled(self, items: list[str]) -> list[str]:
        copy = list(items)
        self.random.shuffle(copy)
        return copy

    def _heading_rows(self, order: list[str]) -> tuple[list[list[str]], list[tuple[int, ...]]]:
        r = self.random
        words = {one: r.choice(HEADINGS[one]) for one in order}
        if not self.grouped:
            return [[words[one] for one in order]], []
        group_of = {c: g for g, cs in GROUPS.items() for c in cs}
        top, low, merges, at = [], [], [], 0
        while at < len(order):
            group = group_of.get(order[at])
            end = at
            while end < len(order) and group and group_of.get(order[end]) == group:
                end += 1
            if end - at < 2 or (group == "基本情况" and r.random() < 0.5):
                end = max(end, at + 1)
                for one in order[at:end]:
                    merges.append((0, len(top), 1, len(top)))
                    top.append(words[one])
                    low.append("")
            else:
                merges.append((0, at, 0, end - 1))
                top += [r.choice(GROUP_WORDS[group or ""]), *[""] * (end - at - 1)]
                for one in order[at:end]:
                    under = UNDER_GROUP.get((group or "", one))
                    low.append(r.choice(under) if under and r.random() < 0.5 else words[one])
            at = end
        return [top, low], merges

    # ------------------------------------------------------------------ cells

    def word(self, kind: str, value: str) -> str:
        if self.mixed_words:
            table = {"level": LEVELS, "living": LIVING, "health": HEALTH, "category": CATEGORY}[
                kind
            ]
            return self.random.choice(table[value])
        return self.words[kind][value]

    def birth_cell(self, born: date, month_ok: bool = True) -> tuple[Any, bool]:
        """Give a notation of a birth date, and whether the day is in it."""
        r = self.random
        y, m, d = born.year, born.month, born.day
        digits = "〇一二三四五六七八九"
        year = "".join(digits[int(c)] for c in str(y))

        def han(n: int) -> str:
            ones = "" if n % 10 == 0 else digits[n % 10]
            return ones if n < 10 else ("" if n < 20 else digits[n // 10]) + "十" + ones

        full = {
            "dots": f"{y}.{m}.{d}",
            "iso": born.isoformat(),
            "slash": f"{y}/{m}/{d}",
            "han": f"{y}年{m}月{d}日",
            "eight": f"{y}{m:02d}{d:02d}",
            "chinese": f"{year}年{han(m)}月{han(d)}日",
            "serial": (born - date(1899, 12, 30)).days,
            "date": born,
            "time": f"{born.isoformat()} 00:00:00",
            "two": f"{y % 100}.{m}.{d}",
            "wide": "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in f"{y}年{m}月{d}日"),
        }
        months = {
            "dot": f"{y}.{m:02d}",
            "iso": f"{y}-{m:02d}",
            "six": f"{y}{m:02d}",
            "han": f"{y}年{m}月",
            "two": f"{y % 100}年{m}月",
            "chinese": f"{year}年{han(m)}月",
            "slash": f"{y}/{m:02d}",
        }
        style = self.birth_style
        if style == "month" and month_ok:
            return months[r.choice(["dot", "dot", "han", "two", "six", "iso"])], False
        if style == "serial":
            value = full["serial"]
            return (str(value) if self.csv else value), True
        if style == "dots":
            return full["dots"], True
        if style == "chinese":
            if r.random() < 0.3 and month_ok:
                return months["chinese"], False
            return full["chinese"], True
        if style == "compact":
            if r.random() < 0.3 and month_ok:
                return months["six"], False
            return full["eight"], True
        if r.random() < 0.25 and month_ok:
            return months[r.choice(list(months))], False
        found = full[r.choice(list(full))]
        return (found.isoformat() if isinstance(found, date) and self.csv else found), True

    def row(self, person: dict[str, str], order: list[str], number: int) -> tuple[list[Any], bool]:
        r = self.random
        birth, has_day = self.birth_cell(date.fromisoformat(person["birth_date"]))
        given = person.setdefault("_phones", r.choice(["mobile", "mobile", "landline", "both"]))
        phone = {
            "mobile": person["mobile"],
            "landline": person["landline"],
            "both": r.choice(
                ["{l}/{m}", "{m}、{l}", "{m} {l}", "{m}\n{l}", "{l}，{m}", "{m};{l}"]
            ).format(l=person["landline"], m=person["mobile"]),
        }[given]
        mark = r.choice(["、", "，", ";", "；", ",", " "]) if r.random() < 0.3 else "、"
        cells: dict[str, Any] = {
            "seq": number,
            "name": self._spaced(person["name"]),
            "sex": {
                "男女": person["sex"],
                "12": "12"["男女".index(person["sex"])],
                "MF": "MF"["男女".index(person["sex"])],
            }[self.sex_style],
            "birth_date": birth,
            "resident_id": self._dressed(person["resident_id"]),
            "category": self.word("category", person["category"]),
            "unit": person["unit"],
            "community": person["community"],
            "living": self.word("living", person["living"]),
            "health": self.word("health", person["health"]),
            "conditions": person["conditions"].replace(";", mark),
            "medicines": person["medicines"].replace(";", r.choice(["，", "、", ";"])),
            "hobbies": person["hobbies"].replace(";", "、"),
            "level": self.word("level", person["level"]),
            "phone": phone,
            "mobile": person["mobile"] if given != "landline" else "",
            "landline": self._landline(person["landline"]) if given != "mobile" else "",
            "party_status": "中共党员" if person["party_member"] == "1" else "群众",
            "party_member": self._party(person["party_member"] == "1"),
            "address": person["address"],
            "joined_on": person["joined_on"],
            "wish": r.choice(WISHES),
            "native_place": r.choice(["江苏苏州", "湖南长沙", "山东济南"]),
            "ethnicity": r.choice(["汉", "汉族", "土家族"]),
            "education": r.choice(["初中", "大专", "本科"]),
            "party_joined_on": f"19{r.randrange(40, 70)}.{r.randrange(1, 13):02d}"
            if person["party_member"] == "1"
            else "",
            "retired_on": f"19{r.randrange(80, 99)}年{r.randrange(1, 13)}月",
            "age": 2014 - int(person["birth_date"][:4]),
            "spouse": self._somebody(),
            "contact": self._somebody()
            + r.choice([" ", "（女儿）", "：", "（子）"])
            + f"13{r.randrange(10**8, 10**9)}",
            "contact_name": self._somebody(),
            "contact_phone": f"13{r.randrange(10**8, 10**9)}",
            "remark": r.choice(["", "", "", "2013年住院一次", "<b>注意</b>", "+86"]),
            "street": r.choice(["中南路街道", "东街街道"]),
            "branch": r.choice(["离休支部", "退休第一支部"]),
            "hospital": "省人民医院",
        }
        if not self.csv and "mobile" in order and r.random() < 0.2 and cells["mobile"]:
            cells["mobile"] = int(cells["mobile"])
        if not self.csv and phone == person["mobile"] and r.random() < 0.2:
            cells["phone"] = int(phone)
        return [cells[one] for one in order], has_day

    def _spaced(self, name: str) -> str:
        kind = self.random.random()
        if len(name) == 2 and kind < 0.4:
            return f"{name[0]}{self.random.choice(['　', '  ', ' '])}{name[1]}"
        return f" {name} " if kind > 0.97 else name

    def _dressed(self, number: str) -> str:
        kind = self.random.random()
        if kind < 0.04:
            return f"{number[:6]} {number[6:14]} {number[14:]}"
        if kind < 0.08:
            return "".join(chr(ord(c) + 0xFEE0) for c in number)
        if kind < 0.12:
            return number.lower()
        return "'" + number if kind < 0.14 else number

    def _landline(self, number: str) -> str:
        area, local = number.split("-")
        return self.random.choice(
            [number, number, f"({area}){local}", f"{area}{local}", f"{area} {local}"]
        )

    def _party(self, yes: bool) -> str:
        return {
            "yes": "是" if yes else "否",
            "tick": "√" if yes else "",
            "digit": "1" if yes else "0",
            "word": "党员" if yes else self.random.choice(["非党员", "群众"]),
            "status": "",
        }[self.party_style]

    def _somebody(self) -> str:
        return self.random.choice(SURNAMES) + self.random.choice(GIVEN)

    # ------------------------------------------------------------------ faults

    def spoil(
        self, cells: list[Any], order: list[str], person: dict[str, str]
    ) -> tuple[str, str] | None:
        """Damage one cell the way people and spreadsheets do; give field and kind."""
        r = self.random
        kind = r.choice(
            [
                "bad_check_digit",
                "truncated_number",
                "missing",
                "born",
                "sex",
                "impossible_date",
                "bad_phone",
            ]
        )
        number = person["resident_id"]
        at = {one: i for i, one in enumerate(order)}
        if kind == "bad_check_digit":
            wrong = r.choice([c for c in "0123456789X" if c != number[-1]])
            if wrong == "0" and number[15:17] == "00":
                return None
            cells[at["resident_id"]] = number[:17] + wrong
            return "rid", kind
        if kind == "truncated_number":
            if self.csv:
                value: Any = r.choice([f"{float(number[:17] + '0'):.5E}", number[:15] + "000"])
                body = value[:17]
                if "E" not in value and check_character(body) == value[-1]:
                    return None
            else:
                value = float(number[:15] + "000")
            cells[at["resident_id"]] = value
            return "rid", kind
        if kind == "missing":
            cells[at["resident_id"]] = r.choice(["", "", "无", "—"])
            return "rid", kind
        if kind == "born":
            born = date.fromisoformat(person["birth_date"]) - timedelta(days=r.randrange(40, 500))
            cells[at["birth_date"]] = self.birth_cell(born)[0]
            return "born", "differs_from_id"
        if kind == "sex":
            other = "女" if person["sex"] == "男" else "男"
            cells[at["sex"]] = {
                "男女": other,
                "12": "12"["男女".index(other)],
                "MF": "MF"["男女".index(other)],
            }[self.sex_style]
            return "sex", "differs_from_id"
        if kind == "impossible_date":
            cells[at["birth_date"]] = r.choice(
                ["1931年13月", "1930-02-30", "1941.13.45", "19290231"]
            )
            return "born", kind
        short = person["mobile"][:10] if r.random() < 0.8 else person["landline"][:9]
        column = (
            "phone"
            if "phone" in at
            else ("mobile" if len(short) == 10 and "-" not in short else "landline")
        )
        cells[at[column]] = short
        return "phone", kind

    # ------------------------------------------------------------------ the file

    def make(self) -> Made:
        r = self.random
        people = [self.person(i) for i in range(self.n)]
        by_sheet: dict[str, list[dict[str, str]]] = {}
        if self.csv:
            by_sheet[""] = people
        elif self.category_style == "sheet":
            for one in people:
                by_sheet.setdefault(one["category"] + "干部", []).append(one)
        elif r.random() < 0.3:
            half = len(people) // 2
            by_sheet = {"一支部": people[:half], "二支部": people[half:]}
        else:
            by_sheet = {r.choice(["Sheet1", "人员信息", "花名册"]): people}
        if self.csv and self.category_style == "sheet":
            self.category_style = "section"
        for name, group in by_sheet.items():
            self._sheet(name, group)
        if not self.csv and r.random() < 0.3:
            self.made.sheets["填表说明"] = [
                ["一、本表由各单位填写。"],
                ["二、姓名、性别、身份证号必须填写。"],
            ]
        shown = set().union(*self.made.about["orders"])
        column_of = {
            "party_member": {"party_member", "party_status"},
            "mobile": {"mobile", "phone"},
            "landline": {"landline", "phone"},
        }
        for one in people:
            row = {
                k: v
                for k, v in one.items()
                if not k.startswith("_") and k not in ("address", "joined_on")
            }
            for name in list(row):
                if name in ("key", "category") or column_of.get(name, {name}) & shown:
                    continue
                row[name] = ""
            self.made.truth.append(row)
        return self.made

    def _sheet(self, name: str, people: list[dict[str, str]]) -> None:
        r = self.random
        order = self._order()
        self.made.about.setdefault("orders", []).append(order)
        org = f"{self.units[0]}老干部处"
        rows: list[list[Any]] = []
        merges: list[tuple[int, int, int, int]] = []
        for text in r.sample(TITLES, 1) if r.random() < 0.85 else []:
            if r.random() < 0.8:
                merges.append((len(rows), 0, len(rows), len(order) - 1))
            rows.append([text.format(org=org, year=2014)])
        if rows and r.random() < 0.5:
            rows.append([r.choice(SUBTITLES).format(org=org, year=2014)])
        if r.random() < 0.2:
            rows.append([])
        headings, spans = self._heading_rows(order)
        merges += [(len(rows) + a, b, len(rows) + c, d) for a, b, c, d in spans]
        rows += [list(one) for one in headings]
        if r.random() < 0.1:
            rows.append(list(range(1, len(order) + 1)))
        sections = {"": people}
        if self.category_style == "section":
            sections = {c: [p for p in people if p["category"] == c] for c in ("离休", "退休")}
        number = 0
        repeated = r.random() < 0.2
        for section, group in sections.items():
            if section:
                rows.append(
                    [
                        r.choice(
                            [
                                f"{'一二'[section == '退休']}、{section}干部",
                                f"{section}干部（{len(group)}人）",
                            ]
                        )
                    ]
                )
            for person in group:
                number += 1
                if repeated and number % 40 == 0:
                    rows += [list(one) for one in headings]
                elif r.random() < 0.01:
                    rows.append([])
                self._write(name, rows, order, person, number)
                if r.random() < self.faults / 8:
                    self._double(name, rows, order, person, number)
        for footer in r.sample(FOOTERS, r.choice([0, 1, 2])):
            rows.append([one.format(n=number) for one in footer])
        self.made.sheets[name], self.made.merges[name] = rows, merges

    def _write(
        self,
        sheet: str,
        rows: list[list[Any]],
        order: list[str],
        person: dict[str, str],
        number: int,
    ) -> None:
        cells, _ = self.row(person, order, number)
        if self.random.random() < self.faults:
            fault = self.spoil(cells, order, person)
            if fault:
                self._issue(sheet, len(rows) + 1, *fault, person)
        rows.append(cells)

    def _double(
        self,
        sheet: str,
        rows: list[list[Any]],
        order: list[str],
        person: dict[str, str],
        number: int,
    ) -> None:
        cells, _ = self.row(person, order, number + 1)
        self._issue(sheet, len(rows) + 1, "name", "duplicate_person", person)
        rows.append(cells)

    def _issue(self, sheet: str, row: int, name: str, kind: str, person: dict[str, str]) -> None:
        self.made.issues.append(
            {"sheet": sheet, "row": str(row), "field": name, "kind": kind, "key": person["key"]}
        )


def write(made: Made, maker: Maker, folder: Path, name: str) -> Path:
    """Write a roster as .csv in one of the encodings met, or as .xlsx."""
    if maker.csv:
        path = folder / f"{name}.csv"
        stream = io.StringIO(newline="")
        width = max(len(row) for row in made.sheets[""])
        for row in made.sheets[""]:
            csv.writer(stream).writerow([*map(_shown, row), *[""] * (width - len(row))])
        encoding = maker.random.choice(["gb18030"] * 4 + ["utf-8", "utf-8-sig", "utf-16"])
        path.write_bytes(stream.getvalue().encode(encoding))
        made.path = path
        return path
    import xlsxwriter

    path = folder / f"{name}.xlsx"
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for sheet, rows in made.sheets.items():
            page = book.add_worksheet(sheet)
            for top, left, bottom, right in made.merges.get(sheet, ()):
                if (top, left) != (bottom, right):
                    page.merge_range(top, left, bottom, right, "")
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if cell == "":
                        continue
                    if isinstance(cell, date):
                        page.write_datetime(i, j, datetime.combine(cell, time()), day)
                    elif isinstance(cell, (int, float)):
                        page.write_number(i, j, cell)
                    else:
                        page.write_string(i, j, cell)
    made.path = path
    return path


def _shown(cell: Any) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)
