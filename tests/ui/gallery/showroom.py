"""Every piece of the kit on a few screens, with invented people: for browser tests and for eyes."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

from casework.errors import InvalidEntry
from casework.terms import Label
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Hit,
    LongText,
    ManyField,
    Noted,
    NumberField,
    Option,
    Page,
    Panel,
    PersonCard,
    PickField,
    Query,
    Screen,
    Shell,
    State,
    TextField,
    Together,
    Warning,
    definition_list,
    el,
    empty_state,
    failure_state,
    figure,
    join,
    link,
    listed,
    no_rights_state,
    notice,
    offer,
    route,
    section,
    skeleton,
    state,
    unknown,
)
from casework.ui.charts import Bar, Point, Step, age_pyramid, bars, shares, trend
from casework.ui.dashboard import is_heated, unseen, wait_for_visitor
from casework.ui.routes import AUDIENCES
from casework.ui.shell import close_all
from casework.workbook import open_workbook

TODAY = date(2025, 3, 3)
FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = [
    "安澜",
    "伯言",
    "春和",
    "德馨",
    "恩泽",
    "芳草",
    "国华",
    "海晏",
    "景明",
    "克勤",
    "明远",
    "若水",
]


def said(zh: str, en: str) -> str:
    return str(Label(zh=zh, en=en))


def invented(n: int) -> list[dict[str, Any]]:
    """Make n people who do not exist, the same every time."""
    made = []
    for at in range(n):
        name = FAMILY[at % len(FAMILY)] + GIVEN[at * 7 % len(GIVEN)]
        seen = None if at % 11 == 3 else TODAY - timedelta(days=at * 13 % 120)
        made.append(
            {
                "id": at + 1,
                "name": name,
                "age": None if at % 17 == 5 else 79 + at * 7 % 19,
                "unit": ["市人民医院", "第一中学", "水利局", "供销社"][at % 4],
                "seen": seen,
                "state": [
                    ("overdue", "逾期", "overdue"),
                    ("due", "本周到期", "due this week"),
                    ("ready", "可以办", "open"),
                    ("done", "已完成", "done"),
                    ("excused", "免办", "excused"),
                ][at % 5],
                "living": ["独居", "与配偶同住", None, "与子女同住"][at % 4],
            }
        )
    return made


PEOPLE = invented(431)


class Board(Screen):
    """Figures and charts."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            said("看板", "Board"),
            lead=said(
                "数据截至 2025年3月3日 周一，每个数字都能点开看名单。",
                "As of Mon 3 Mar 2025. Every figure opens its rows.",
            ),
        )
        self.opened: list[str] = []
        self.figures = Panel(self._figures(), people=self.people)
        self.charts = Panel(self._charts(), people=self.people)
        self.body(self.figures, self.charts)

    def people(self, group: str) -> None:
        self.shell.go("people", group=group)

    def _figures(self) -> Any:
        to = lambda group: offer("people", group=group)  # noqa: E731
        return el(
            "div",
            figure(
                said("{n} 位离休干部，平均 {age} 岁", "{n} veteran cadres, mean age {age}"),
                {"n": 400, "age": 86},
                note=said("最年长 97 岁，最年轻 79 岁", "oldest 97, youngest 79"),
                offers=to("all"),
            ),
            figure(
                said("{n} 位 90 岁以上", "{n} aged 90 or more"),
                {"n": 70},
                note=said("占 400 人的 18%", "18% of 400"),
                offers=to("90"),
            ),
            figure(
                said(
                    "{n} 位独居，其中 {m} 位本月未联系",
                    "{n} live alone, {m} not contacted this month",
                ),
                {"n": 61, "m": 9},
                note=said("居住情况未知 12 人", "living arrangement unknown: 12"),
                offers=to("alone"),
            ),
            figure(
                said("{n} 项任务逾期", "{n} tasks overdue"),
                {"n": 23},
                note=said("共 1,204 项到期任务", "of 1,204 tasks due"),
                offers=to("late"),
                tone="overdue",
            ),
            figure(
                said("{n} 人从未走访", "{n} never visited"),
                {"n": 4},
                note=said("自 2024年1月1日 起", "since 1 Jan 2024"),
                offers=to("never"),
            ),
            figure(
                said("本年联系 {n} 人次、{m} 人", "{n} contacts with {m} people this year"),
                {"n": 1832, "m": 396},
                note=said("一次集体走访计多人次", "a group visit counts each person"),
                offers=to("contacts"),
            ),
            class_="cw-figures",
        )

    def _charts(self) -> Any:
        to = lambda group: offer("people", group=group)  # noqa: E731
        pyramid = age_pyramid(
            said("男性多于女性，85 至 89 岁最多", "More men than women; most are 85 to 89"),
            [
                Step(label, a, b, to(label))
                for label, a, b in [
                    ("95+", 6, 3),
                    ("90–94", 38, 23),
                    ("85–89", 120, 62),
                    ("80–84", 88, 45),
                    ("75–79", 9, 2),
                ]
            ],
            left=said("男", "Men"),
            right=said("女", "Women"),
            note=said("396 人，截至 2025年3月3日", "396 people, as of 3 Mar 2025"),
            unknown=Bar(said("年龄未知", "age unknown"), 4, known=False, offers=to("unknown")),
        )
        groups = bars(
            said(
                "高龄与独居是最大的两个群体", "The very old and those alone are the largest groups"
            ),
            [
                Bar(said(zh, en), n, known, to(zh))
                for zh, en, n, known in [
                    ("高龄（90 岁以上）", "aged 90 or more", 70, True),
                    ("独居", "living alone", 61, True),
                    ("重病", "seriously ill", 34, True),
                    ("失能", "needs care", 28, True),
                    ("困难", "in hardship", 11, True),
                    ("情况未知", "not known", 17, False),
                ]
            ],
            note=said("400 人中，一人可属多个群体", "of 400; a person can be in several"),
        )
        line = trend(
            said("联系次数比去年同期多", "More contacts than a year ago"),
            [
                Point(said(f"{m}月", str(m)), None if m == 8 else 120 + m * m % 37 * 3)
                for m in range(1, 13)
            ],
            before=[Point(str(m), 100 + m * 5 % 31) for m in range(1, 13)],
            note=said(
                "人次/月；灰线为去年；8 月无记录",
                "contacts a month; grey: last year; none in August",
            ),
        )
        share = shares(
            said("一半的人与配偶同住", "Half live with their spouse"),
            [
                Bar(said(zh, en), n, known, to(zh))
                for zh, en, n, known in [
                    ("与配偶同住", "with spouse", 201, True),
                    ("与子女同住", "with children", 92, True),
                    ("独居", "alone", 61, True),
                    ("机构", "in an institution", 34, True),
                    ("未知", "not known", 12, False),
                ]
            ],
            note=said("400 人", "400 people"),
        )
        return el(
            "div",
            el(
                "div",
                section(said("年龄", "Age"), pyramid),
                section(said("重点群体", "Groups"), groups),
                class_="cw-columns",
            ),
            el(
                "div",
                section(said("联系", "Contacts"), line),
                section(said("居住", "Living"), share),
                class_="cw-columns",
            ),
            class_="cw-stack",
        )


