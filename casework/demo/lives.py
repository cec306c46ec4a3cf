"""Inventing people: who they are, what is known of them and what changed within a year.

Decides nothing about the work with them: that is made by the engine and `casework.demo.year`.
Pure: the same seed, number and day give the same person, whatever else is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from casework.demo.life import (
    InventedFact,
    InventedRelative,
    InventedStay,
    Life,
    phone_number,
    resident_id,
)
from casework.demo.seeds import Population, Seeds, Weighted
from casework.reference import Agency, Unit, fact

__all__ = ["Inventor", "invent"]

_LAST_VETERAN_DAY = date(1949, 9, 30)
_FIRST_RETIRED_DAY = date(1949, 11, 1)
_IN_A_COMMUNITY = 250
"""So many of a large agency's people live in one community; those of more live in further ones."""


def invent(inventor: Inventor, people: int, seed: int) -> Iterator[Life]:
    """Invent so many people of an agency.

    Yields
    ------
    Life
        Person 0, 1, …; a husband or wife on the roster too follows right behind.
    """
    waiting: Life | None = None
    share = inventor.made.couples / 2
    for number in range(people):
        chance = Random(f"{seed}/{inventor.agency.code}/{number}")  # noqa: S311  # a demo, no secret
        pairs = waiting is None and number + 1 < people and chance.random() < share
        life = inventor.life(number, chance, waiting, pairs)
        if pairs:
            waiting = life
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        yield life


