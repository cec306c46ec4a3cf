"""The layouts of offices that the importer was not made for: one function an office.

Headings are written as one text, a space between columns, ``_`` for an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.exchange.strangers import HEALTH, LIVING, Office

OFFICES: dict[str, Callable[[], Office]] = {}
ALL = "category community living health conditions medicines hobbies party_member landline level"


def office(make: Callable[[], Office]) -> Callable[[], Office]:
    """Register an office under the name of its function."""
    OFFICES[make.__name__] = make
    return make


def heads(text: str) -> list[str]:
    """Write a row of headings; ``\\n`` in a word is a line break."""
    return ["" if one == "_" else one.replace("\\n", "\n") for one in text.split(" ")]


def down(columns: range | list[int], top: int, bottom: int) -> list[tuple[int, int, int, int]]:
    """Merge headings of one column over several rows."""
    return [(top, one, bottom, one) for one in columns]


def fill(it: Office, sheet: str, codes: str, birth: str, people: Any = None, **more: Any) -> None:
    """Write a row for everybody."""
    rows = it.sheets[sheet]
    for n, person in enumerate(people if people is not None else it.people, start=1):
        c = {**it.cells(person, birth, **more)}
        rows.append(it.row(c, codes, n))
        it.note(c, sheet, len(rows))


@office
def headings_of_three_rows_and_a_unit_merged_down() -> Office:
    it = Office(1, units=("省供销社", "省轻工厅", "省物资局"))
    rows: list[list[Any]] = [
        ["××省直离退休干部信息采集一览表"],
        heads("序\\n号 干部基本信息 _ _ _ _ 职务及待遇 _ _ 居家与健康 _ _ _ _ _ 联络 _ 党员"),
        heads("_ 姓名 性别 出生 证件号 离退类别 任职 _ 级别 居家 _ 身体 _ _ 特长\\n爱好 本人 _ _"),
        heads("_ _ _ 年月 _ _ 原单位 职务 _ 现住址 居住情况 状况 慢性病 用药 _ 手机 宅电 _"),
    ]
    merges = [(1, 1, 1, 5), (1, 6, 1, 8), (1, 9, 1, 14), (1, 15, 1, 16), (2, 6, 2, 7)]
    merges += [(2, 9, 2, 10), (2, 11, 2, 13), (2, 15, 2, 16), (1, 0, 3, 0), (1, 17, 3, 17)]
    merges += down([1, 2, 4, 5, 8, 14], 2, 3)
    codes = "no name sex birth rid category unit =处长 level addr living health conditions"
    codes += " medicines hobbies mobile landline yes"
    it.sheets["Sheet1"] = rows
    for unit in it.units:
        first = len(rows)
        fill(it, "Sheet1", codes, "float", [one for one in it.people if one["unit"] == unit])
        for row in rows[first + 1 :]:
            row[6] = ""
        merges += [(first, 6, len(rows) - 1, 6)] if len(rows) - first > 1 else []
    it.merges["Sheet1"] = merges
    it.untold("community")
    return it


@office
def headings_repeated_on_each_page_under_sections() -> Office:
    it = Office(2, n=60)
    rows = it.sheets.setdefault("打印", [])
    head = heads("序号 姓\u3000名 出生年月 公民身份号码 原工作单位 享受待遇 居住社区 手机 固话")
    head += heads("居住情况 健康 患病情况 常用药 政治面貌 性别")
    codes = "no name birth rid unit level community mobile landline living health conditions"
    codes += " medicines status sex"
    for label, category in (("一、离休干部", "离休"), ("二、退休干部", "退休")):
        people = [one for one in it.people if one["category"] == category]
        for at in range(0, len(people), 15):
            rows += [
                ["××区老干部基本情况表"],
                ["填报单位：区委老干部局", "", "", "第1页 共6页"],
                head,
            ]
            rows += [[f"{label}（{len(people)}人）"]] if at == 0 else []
            fill(it, "打印", codes, "han", people[at : at + 15])
            rows += [["本页小计", "15人"], ["填表人：邹某", "", "", "2014年5月10日"], []]
    rows.append(["总计", "60人"])
    it.untold("hobbies")
    return it


@office
def sheet_for_each_unit() -> Office:
    it = Office(3, units=("农机公司", "种子站", "水利局"))
    head = heads(
        "编号 老同志姓名 男/女 生日 身份证 离休退休 职级 现居住地 社区居委会 联系方式（手机）"
    )
    head += heads("座机 和谁一起生活 身体状况 病史 服药 爱好 是否党员")
    codes = "no name sex birth rid category level addr community mobile landline living health"
    codes += " conditions medicines hobbies tick"
    for unit in it.units:
        people = [one for one in it.people if one["unit"] == unit]
        it.sheets[unit] = [[f"{unit}离退休人员名册"], [], head]
        fill(it, unit, codes, "date", people)
        it.sheets[unit] += [[], ["合计：", f"{len(people)}"]]
    return it


@office
def two_lists_side_by_side() -> Office:
    it = Office(4)
    head = heads("序号 姓名 性别 出生年月 身份证号码 单位 联系电话")
    rows = it.sheets.setdefault("名单", [["老干部通讯录"], [*head, "", *head]])
    half = it.n // 2
    for at in range(half):
        row: list[Any] = []
        for person in (it.people[at], it.people[at + half]):
            c = it.cells(person, "month")
            it.note(c, "名单", len(rows) + 1)
            row += [*it.row(c, "no name sex birth rid unit mobile", at + 1), ""]
        rows.append(row[:-1])
    it.untold(ALL)
    return it


@office
def form_for_each_person() -> Office:
    it = Office(5, n=12)
    for n, person in enumerate(it.people):
        c, sheet = it.cells(person, "dots", faults=0.3), f"{n + 1}"
        it.sheets[sheet] = [
            ["离退休干部基本情况登记表"],
            ["姓名", c["name"], "性别", c["sex"], "出生年月", c["birth"]],
            ["民族", "汉族", "政治面貌", it.row(c, "status")[0], "身份证号码", c["rid"]],
            ["原工作单位", c["unit"], "", "享受待遇", c["level"], ""],
            ["离退休类别", c["category"], "参加工作时间", c["joined"], "联系电话", c["mobile"]],
            ["家庭住址", c["addr"], "", "", "所在社区", c["community"]],
            ["居住状况", c["living"], "健康状况", c["health"], "宅电", c["landline"]],
            ["主要疾病", *it.row(c, "conditions _"), "常用药品", *it.row(c, "medicines")],
            ["兴趣爱好", *it.row(c, "hobbies")],
            heads("家庭成员 姓名 关系 工作单位 联系电话 备注"),
            ["", *it.row(c, "spouse =配偶 =退休 spouse_mob")],
            ["", *it.row(c, "child child_rel =市一中 child_mob")],
            ["填表人：", "", "", "填表日期：2014年5月"],
        ]
        it.merges[sheet] = [(0, 0, 0, 5), (9, 0, 11, 0), (8, 1, 8, 5), (5, 1, 5, 3)]
        it.note(c, sheet, 2, {"rid": 3, "phone": 5})
    return it


@office
def cards_below_each_other_with_labels_that_end_in_a_colon() -> Office:
    it = Office(6, n=15)
    rows = it.sheets.setdefault("登记卡", [])
    for person in it.people:
        c, top = it.cells(person, "han", faults=0.3), len(rows)
        rows += [
            ["老同志情况登记卡", "", "", "", "", "编号：001"],
            ["姓 名：", c["name"], "性 别：", c["sex"], "出生年月：", c["birth"]],
            ["公民身份号码：", c["rid"], "离/退休：", c["category"], "职级：", c["level"]],
            ["工作单位：", c["unit"], "住宅电话：", c["landline"], "手机：", c["mobile"]],
            ["居住社区：", c["community"], "居住形式：", c["living"], "健康状况：", c["health"]],
            ["患何疾病：", *it.row(c, "conditions"), "服用药品：", *it.row(c, "medicines")],
            ["爱好：", *it.row(c, "hobbies"), "是否党员：", *it.row(c, "yes")],
            ["紧急联系人：", c["child"], "联系人电话：", c["child_mob"]],
            ["登记人：", "李某", "登记日期：", "2014年5月4日"],
            [],
        ]
        it.note(c, "登记卡", top + 2, {"rid": top + 3, "phone": top + 4})
    return it


@office
def forms_with_groups_left_of_the_labels() -> Office:
    it = Office(21, n=12)
    for n, person in enumerate(it.people):
        c, sheet = it.cells(person, "born", faults=0.3), f"卡{n + 1}"
        it.sheets[sheet] = [
            ["老干部档案卡"],
            ["基本情况", "姓名", c["name"], "性别", c["sex"], "出生年月日", c["birth"]],
            ["", "身份证号码", c["rid"], "人员类别", c["category"], "待遇级别", c["level"]],
            ["", "原单位", c["unit"], "政治面貌", *it.row(c, "status"), "", ""],
            ["联系方式", "手机", c["mobile"], "宅电", c["landline"], "社区", c["community"]],
            ["健康状况", "身体状况", c["health"], "居住状况", c["living"], "", ""],
            ["", "慢性病", *it.row(c, "conditions"), "用药", *it.row(c, "medicines")],
            ["其他", "爱好", *it.row(c, "hobbies"), "需求", "陪同就医", "", ""],
            ["家庭成员", "称谓", "姓名", "年龄", "工作单位", "电话", ""],
            ["", "配偶", *it.row(c, "spouse =78 _ spouse_mob")],
            ["", *it.row(c, "child_rel child =50 =市一医院 child_mob")],
        ]
        it.merges[sheet] = [(0, 0, 0, 6), (1, 0, 3, 0), (5, 0, 6, 0), (8, 0, 10, 0)]
        it.note(c, sheet, 2, {"rid": 3, "phone": 5})
    return it


@office
def table_on_its_side() -> Office:
    it = Office(7, n=8)
    labels = heads("姓名 性别 出生年月 身份证号 类别 单位 职级 社区 居住情况 健康状况 疾病 手机")
    codes = "name sex birth rid category unit level community living health conditions mobile"
    people = [it.row(it.cells(one, "month", faults=0), codes) for one in it.people]
    columns = [list(one) for one in zip(*people, strict=True)]
    it.sheets["表"] = [["老干部情况"], *([a, *b] for a, b in zip(labels, columns, strict=True))]
    it.untold("medicines hobbies party_member")
    return it


@office
def two_rows_for_each_person() -> Office:
    it = Office(8, n=30)
    rows = it.sheets.setdefault(
        "两行",
        [
            heads("姓名 性别 出生年月 身份证号码 原单位 职级"),
            heads("类别 健康 居住情况 家庭住址 社区 手机"),
        ],
    )
    for person in it.people:
        c, row = it.cells(person, "month"), len(rows) + 1
        rows.append(it.row(c, "name sex birth rid unit level"))
        rows.append(it.row(c, "category health living addr community mobile"))
        it.note(c, "两行", row, {"phone": row + 1})
    it.untold("medicines hobbies party_member conditions")
    return it


@office
def dates_in_columns_of_their_own() -> Office:
    it = Office(9)
    rows: list[list[Any]] = [
        ["离退休干部基本情况统计表（共40人）"],
        heads("单位 姓名 性别 出生 _ _ 公民身份证号码 参加革命 _ 离休或退休 待遇 电话 _ 健康 _"),
        heads("_ _ _ 年 月 日 _ 年 月 _ _ 宅 手机 程度 何种疾病"),
    ]
    it.sheets["表一"] = rows
    it.merges["表一"] = [(1, 3, 1, 5), (1, 7, 1, 8), (1, 11, 1, 12), (1, 13, 1, 14)]
    it.merges["表一"] += down([0, 1, 2, 6, 9, 10], 1, 2)
    for person in it.people:
        c = it.cells(person, "date", faults=0)
        born, joined = c["born"], c["joined"].split(".")
        row = it.row(c, "unit name sex _ _ _ rid _ _ category level landline mobile health")
        row[3:6] = [born.year, born.month, born.day]
        row[7:9] = [int(joined[0]), int(joined[1])]
        rows.append([*row, *it.row(c, "conditions")])
    rows[5][4] = 13
    it.issues = [
        {"sheet": "表一", "row": "6", "field": "born", "kind": "impossible_date", "key": "2"}
    ]
    it.untold("community living medicines hobbies party_member")
    return it


@office
def codes_with_their_key_in_the_heading() -> Office:
    it = Office(10)
    head = [
        *heads("序号 姓名 性别（1男2女） 出生年月 证件号码 离休 退休 部门 职务级别"),
        "居住情况\n",
    ]
    head[-1] += "（1独居 2空巢 3与子女同住 4与保姆同住 5养老机构）"
    head += ["健康状况①健康②基本健康③一般④较差⑤失能⑥卧床", *heads("慢性病 用药情况 兴趣特长")]
    head += ["是否党员（1是 0否）", *heads("社区 联系电话1 联系电话2 家属姓名 家属电话")]
    rows = it.sheets.setdefault("登记", [["老干部摸底登记"], head])
    for n, person in enumerate(it.people, start=1):
        c = it.cells(person, "six")
        category = ["√", ""] if c["category"] == "离休" else ["", "√"]
        row = [n, c["name"], "男女".index(c["sex"]) + 1, c["birth"], c["rid"], *category]
        row += [c["unit"], c["level"], LIVING.index(c["living"]) + 1]
        row += ["①②③④⑤⑥"[HEALTH.index(c["health"])], *it.row(c, "conditions medicines hobbies")]
        row += [int(c["party_member"]), *it.row(c, "community mobile landline child child_mob")]
        rows.append(row)
        it.note(c, "登记", len(rows))
    return it


@office
def spouse_with_the_same_columns_beside_the_person() -> Office:
    it = Office(11)
    rows: list[list[Any]] = [
        ["休养员名册"],
        heads("序号 单位 休养员姓名 性别 出生年月 身份证号 级别 离退休 电话 _ 社区")
        + heads("配偶 _ _ _ 子女 _ _"),
        heads("_ _ _ _ _ _ _ _ 手机 座机 _ 姓名 出生年月 身份证号 电话 姓名 关系 电话"),
    ]
    it.sheets["名册"] = rows
    it.merges["名册"] = [(0, 0, 0, 17), (1, 8, 1, 9), (1, 11, 1, 14), (1, 15, 1, 17)]
    it.merges["名册"] += down([*range(8), 10], 1, 2)
    codes = "no unit name sex birth rid level category mobile landline community spouse spouse_born"
    fill(it, "名册", f"{codes} spouse_rid spouse_mob child child_rel child_mob", "two dots")
    it.untold("living health conditions medicines hobbies party_member")
    return it


@office
def children_on_rows_of_their_own() -> Office:
    it = Office(12, n=30)
    head = heads("姓名 性别 出生年月 身份证号码 离退休类别 原工作单位 级别 社区 联系电话 居住情况")
    rows = it.sheets.setdefault(
        "一户一档", [[*head, *heads("健康 子女姓名 与本人关系 子女联系电话")]]
    )
    merges = it.merges.setdefault("一户一档", [])
    codes = "name sex birth rid category unit level community mobile living health"
    for person in it.people:
        c, first = it.cells(person, "two"), len(rows)
        it.note(c, "一户一档", first + 1)
        for line in range(it.random.choice([1, 2, 3])):
            own = it.row(c, codes) if line == 0 else [""] * 11
            rows.append([*own, it.name(), it.random.choice(["儿子", "女儿"]), it.mobile()])
        if len(rows) - first > 1:
            merges += down(range(11), first, len(rows) - 1)
    it.untold("conditions medicines hobbies party_member")
    return it


@office
def sections_of_units_and_the_category_behind_the_name() -> Office:
    it = Office(13, n=50, units=("县农业局", "县供销合作社", "县人民医院", "县第一中学"))
    head = heads(
        "序号 姓名 性别 身份证号 出生时间 待遇 住址 所在社区（村） 手机 座机 身体 所患慢性病"
    )
    rows = it.sheets.setdefault("全县", [["×县离退休干部花名册"], ["（截至2014年4月底）"]])
    rows.append([*head, *heads("吃什么药 居住 特长 面貌")])
    codes = "no name sex rid birth level addr community mobile landline health conditions"
    for n, unit in enumerate(it.units):
        people = [one for one in it.people if one["unit"] == unit]
        rows.append([f"{'一二三四'[n]}、{unit}（{len(people)}人）"])
        first = len(rows)
        fill(it, "全县", f"{codes} medicines living hobbies status", "born", people)
        for row, person in zip(rows[first:], people, strict=True):
            row[1] += f"（{person['category']}）"
        rows.append(["", f"{unit}小计：{len(people)}人"])
    rows.append(["", "全县合计：50人"])
    return it


@office
def sections_of_communities() -> Office:
    it = Office(14, communities=("流花社区", "彩虹社区", "金花社区"))
    head = heads(
        "编号 老干部姓名 性别 年龄 生日（公历） 身份证 原单位 级别 离休/退休 家庭电话 手机"
    )
    rows = it.sheets.setdefault("街道", [["××街道离退休老干部走访名单"]])
    rows.append([*head, *heads("家庭结构 身体情况 有无慢性病 走访人 走访人电话 党员")])
    codes = "no name sex age birth rid unit level category landline mobile living health conditions"
    for community in it.communities:
        rows.append([community])
        people = [one for one in it.people if one["community"] == community]
        fill(it, "街道", f"{codes} worker worker_mob tick", "slash", people)
    it.untold("medicines hobbies")
    return it


@office
def export_of_a_system() -> Office:
    it = Office(15, numbers=False, mark="|")
    it.written = ("utf-8-sig", ",")
    head = heads("编码 人员姓名 性别代码 出生日期 证件类型 证件号码 人员类别名称 单位名称 职务层次")
    head += heads(
        "户籍所在地 常住地址 所属社区名称 移动电话 固定电话 居住方式 身体健康状况 慢性病病种"
    )
    rows = [
        ["导出时间：2014-05-12 10:33:21"],
        [*head, *heads("长期用药情况 兴趣爱好 政治面貌代码")],
    ]
    it.sheets["x"] = rows
    codes = "no name sex birth =居民身份证 rid category unit level =山东省 addr community mobile"
    fill(it, "x", f"{codes} landline living health conditions medicines hobbies status", "clock")
    for row in rows[2:]:
        row[2] = str("男女".index(row[2]) + 1)
        row[-1] = {"中共党员": "01", "群众": "13"}[row[-1]]
    return it


@office
def text_of_another_time() -> Office:
    it = Office(16, numbers=False, mark="\n")
    it.written = ("gb18030", ";")
    head = heads("序列 干部姓名 性别 何年何月出生 居民身份证号码 身份（离休/退休） 退休前所在单位")
    head += heads(
        "享受何级待遇（现） 社区（村） 同谁居住 健康等级 所患疾病 服用的药 喜好 党员（是/否）"
    )
    head += heads("手机号码（11位，如13800138000） 家中固定电话 备考")
    rows = it.sheets.setdefault("x", [head])
    codes = "no name sex birth rid category unit level community living health conditions medicines"
    for n, person in enumerate(it.people, start=1):
        birth = ("republic", "han month", "two", "han", "eight")[n % 5]
        c = it.cells(person, birth)
        if len(c["rid"]) == 18:
            wide = "".join(chr(ord(one) + 0xFEE0) for one in c["rid"])
            dressed = [f"'{c['rid']}", wide, f"{c['rid'][:6]} {c['rid'][6:14]} {c['rid'][14:]}"]
            c["rid"] = [*dressed, f"’{c['rid'].lower()}"][n % 4]
        rows.append([*it.row(c, f"{codes} hobbies yes mobile landline", n), "常去医院，\n需要接送"])
        it.note(c, "x", len(rows))
    return it


@office
def groups_without_merges_in_wide_text() -> Office:
    it = Office(17, numbers=False, mark="+")
    it.written = ("utf-16", "\t")
    rows = it.sheets.setdefault("x", [["××街道老年干部台账"]])
    rows.append(heads("_ 个人信息 _ _ _ _ 工作 _ 居住 _ _ 通讯 _ 健康 _ _ 其他 _"))
    head = heads("序 姓名 性别 出生年月 身份证 离/退 单位 职级 社区 门牌 方式 手机 电话 状况 病种")
    rows.append([*head, *heads("药物 政治面貌 爱好")])
    codes = "no name sex birth rid category unit level community addr living mobile landline"
    fill(it, "x", f"{codes} health conditions medicines status hobbies", "aged")
    return it


@office
def questions_for_headings() -> Office:
    it = Office(18)
    it.sheets["问卷"] = [
        heads("您的姓名 您的性别 您的出生年月 您的身份证号码 您是离休还是退休？ 您原来的工作单位")
        + heads(
            "您享受的待遇级别 您现在住在哪里（详细地址） 您所在的社区 您的手机号码 您家的固定电话"
        )
        + heads("您目前和谁住在一起？ 您的身体状况如何？ 您患有哪些疾病？ 您长期服用哪些药物？")
        + heads("您有哪些兴趣爱好？ 您是党员吗？ 您最需要什么服务？")
    ]
    codes = "name sex birth rid category unit level addr community mobile landline living health"
    fill(it, "问卷", f"{codes} conditions medicines hobbies yes =希望有人陪着看病", "han month")
    return it


@office
def ticks_for_every_answer() -> Office:
    it = Office(19)
    rows: list[list[Any]] = [
        ["老干部健康及居住情况摸底表"],
        ["序号", "姓名", "性别", "身份证号", "离休/退休", "单位", "级别", "居住情况（在相应栏打√）"]
        + [""] * 4
        + ["健康状况（在相应栏打√）", *[""] * 5, "患病情况", "手机", "社区"],
        [*[""] * 7, *LIVING, *HEALTH, *[""] * 3],
    ]
    it.sheets["摸底"] = rows
    it.merges["摸底"] = [(1, 7, 1, 11), (1, 12, 1, 17), *down([*range(7), 18, 19, 20], 1, 2)]
    for n, person in enumerate(it.people, start=1):
        c = it.cells(person, "dots")
        c["faults"] = [one for one in c["faults"] if one[0] != "born"]
        row = it.row(c, "no name sex rid category unit level", n)
        row += ["√" if c["living"] == one else "" for one in LIVING]
        row += ["√" if c["health"] == one else "" for one in HEALTH]
        rows.append([*row, *it.row(c, "conditions mobile community")])
        it.note(c, "摸底", len(rows))
    it.untold("medicines hobbies party_member")
    it.without_birth()
    return it


@office
def people_of_a_partial_list_are_on_the_whole_list() -> Office:
    it = Office(20)
    head = heads("姓名 性别 出生日期 身份证号 类别 单位 待遇级别 社区 居住类型 身体状况 病史 手机")
    it.sheets["总表"] = [head]
    codes = "name sex birth rid category unit level community living health conditions mobile"
    fill(it, "总表", codes, "eight", faults=0)
    partly = [["空巢独居老干部联系表"], heads("序号 姓名 社区 住址 手机 联系人 联系人电话")]
    for person in it.people:
        if person["living"] in ("独居", "空巢"):
            c = it.cells(person, "dots", faults=0)
            partly.append(it.row(c, "no name community addr mobile child child_mob", 1))
            c["faults"] = [("name", "duplicate_person")]
            it.note(c, "空巢独居", len(partly))
    it.sheets |= {"空巢独居": partly, "说明": [["填表说明"], ["1. 姓名、身份证号必须填写。"]]}
    it.untold("medicines hobbies party_member")
    return it
