"""Holds what was read of a roster against the truth about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from casework.exchange.people import RosterPerson
from casework.exchange.roster import Roster
from casework.reference import code_list

FIELDS = {"rid": ("resident_id",), "born": ("birth_date",), "phone": ("mobile", "landline")}
LISTS = {"conditions": "condition", "medicines": "medicine", "hobbies": "hobby"}
CODED = {"category": "category", "living": "living", "health": "health", "level": "rank"}
COMPARED = (
    *("name", "sex", "birth_date", "resident_id", "category", "unit", "community", "living"),
    *("health", "conditions", "medicines", "hobbies", "party_member", "mobile", "landline"),
    "level",
)


@dataclass
class Verdict:
    """What was missed, what was wrongly alarmed, which fields are not equal to the truth."""

    found: int = 0
    missed: list[tuple[str, ...]] = field(default_factory=list)
    false_alarms: list[tuple[str, ...]] = field(default_factory=list)
    unequal: list[tuple[str, ...]] = field(default_factory=list)
    people: int = 0
    rows: int = 0

    def __str__(self) -> str:
        return (
            f"{self.rows} rows, {self.people} people, found {self.found}, missed {self.missed}, "
            f"false {self.false_alarms}, unequal {len(self.unequal)} {self.unequal[:12]}"
        )


def canonical(person: RosterPerson) -> dict[str, str]:
    """Give a person in the columns of truth.csv."""

    def one(code: str) -> str:
        return next((v for v in person.values.get(code, ()) if v not in person.unsure), "")

    sex = person.official_sex("id")[0]
    status = one("political_status")
    found = {
        "name": person.name,
        "sex": {"1": "男", "2": "女"}.get(sex or "", ""),
        "birth_date": person.official_birth("id").iso,
        "resident_id": (person.number.normal or person.number.typed) if person.number else "",
        "unit": one("unit"),
        "community": one("community"),
        "party_member": "" if not status else str(int(status in ("01", "02"))),
        "mobile": one("mobile"),
        "landline": one("landline"),
    }
    for column, code in LISTS.items():
        found[column] = ";".join(filter(None, person.values.get(code, ())))
    for column, listed in CODED.items():
        entry = code_list(listed).entry(one(column))
        found[column] = entry.label.zh if entry else one(column)
    return found


def judge(
    roster: Roster, truth: Iterable[Mapping[str, str]], issues: Iterable[Mapping[str, str]]
) -> Verdict:
    """Compare problems by sheet, row, field and kind, and people field by field."""
    truth_by_key = {one["key"]: one for one in truth}
    verdict = Verdict(rows=len(roster.rows), people=len(roster.people))
    reported: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    duplicates: Counter[str] = Counter()
    for row in roster.rows:
        for problem in row.problems:
            reported[row.place[:2]].add((problem.field, problem.kind))
            if problem.kind == "duplicate_person":
                duplicates[problem.value] += 1
    excused: set[tuple[str, str]] = set()
    wanted: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for issue in issues:
        place = issue["sheet"], int(issue["row"])
        names = FIELDS.get(issue["field"], (issue["field"],))
        for name in names:
            excused.add((issue["key"], name))
            wanted[place].add((name, issue["kind"]))
        if issue["kind"] == "duplicate_person":
            name = truth_by_key[issue["key"]]["name"]
            hit = duplicates[name] > 0
            duplicates[name] -= hit
        else:
            hit = any((name, issue["kind"]) in reported[place] for name in names)
        if hit:
            verdict.found += 1
        else:
            verdict.missed.append((issue["sheet"], issue["row"], issue["field"], issue["kind"]))
    for place, problems in sorted(reported.items()):
        for name, kind in sorted(problems):
            if kind == "duplicate_person":
                continue
            if (name, kind) not in wanted[place]:
                verdict.false_alarms.append((*map(str, place), name, kind))
    verdict.false_alarms += [(name, "duplicate_person") for name, n in duplicates.items() if n > 0]
    _compare(roster, truth_by_key, excused, verdict)
    return verdict


def _compare(
    roster: Roster,
    truth: Mapping[str, Mapping[str, str]],
    excused: set[tuple[str, str]],
    verdict: Verdict,
) -> None:
    by_number = {one["resident_id"]: key for key, one in truth.items()}
    by_name: dict[str, list[str]] = defaultdict(list)
    for key, one in truth.items():
        by_name[one["name"]].append(key)
    seen: Counter[str] = Counter()
    for person in roster.people:
        got = canonical(person)
        key = by_number.get(got["resident_id"]) or _nearest(got, by_name, truth)
        if key is None:
            verdict.unequal.append((str(person.place), "person", got["name"], "unknown"))
            continue
        seen[key] += 1
        for name in COMPARED:
            want = truth[key].get(name)
            if want is None or (key, name) in excused or got[name] == want:
                continue
            if name in ("mobile", "landline") and not got[name]:
                continue  # the file does not give every number
            if name == "birth_date" and (key, "resident_id") in excused and got[name] == want[:7]:
                continue
            verdict.unequal.append((f"{person.sheet}:{person.row}", name, got[name], want))
    for key in truth:
        if seen[key] != 1:
            verdict.unequal.append((key, "person", truth[key]["name"], f"{seen[key]} times"))


def _nearest(
    got: Mapping[str, str],
    by_name: Mapping[str, list[str]],
    truth: Mapping[str, Mapping[str, str]],
) -> str | None:
    keys = by_name.get(got["name"], [])
    return max(
        keys,
        key=lambda key: (
            sum(truth[key].get(c) == got[c] for c in COMPARED)
            + 3 * (truth[key]["birth_date"].startswith(got["birth_date"] or "?"))
        ),
        default=None,
    )