class Inventor:
    """Puts one person together after another.

    Parameters
    ----------
    agency : Agency
    made : Population
    seeds : Seeds
    today : date
        The day as of which people are invented.
    """

    def __init__(self, agency: Agency, made: Population, seeds: Seeds, today: date) -> None:
        self.agency, self.made, self.seeds, self.today = agency, made, seeds, today
        units = {one.code: one for one in agency.organisations}
        self.units = [one.label.zh for one in units.values() if one.kind == "unit"]
        self.communities = [one for one in units.values() if one.kind == "community"]
        self.parents: dict[str, Unit] = {
            one.code: units[one.parent] for one in self.communities if one.parent
        }
        self.branches = [one.label.zh for one in units.values() if one.kind == "branch"]
        allowed = {one.code for one in agency.ranks}
        self.ranks = [one.code for one in agency.ranks]
        self.levels = _only(seeds.weights["level"], allowed)

    # -------------------------------------------------------------- who they are

    def life(self, number: int, chance: Random, marries: Life | None, pairs: bool) -> Life:
        """Invent one person: the spouse of another, or one whose spouse comes next, or neither."""
        sex = self._sex(chance, marries)
        born = self._born_on(chance, marries)
        name, pinyin, initials = self.name(chance, sex)
        life = Life(
            number=number,
            name=name,
            surname=self._surname(name),
            pinyin=pinyin,
            initials=initials,
            sex=sex,
            born_on=born,
            category=self._category(chance, sex, born),
            id_typed=resident_id(born, sex, number),
        )
        if marries is not None:
            life.spouse, marries.spouse = marries.number, number
        self._case(life, chance)
        self._papers(life, chance)
        self._basics(life, chance, marries, pairs)
        self._health(life, chance)
        self._rest(life, chance)
        self._family(life, chance, marries, pairs)
        self._stays(life, chance)
        return life

    def name(self, chance: Random, sex: str, young: bool = False) -> tuple[str, str, str]:
        """Put a name together with its pinyin and initials; frequent surnames come more often."""
        surnames = self.seeds.surnames
        surname = surnames[int(len(surnames) * chance.random() ** 1.8)]
        pool = self.seeds.young if young else self.seeds.male if sex == "1" else self.seeds.female
        given = [chance.choice(pool) for _ in range(1 if chance.random() < 0.12 else 2)]
        parts = [surname, *given]
        return (
            "".join(part[0] for part in parts),
            " ".join(part[1] for part in parts),
            "".join(part[1][0] for part in parts),
        )

    def _surname(self, name: str) -> str:
        """Give the surname of an invented name; a few have two characters."""
        known = {one[0] for one in self.seeds.surnames}
        return name[:2] if name[:2] in known else name[0]

    def _sex(self, chance: Random, marries: Life | None) -> str:
        if marries is not None:
            return "2" if marries.sex == "1" else "1"
        return "1" if chance.random() < self.made.male else "2"

    def _born_on(self, chance: Random, marries: Life | None) -> date:
        made = self.made
        if marries is not None:
            return marries.born_on + timedelta(days=chance.randint(-900, 1500))
        age = chance.triangular(made.age_low, made.age_high, made.age_mode)
        return self.today - timedelta(days=int(age * 365.2425))

    def _category(self, chance: Random, sex: str, born: date) -> str:
        made = self.made
        old_enough = born.year <= made.latest_veteran_birth
        if old_enough and chance.random() < made.veteran_share:
            return "retired_veteran"
        if sex == "2" and chance.random() < made.spouse_share / (1 - made.male):
            return "surviving_spouse"
        return "retired"

    def _case(self, life: Life, chance: Random) -> None:
        """Let some come, move away or die within the year; the older, the more often."""
        made, today = self.made, self.today
        day = today - timedelta(days=chance.randint(1, 364))
        fate = chance.random()
        age = (today - life.born_on).days / 365.2425
        dies = made.deaths_a_year * (0.35 if age < 80 else 0.8 if age < 90 else 2.2)
        if fate < made.arrivals_a_year:
            life.opened_on = day
        elif fate < made.arrivals_a_year + made.moves_a_year:
            life.closed_on = day
            life.close_reason = chance.choice(self.seeds.texts["move_reason"])
        elif fate < made.arrivals_a_year + made.moves_a_year + dies:
            life.died_on = life.closed_on = day
            life.close_reason = self.seeds.texts["death"][0]

    def _papers(self, life: Life, chance: Random) -> None:
        """Spoil a few ID numbers, as they come out of spreadsheets."""
        typed = life.id_typed or ""
        born = life.born_on
        wrong = chance.random()
        share = self.made.problems
        filed = born
        if wrong < share * 0.25:
            life.id_typed, life.id_problem = None, "missing"
            life.born_exactly = chance.random() < 0.5
        elif wrong < share * 0.5:
            last = "0123456789".replace(typed[-1], "")[chance.randrange(9)]
            life.id_typed, life.id_problem = typed[:-1] + last, "bad_check_digit"
        elif wrong < share * 0.7:
            life.id_typed, life.id_problem = typed[:15] + "000", "truncated_number"
        elif wrong < share:
            filed = born + timedelta(days=chance.choice((-365, -30, 10, 31, 366)))
        text = f"{filed:%Y-%m-%d}" if life.born_exactly else f"{filed:%Y-%m}"
        life.facts.append(self._fact(chance, "birth_date_file", text))
        if life.id_problem is None:
            life.facts.append(self._fact(chance, "birth_date_id", f"{born:%Y-%m-%d}"))

    # -------------------------------------------------------------- what is known of them

    def _fact(self, chance: Random, code: str, value: str) -> InventedFact:
        """State a fact, verified some day within the time it may be trusted, or before."""
        days = int(fact(code).verify_days * 1.15 * chance.random() ** 1.5)
        verified = self.today - timedelta(days=min(days, 1500)) if chance.random() < 0.96 else None
        return InventedFact(code, value, chance.choice(self.seeds.texts["source"]), verified)

    def _state(self, life: Life, chance: Random, code: str, *values: str) -> None:
        """State a fact where it is known, by some since a day within the year only.

        No value for a multiple fact means "asked: none".
        """
        if chance.random() >= self.seeds.known.get(code, 1 - self.made.unknown):
            return
        first, *more = (self._fact(chance, code, value) for value in (values or ("",)))
        first = self._since_found_out(first, chance)
        since = first.valid_from
        life.facts.append(first)
        life.facts.extend(
            replace(one, valid_from=since, verified_on=since) if since else one for one in more
        )

    def _since_found_out(self, known: InventedFact, chance: Random) -> InventedFact:
        """Let a fact be known only since a day within the year, when somebody asked."""
        if chance.random() >= self.made.found_out:
            return known
        day = self.today - timedelta(days=chance.randint(10, 350))
        return replace(known, valid_from=day, verified_on=day)

    def _basics(self, life: Life, chance: Random, marries: Life | None, pairs: bool) -> None:
        weights, state = self.seeds.weights, self._state
        life.facts.append(self._fact(chance, "category", life.category))
        life.facts.append(self._fact(chance, "unit", chance.choice(self.units)))
        self._service(life, chance)
        home = chance.choice(self.communities)
        community = self._community(home.label.zh, life.number)
        address = (
            f"{self.parents[home.code].label.zh if home.code in self.parents else ''}"
            f"{community}{chance.randint(1, 60)}幢{chance.randint(1, 4)}单元"
            f"{chance.randint(1, 6)}{chance.randint(1, 4):02d}室"
        )
        life.community = community
        if marries is not None:
            address = next((one.value for one in marries.facts if one.code == "address"), address)
            life.community = marries.community
        state(life, chance, "address", address)
        state(life, chance, "community", life.community)
        state(life, chance, "mobile", phone_number(life.number))
        state(life, chance, "landline", f"{self.agency.place.area_code}-0{life.number:07d}")
        self._living(life, chance, in_couple=pairs or marries is not None)
        for code in ("education", "placement", "tech_use", "ethnicity"):
            state(life, chance, code, weights[code].pick(chance))
        state(life, chance, "native_place", chance.choice(self.seeds.texts["native_place"]))
        state(life, chance, "birthday_kept", weights["birthday_kept"].pick(chance))

    def _community(self, name: str, number: int) -> str:
        """Name the community of the so-many-th person: 永善社区, of those after many 永善第2社区.

        A community does not grow with the agency, nor do its houses fill with strangers.
        """
        further = number // (_IN_A_COMMUNITY * len(self.communities))
        return f"{name.removesuffix('社区')}第{further + 1}社区" if further else name

    def _service(self, life: Life, chance: Random) -> None:
        """State rank, treatment and the days of a working life."""
        level = self.levels.pick(chance)
        held = self.ranks[max(0, self.ranks.index(level) - (chance.random() < 0.3))]
        if life.category != "surviving_spouse":
            self._state(life, chance, "level", level)
            self._state(life, chance, "rank", held)
            leaves = life.born_on.year + (60 if life.sex == "1" else 55)
            self._state(life, chance, "retired_on", f"{leaves}-{life.born_on.month:02d}")
        begins = date(life.born_on.year + 14, 1, 1)
        joined = life.born_on.year + 20
        if life.category == "retired_veteran" and begins < _LAST_VETERAN_DAY:
            day = begins + timedelta(days=chance.randint(0, (_LAST_VETERAN_DAY - begins).days))
            joined = day.year + 1
            self._state(
                life, chance, "joined_on", f"{day:%Y-%m}" if chance.random() < 0.6 else f"{day}"
            )
        elif life.category == "retired":
            day = max(begins + timedelta(days=chance.randint(1500, 4000)), _FIRST_RETIRED_DAY)
            self._state(life, chance, "joined_on", f"{day:%Y-%m}")
        if chance.random() < self.made.party_member:
            self._state(life, chance, "political_status", "01")
            month = chance.randint(1, 12)
            self._state(life, chance, "party_joined_on", f"{joined}-{month:02d}")
        else:
            self._state(life, chance, "political_status", chance.choice(("13", "13", "05", "06")))

    def _living(self, life: Life, chance: Random, *, in_couple: bool) -> None:
        """State how somebody lives, for some with a change within the year."""
        weights, state = self.seeds.weights, self._state
        living = "with_spouse" if in_couple else weights["living"].pick(chance)
        alone = living in ("alone", "with_helper", "care_home")
        married = "20" if living in ("with_spouse", "empty_nest") else None
        if married is None:
            married = "30" if alone and chance.random() < 0.8 else None
        state(life, chance, "marital_status", married or weights["marital_status"].pick(chance))
        changed = self.seeds.lived_before.get(living) if chance.random() < 0.08 else None
        self._changing(life, chance, "living", living, changed)
        at_home = weights["care_model"].pick(chance)
        state(life, chance, "care_model", "institution" if living == "care_home" else at_home)
        near = "yes" if living == "with_children" or chance.random() < 0.5 else "no"
        state(life, chance, "children_nearby", near)
        state(life, chance, "family_status", self.seeds.family_status[living])

    def _changing(
        self, life: Life, chance: Random, code: str, value: str, before: str | None
    ) -> None:
        """State a fact that was another one until some day within the year."""
        if chance.random() >= self.seeds.known.get(code, 1.0):
            return
        now = self._fact(chance, code, value)
        if before is None:
            life.facts.append(self._since_found_out(now, chance))
            return
        day = self.today - timedelta(days=chance.randint(10, 350))
        life.facts.append(
            InventedFact(code, before, now.source, day, None, day - timedelta(days=1))
        )
        verified = max(now.verified_on or day, day)
        life.facts.append(InventedFact(code, value, now.source, verified, day))

    def _health(self, life: Life, chance: Random) -> None:
        weights = self.seeds.weights
        health = weights["health"].pick(chance)
        if life.died_on is not None and chance.random() < 0.6:
            health = chance.choice(("poor", "disabled", "bedridden"))
        life.health = health
        self._changing(
            life,
            chance,
            "health",
            health,
            self.seeds.better.get(health) if chance.random() < 0.14 else None,
        )
        conditions = self._conditions(life, chance)
        self._state(life, chance, "condition", *conditions)
        medicines = [
            chance.choice(found.medicines)
            for found in (self.seeds.condition[one] for one in conditions)
            if found.medicines
        ]
        self._state(life, chance, "medicine", *dict.fromkeys(medicines))
        allergies = [chance.choice(self.seeds.texts["allergy"])] if chance.random() < 0.12 else []
        self._state(life, chance, "allergy", *allergies)
        self._state(life, chance, "mobility", self.seeds.mobility[health].pick(chance))
        fell = chance.random() < self.seeds.fell[health]
        self._state(life, chance, "fall_last_year", "yes" if fell else "no")
        self._state(life, chance, "medical_payment", weights["medical_payment"].pick(chance))
        self._state(life, chance, "hospital", chance.choice(self.seeds.texts["hospital"]))
        self._hospital(life, chance)

    def _conditions(self, life: Life, chance: Random) -> list[str]:
        found: list[str] = []
        for _ in range(int(self.seeds.n_conditions[life.health].pick(chance))):
            one = self.seeds.conditions.pick(chance)
            whose = self.seeds.condition[one].sex
            if one not in found and whose in (None, life.sex):
                found.append(one)
        return found

    def _hospital(self, life: Life, chance: Random) -> None:
        """State hospital stays: none, one behind, or one that goes on."""
        if chance.random() >= self.seeds.known.get("hospital_status", 1.0):
            return
        if chance.random() >= self.seeds.in_hospital[life.health]:
            life.facts.append(self._fact(chance, "hospital_status", "no"))
            return
        begins = self.today - timedelta(days=chance.randint(1, 350))
        kind = "long_term" if life.health == "bedridden" and chance.random() < 0.3 else "inpatient"
        ends = begins + timedelta(days=chance.randint(5, 30) if kind == "inpatient" else 500)
        before = begins - timedelta(days=1)
        source = self.seeds.texts["source"][-1]
        life.facts.append(InventedFact("hospital_status", "no", source, before, None, before))
        still = ends >= self.today
        life.facts.append(
            InventedFact("hospital_status", kind, source, begins, begins, None if still else ends)
        )
        if not still:
            after = ends + timedelta(days=1)
            life.facts.append(InventedFact("hospital_status", "no", source, after, after))

    def _rest(self, life: Life, chance: Random) -> None:
        """State difficulties, interests, learning and wishes."""
        texts, weights, state = self.seeds.texts, self.seeds.weights, self._state
        weak = life.health in ("poor", "disabled", "bedridden")
        hard = chance.random() < (0.35 if weak else 0.1)
        state(life, chance, "difficulty", *([chance.choice(texts["difficulty"])] if hard else []))
        kinds = []
        if hard and chance.random() < 0.35:
            kinds.append("poor")
        if weak and chance.random() < 0.3:
            kinds.append("illness")
        state(life, chance, "hardship", *kinds)
        state(life, chance, "income_source", weights["income_source"].pick(chance))
        hobbies = chance.sample(texts["hobby"], chance.choice((0, 1, 1, 2, 2, 3)))
        state(life, chance, "hobby", *hobbies)
        state(
            life,
            chance,
            "skill",
            *([chance.choice(texts["skill"])] if chance.random() < 0.4 else []),
        )
        will = "no" if weak else weights["willing_to_contribute"].pick(chance)
        state(life, chance, "willing_to_contribute", will)
        mode = "home" if weak else chance.choice(("class", "class", "online", "talk"))
        state(life, chance, "learning_mode", mode)
        attended = [] if weak else chance.sample(texts["activity"], chance.choice((0, 1, 1, 2)))
        state(life, chance, "activity", *attended)
        if self.branches:
            state(life, chance, "branch", chance.choice(self.branches))
        wishes = chance.sample(texts["service_wish"], chance.choice((0, 1, 1, 1, 2)))
        held = len(life.facts)
        state(life, chance, "wishes_asked", *wishes)
        asked = life.facts[held:]
        life.wishes = [one for one in asked if one.value]
        life.facts[held:] = [replace(asked[0], value="yes" if wishes else "no")] if asked else []

    def _family(self, life: Life, chance: Random, marries: Life | None, pairs: bool) -> None:
        living = next((one.value for one in reversed(life.facts) if one.code == "living"), "")
        if marries is not None:
            life.relatives.append(InventedRelative(marries.name, "spouse", None, False, True))
            marries.relatives.append(InventedRelative(life.name, "spouse", None, False, True))
        elif living in ("with_spouse", "empty_nest") and not pairs:
            name, *_ = self.name(chance, "2" if life.sex == "1" else "1")
            life.relatives.append(InventedRelative(name, "spouse", None, False, True))
        surname = life.surname
        for place in range(chance.choice((0, 1, 1, 2, 2, 3))):
            given = "".join(chance.choice(self.seeds.young)[0] for _ in range(2))
            life.relatives.append(
                InventedRelative(
                    name=surname + given,
                    relationship=chance.choice(("son", "daughter")),
                    phone=phone_number(20_000_000 + life.number * 3 + place),
                    is_emergency=place == 0,
                    lives_with=living == "with_children" and place == 0 if living else None,
                    visits=chance.choice(self.seeds.texts["visits"]),
                )
            )

    def _stays(self, life: Life, chance: Random) -> None:
        """Let some go south for the winter, last year and this (capability S4-10)."""
        if life.health in ("disabled", "bedridden") or chance.random() >= self.made.seasonal:
            return
        place = chance.choice(self.seeds.texts["away"])
        for year in (self.today.year - 1, self.today.year):
            leaves = date(year, 11, 1) + timedelta(days=chance.randint(0, 45))
            life.stays.append(
                InventedStay(
                    place=place,
                    away_from=leaves,
                    away_to=date(year + 1, 3, 1) + timedelta(days=chance.randint(0, 40)),
                    phone=phone_number(life.number),
                )
            )


def _only(weighted: Weighted, allowed: set[str]) -> Weighted:
    """Keep the values that an agency uses, with their weights."""
    kept: dict[str, float] = {}
    for value, low, high in zip(
        weighted.values, (0.0, *weighted.bounds), weighted.bounds, strict=False
    ):
        if value in allowed:
            kept[value] = high - low
    total, bounds = 0.0, []
    for weight in kept.values():
        total += weight
        bounds.append(total)
    return Weighted(tuple(kept), tuple(bounds))
