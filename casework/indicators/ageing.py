"""Figures about people in care by category, age and sex."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from casework.indicators import words
from casework.indicators.ages import BAND_YEARS
from casework.indicators.census import PEOPLE, Census
from casework.indicators.figure import Counted, Figure, both, counted, half_up
from casework.indicators.scope import Scope
from casework.reference import Code, code_list
from casework.terms import Label, _

__all__ = ["age_figures", "people_figures", "pyramid_figures"]


def people_figures(scope: Scope, census: Census) -> Iterable[Figure]:
    """Give how many people are in care, altogether and by category."""
    total = census.total
    yield counted(
        scope,
        "people.total",
        total,
        PEOPLE,
        says=both(_in_care, total),
        definition=both(_in_care_rule),
        source="S0-1",
    )
    for code in _categories(scope, census):
        rows = PEOPLE.having("category", "is", code.code)
        number = census.count(rows)
        yield counted(
            scope,
            f"people.category.{code.code}",
            number,
            rows,
            of=total,
            about=code.label,
            says=both(_of_category, code.label, number),
            definition=both(_category_rule),
            source="S3-10",
        )
    rows = PEOPLE.having("category", "is", None)
    number = census.count(rows)
    yield counted(
        scope,
        "people.category_unknown",
        number,
        rows,
        of=total,
        says=both(_without_category, number),
        definition=both(_no_category_rule),
        source="S3-10",
    )


def _categories(scope: Scope, census: Census) -> list[Code]:
    """Give the categories of the agency, then those that people have all the same."""
    used = list(scope.agency.categories)
    others = {cell.category for cell in census.cells} - {one.code for one in used}
    return used + [one for one in code_list("category").entries if one.code in others]


def _in_care(n: int) -> str:
    return _("{people} in care", people=words.people(n))


def _in_care_rule() -> str:
    return _(
        "Everybody with an open case on the day who had not died before it; records that were "
        "merged into another or withdrawn with an import are not counted."
    )


def _of_category(label: Label, n: int) -> str:
    return _("{group}: {people}", group=label, people=words.people(n))


def _category_rule() -> str:
    return _("People in care whose category on the day is this one.")


def _without_category(n: int) -> str:
    return _("{people} whose category is not known", people=words.people(n))


def _no_category_rule() -> str:
    return _("People in care whose dossier names no category, or none of the code list.")


# --- ages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ages:
    """The ages of everybody, or of one category, with what their figures have in common."""

    scope: Scope
    name: str
    label: Label | None
    rows: Counted
    ages: dict[int, int]
    total: int

    @property
    def n(self) -> int:
        """How many ages are known."""
        return sum(self.ages.values())

    @property
    def known(self) -> Counted:
        """Those whose age is known."""
        return self.rows.having("age", "at_least", 0)


def age_figures(scope: Scope, census: Census) -> Iterable[Figure]:
    """Give mean, highest and lowest age and the number of the very old, by category."""
    groups = [("all", None, PEOPLE)]
    groups += [
        (code.code, code.label, PEOPLE.having("category", "is", code.code))  # type: ignore[misc]
        for code in _categories(scope, census)
    ]
    for name, label, rows in groups:
        total = census.count(rows)
        if total or label is None:
            of = _Ages(scope, name, label, rows, census.ages(rows), total)
            yield _mean(of)
            yield _end(of, "oldest", max(of.ages, default=None))
            yield _end(of, "youngest", min(of.ages, default=None))
            yield _very_high(of, census)
            yield _age_unknown(of)


def _mean(of: _Ages) -> Figure:
    years = sum(age * n for age, n in of.ages.items())
    return counted(
        of.scope,
        f"ages.{of.name}.mean",
        half_up(years, of.n) if of.n else None,
        of.known,
        n_rows=of.n,
        exact=half_up(years, of.n, 1) if of.n else None,
        unknown=of.total - of.n,
        about=of.label,
        brief=both(_aged_on_average if of.n else _no_ages),
        definition=both(_age_rule, of),
        source="S3-10; S3-11",
    )


def _end(of: _Ages, end: str, age: int | None) -> Figure:
    say = _oldest if end == "oldest" else _youngest
    return counted(
        of.scope,
        f"ages.{of.name}.{end}",
        age,
        of.known if age is None else of.rows.having("age", "is", age),
        n_rows=0 if age is None else of.ages[age],
        unknown=of.total - of.n,
        about=of.label,
        brief=both(_no_ages if age is None else say),
        definition=both(_age_rule, of),
        source="S3-11",
    )


def _very_high(of: _Ages, census: Census) -> Figure:
    years = int(of.scope.agency.setting("very_high_age", of.scope.as_of))
    rows = of.rows.having("age_low", "at_least", years)
    number = census.count(rows)
    younger = census.count(of.rows.having("age_high", "below", years))
    return counted(
        of.scope,
        f"ages.{of.name}.very_high",
        number,
        rows,
        of=of.total,
        unknown=of.total - number - younger,
        about=of.label,
        brief=both(_aged_or_more, number, years),
        definition=both(_age_rule, of),
        source="S3-11; domain-standards 3.5",
    )


def _age_unknown(of: _Ages) -> Figure:
    number = of.total - of.n
    return counted(
        of.scope,
        f"ages.{of.name}.unknown",
        number,
        of.rows.having("age", "is", None),
        of=of.total,
        about=of.label,
        brief=both(_of_unknown_age, number),
        definition=both(_age_rule, of),
        source="S3-11",
    )


def _aged_on_average() -> str:
    return _("aged {n} on average", n="{n}")


def _oldest() -> str:
    return _("the oldest is {n}", n="{n}")


def _youngest() -> str:
    return _("the youngest is {n}", n="{n}")


def _no_ages() -> str:
    return _("age not known")


def _aged_or_more(n: int, years: int) -> str:
    return _("{people} aged {years} or more", people=words.people(n), years=years)


def _of_unknown_age(n: int) -> str:
    return _("{people} whose age is not known", people=words.people(n))


def _age_rule(of: _Ages) -> str:
    official = of.scope.agency.setting("official_birth", of.scope.as_of)
    return _(
        "Age in completed years on the day, by the official birth date ({which}). Where only the "
        "month or year is known, the age counts as known if every possible day gives the same one.",
        which=_("the one in the ID number first")
        if official == "id"
        else _("the one in the files first"),
    )


# --- pyramid ----------------------------------------------------------------------------------


def pyramid_figures(scope: Scope, census: Census) -> Iterable[Figure]:
    """Give one figure for each sex and band of ages, without a gap, and one for the rest."""
    bands = [cell.age_band for cell in census.cells if cell.charted and cell.age_band is not None]
    definition = both(_pyramid_rule)
    sexes = code_list("sex").entries
    for first in range(max(bands), min(bands) - 1, -BAND_YEARS) if bands else ():
        for sex in sexes:
            rows = PEOPLE.having("sex", "is", sex.code).having("age_band", "is", first)
            number = census.count(rows)
            yield counted(
                scope,
                f"pyramid.{sex.code}.{first}",
                number,
                rows,
                of=census.total,
                says=both(_of_sex_and_band, sex.label, first, number),
                definition=definition,
                source="S3-10",
            )
    rows = PEOPLE.having("charted", "is", 0)
    number = census.count(rows)
    yield counted(
        scope,
        "pyramid.unknown",
        number,
        rows,
        of=census.total,
        says=both(_not_charted, number),
        definition=definition,
        source="S3-10",
    )


def _of_sex_and_band(sex: Label, first: int, n: int) -> str:
    return _(
        "{sex}, aged {first} to {last}: {people}",
        sex=sex,
        first=first,
        last=first + BAND_YEARS - 1,
        people=words.people(n),
    )


def _not_charted(n: int) -> str:
    return _("{people} of unknown sex or age", people=words.people(n))


def _pyramid_rule() -> str:
    return _(
        "People in care by sex and bands of five years of age on the day. Whoever's sex or band "
        "is not certain stands apart."
    )