class People(Screen):
    """A long list."""

    def __init__(self, shell: Shell, group: str = "", search: str = "") -> None:
        super().__init__(shell, said("人员", "People"), lead=group)
        self.table = DataTable(
            [
                Column("name", said("姓名", "Name")),
                Column("age", said("年龄", "Age"), "number"),
                Column("unit", said("单位", "Unit"), phone="bare"),
                Column("living", said("居住", "Living"), sortable=False),
                Column("seen", said("上次联系", "Last contact"), "date"),
                Column("state", said("任务", "Task"), "state"),
            ],
            self._source,
            caption=said("人员名单", "List of people"),
            opens=lambda key: shell.go("person", id=key),
            together=[Together("assign", said("分派联络员", "Assign"), self.assign)],
            every=lambda query: [row["id"] for row in PEOPLE if query.search in row["name"]],
            search_hint=said("在名单中查找", "Search this list"),
            query=Query(search=search),
        )
        self.body(self.table)

    def assign(self, keys: list[str]) -> None:
        self.said(
            said(f"已分派 {len(keys)} 人。", f"{len(keys)} people assigned."), undo=self.unassign
        )

    def unassign(self) -> None:
        self.shell.say(said("已撤销分派。", "Assignment undone."))

    def _source(self, query: Query) -> Page:
        rows = [
            {
                **row,
                "name": Noted(row["name"], said(f"生日在 {row['id'] % 28 + 1} 日", "birthday soon"))
                if row["id"] % 9 == 0
                else row["name"],
                "state": State(row["state"][0], said(*row["state"][1:])),
            }
            for row in PEOPLE
        ]
        return listed(rows, ["name", "unit"])(query)


