"""Making and migrating a workbook, and loading the configuration of its agency."""

from __future__ import annotations

import getpass
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from casework.access.audit import install_audit, remove_audit
from casework.access.audit_chain import seal
from casework.access.engines import database_url, open_engine, writing
from casework.access.faults import file_of, what_it_holds
from casework.access.installing import install_rules, take_all_tables
from casework.access.standing import Standing, standing_of
from casework.errors import InvalidEntry, NoRuleInForce, NotFound, WorkbookOutdated
from casework.records import Organisation, Setting, population_due
from casework.records.audit import begin_act, end_act
from casework.records.base import now
from casework.records.consent_guard import install_guards
from casework.records.migrations import (
    head_revision,
    knows_revision,
    migrate,
    present_revision,
)
from casework.records.money_guard import install_money_guards, remove_money_guards
from casework.records.pair_guard import install_pair_guards
from casework.records.population_rows import found_population, is_present, settle
from casework.reference import Agency, agencies, agency
from casework.terms import _
from casework.workbook.policy import keep_text, text_in_force
from casework.workbook.standards import load_standards

__all__ = ["agency_of", "found_workbook", "require_present"]

_FOUNDING = "casework init"
_FOUNDING_LOCK = 0x6361_7365  # "case": two sessions founding one PostgreSQL database take turns


def found_workbook(engine: Engine, name: str) -> None:
    """Create or migrate the tables and load an agency's configuration; again changes nothing.

    Raises
    ------
    NotFound
        If there is no folder of that name under ``data/agencies``.
    InvalidEntry
        If the workbook belongs to another agency already.
    WorkbookOutdated
        If a newer program has written it.
    """
    if name not in agencies():
        raise NotFound(
            _(
                "There is no agency {name}. Available: {known}. Choose one with --agency.",
                name=name,
                known=", ".join(agencies()),
            )
        )
    chosen = agency(name)
    _make_file(engine)
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FOUNDING_LOCK})
            take_all_tables(connection)
        present = present_revision(connection)
        _refuse_newer(present)
        outdated = present != head_revision()
        if outdated:
            remove_audit(connection)
            remove_money_guards(connection)
            migrate(connection)
        install_guards(connection)
        install_money_guards(connection)
        install_pair_guards(connection)
        install_audit(connection)
        act = begin_act(connection, _FOUNDING, getpass.getuser())
        with Session(connection) as session:
            _load(session, chosen)
            found_population(session, anew=outdated)
            session.flush()
        # After all triggers, whose functions the rules hand to their keeper.
        approval = str(chosen.setting("plan_approval", date.max))
        if install_rules(connection, plan_approval=approval):
            with Session(connection) as session:
                _keep_rules(session, chosen)
        end_act(connection, act)
        if connection.dialect.name == "sqlite":
            seal(connection)


def _keep_rules(session: Session, chosen: Agency) -> None:
    """Keep the text of the rules in force: caseworkers draw up plans by it, and may add none."""
    with suppress(InvalidEntry, NoRuleInForce, NotFound):
        text = text_in_force(session, chosen)
        keep_text(session, chosen, text, on=now().date(), by="casework")
        session.flush()


def agency_of(db: str | None) -> str | None:
    """Tell whose workbook a database holds already, of whatever version; None for nobody's."""
    url = database_url(db)
    path = url.database
    if url.get_backend_name() == "sqlite" and path and not Path(path).exists():
        return None
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("setting"):
                return None
            found = connection.scalar(select(Setting.value).where(Setting.key == "agency"))
            return None if found is None else str(found)
    finally:
        engine.dispose()


def require_present(engine: Engine) -> None:
    """Refuse a database that is no workbook, or one of another version.

    Raises
    ------
    NotFound
        If the file does not exist or holds no workbook.
    WorkbookOutdated
        If its tables are of another version, or what is derived from them was made by another
        state of the program.
    """
    path = file_of(engine)
    if path is not None:
        _require_file(path)
    with engine.connect() as connection:
        standing = standing_of(connection)  # a login without an account is told so
        present = present_revision(connection)
    if present is None:
        raise NotFound(_no_workbook(path.absolute() if path else engine.url.database))
    _refuse_newer(present)
    if present != head_revision():
        raise WorkbookOutdated(
            _(
                "This workbook is of version {present}, this program needs {needed}. "
                "Make a backup, then run: casework init",
                present=present,
                needed=head_revision(),
            )
        )
    if not _population_is_present(engine, standing):
        raise WorkbookOutdated(
            _(
                "The tables of this workbook are those of this program ({present}), but the "
                "summary of each person that rules and lists read was made by another state of "
                "the program. Nothing that was recorded is missing. Make a backup, then have the "
                "summary made anew by running: casework init",
                present=present,
            )
        )


def _refuse_newer(present: str | None) -> None:
    """Refuse tables of a version that this program does not know."""
    if present is not None and present != head_revision() and not knows_revision(present):
        raise WorkbookOutdated(
            _(
                "A newer program has written this workbook: its version {present} is not known "
                "here, where the newest is {needed}. Nothing was changed in it. Install the newer "
                "program, or restore a backup from before into another workbook.",
                present=present,
                needed=head_revision(),
            )
        )


def _require_file(path: Path) -> None:
    """Refuse a file that is not there or is empty, before anything is written into it."""
    try:
        empty = path.stat().st_size == 0
    except PermissionError:
        return  # said when it is opened
    except OSError:
        raise NotFound(_no_workbook(path.absolute())) from None
    if empty:
        raise NotFound(what_it_holds(path) or _no_workbook(path.absolute()))


def _no_workbook(place: object) -> str:
    return _(
        "There is no workbook at {place}. If it was moved or renamed, put it back or give its "
        "path with --db or CASEWORK_DB; a new one is made by: casework init --agency NAME",
        place=place,
    )


def _make_file(engine: Engine) -> None:
    """Make the file that an engine is to fill, and its folder: for the owner's eyes only."""
    path = file_of(engine)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(OSError):  # it is there, or cannot be: SQLite says why
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _population_is_present(engine: Engine, standing: Standing | None) -> bool:
    """Tell whether the population is as this program reads it; whoever was missed is caught up.

    Somebody is missed only where a program wrote into the tables without the door.
    """
    with Session(engine) as session:
        present = is_present(session)
        asked = present and standing is None  # others see no more than their own people
        missed = asked and session.scalar(select(population_due.c.person_id).limit(1))
    if missed:
        with Session(writing(engine)) as session, session.begin():
            settle(session)
    return present


def _load(session: Session, chosen: Agency) -> None:
    """Write the agency's organisation tree and name, where they are not there yet."""
    setting = session.get(Setting, "agency")
    if setting is not None and setting.value != chosen.code:
        raise InvalidEntry(
            _(
                "This workbook belongs to {present}, not to {asked}. Use another database for "
                "another agency.",
                present=setting.value,
                asked=chosen.code,
            ),
            field="agency",
            value=chosen.code,
        )
    if setting is None:
        session.add(Setting(key="agency", value=chosen.code))
    present = {one.code: one for one in session.scalars(select(Organisation))}
    for unit in chosen.organisations:
        parent = present.get(unit.parent or "")
        found = present.get(unit.code)
        if found is None:
            found = Organisation(code=unit.code, name=unit.label.zh)
            session.add(found)
            present[unit.code] = found
        found.name, found.name_en = unit.label.zh, unit.label.en
        found.kind, found.status = unit.kind, unit.status
        found.parent_id = parent.id if parent else None
        session.flush()
    load_standards(session, chosen)