class Person(Screen):
    """A person's head and facts."""

    def __init__(self, shell: Shell, id: str) -> None:
        row = PEOPLE[int(id) - 1]
        card = PersonCard(
            row["name"],
            row["age"],
            said("女", "female"),
            said("离休干部", "veteran cadre"),
            row["unit"],
            row["living"],
            warnings=[
                Warning(said("跌倒风险高", "high risk of falling"), "serious"),
                Warning(said("听力差，请打座机", "hard of hearing: use the landline")),
            ],
        )
        super().__init__(shell, said("档案", "Dossier"), person=card)
        facts = definition_list(
            [
                (said("出生日期", "Born"), said("1938年3月", "Mar 1938")),
                (said("居住情况", "Living"), row["living"]),
                (said("参加革命时期", "Joined in"), said("抗日战争时期", "War of Resistance")),
                (said("住址", "Address"), "<script>alert('x')</script> 虞山路 1 号"),
                (said("医疗待遇", "Treatment"), None),
            ]
        )
        self.facts = Panel(
            section(
                said("基本情况", "Basics"), facts, aside=said("12 天前核实", "verified 12 days ago")
            ),
        )
        self.form_link = Panel(
            el("p", link(said("登记走访", "Record a visit"), "visit")),
            visit=lambda: shell.go("contact", person=id),
        )
        self.body(self.facts, self.form_link)


class Visit(Screen):
    """A form with every kind of field."""

    def __init__(self, shell: Shell, person: str = "1") -> None:
        row = PEOPLE[int(person) - 1]
        super().__init__(
            shell,
            said("登记走访", "Record a visit"),
            person=PersonCard(
                row["name"], row["age"], said("男", "male"), None, row["unit"], row["living"]
            ),
        )
        self.when = self.field(
            DateField("when", said("哪一天", "When"), on=TODAY, required=True, latest=TODAY)
        )
        self.channel = self.field(
            ChoiceField(
                "channel",
                said("方式", "Channel"),
                {
                    "visit": said("上门", "visit"),
                    "phone": said("电话", "phone"),
                    "video": said("视频", "video"),
                },
                required=True,
                previous=said("电话，2月14日", "phone, 14 Feb"),
            )
        )
        self.minutes = self.field(
            NumberField(
                "minutes", said("时长", "Length"), unit=said("分钟", "minutes"), least=1, most=600
            )
        )
        self.walks = self.field(
            ChoiceField(
                "walks",
                said("行走", "Walking"),
                [
                    Option("3", said("独立", "independent"), said("可用拐杖", "stick allowed")),
                    Option("2", said("需部分帮助", "some help")),
                    Option("1", said("需极大帮助", "much help")),
                    Option("0", said("完全依赖", "dependent")),
                ],
                previous=said("独立，2024年9月", "independent, Sep 2024"),
            )
        )
        self.needs = self.field(
            ManyField(
                "needs",
                said("听到的需求", "Needs heard"),
                {
                    "doctor": said("看病", "doctor"),
                    "meal": said("助餐", "meals"),
                    "clean": said("保洁", "cleaning"),
                },
                none_label=said("没有", "none"),
            )
        )
        self.unit = self.field(
            ChoiceField(
                "unit",
                said("单位", "Unit"),
                {str(n): said(f"第 {n} 单位", f"Unit {n}") for n in range(1, 13)},
            )
        )
        self.others = self.field(
            PickField(
                "others",
                said("同去的人", "Who came along"),
                self.find,
                several=True,
                placeholder=said("姓名或拼音", "name or pinyin"),
            )
        )
        self.street = self.field(
            TextField("street", said("地点", "Place"), suggestions=["家中", "活动中心"])
        )
        self.heard = self.field(
            LongText(
                "heard",
                said("谈了什么", "What was said"),
                hint=said("原话最好，可以不填。", "Their own words are best. Optional."),
            )
        )
        self.saved: list[dict[str, Any]] = []
        self.body(
            *self.fields.values(),
            self.actions(
                self.action(said("出错看看", "Fail"), self.fail, kind="quiet"),
                self.action(said("返回", "Back"), shell.back),
                self.action(
                    said("登记走访", "Record the visit"), self.save, kind="primary", key="ctrl+s"
                ),
            ),
        )

    def find(self, words: str) -> list[Hit]:
        return [
            Hit(str(row["id"]), row["name"], row["unit"]) for row in PEOPLE if words in row["name"]
        ][:6]

    def save(self) -> None:
        entered = self.read()
        if entered["heard"] == "坏":
            raise InvalidEntry(
                said("这句话不能登记。", "This cannot be recorded."), "heard", "坏", ""
            )
        self.saved.append(entered)
        self.said(
            said("已登记。", "Recorded."), undo=lambda: self.shell.say(said("已撤销。", "Undone."))
        )

    def fail(self) -> None:
        raise RuntimeError("the showroom fails on purpose")


class States(Screen):
    """What is shown when there is nothing, or nothing can be shown."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, said("各种状态", "States"))
        kinds = ["overdue", "due", "ready", "done", "excused", "warning"]
        words = ["逾期", "本周到期", "可以办", "已完成", "免办", "请留意"]
        signs = join(
            (state(kind, word) for kind, word in zip(kinds, words, strict=True)), " \u2003"
        )
        self.body(
            Panel(section(said("标记", "Signs"), el("p", signs, " \u2003", unknown()))),
            Panel(
                join(
                    [
                        notice(said("已按规则生效，待审阅。", "In force by rule, to be reviewed.")),
                        notice(said("已保存。", "Saved."), "done"),
                        notice(said("两份名册不一致。", "The rosters differ."), "warning"),
                        notice(said("没有保存。", "Not saved."), "error"),
                    ]
                )
            ),
            Panel(
                empty_state(
                    said("今天没有任务。", "No tasks today."),
                    said("可以看看本周的。", "Look at this week's."),
                )
            ),
            Panel(
                failure_state(
                    said("读不到名单。", "The list could not be read."),
                    said("请再试一次。", "Try again."),
                )
            ),
            Panel(no_rights_state(said("健康情况", "health"))),
            Panel(skeleton(3)),
            Panel(skeleton(3, "figures")),
            DataTable([Column("a", said("姓名", "Name"))], listed([]), caption="-", key="a"),
        )


def show(audience: str) -> Shell:
    """Give the showroom as a dashboard."""
    for name, screen in {
        AUDIENCES[audience][0]: Board,
        "people": People,
        "person": Person,
        "contact": Visit,
        "states": States,
        "tasks": People,
    }.items():
        route(name, screen)
    workbook = open_workbook(os.environ.get("CASEWORK_DB"), today=TODAY)
    if is_heated():
        with unseen():
            close_all(Shell(workbook, audience))
    wait_for_visitor()
    return Shell(workbook, audience)
