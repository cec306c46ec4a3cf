"""Opening a workbook: which database, whose agency, who acts, what day it is.

Decides transactions and who is written down as having done something; leaves every act to the
module of its domain area.
"""

from __future__ import annotations

import getpass
import os
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from casework.access.audit_chain import Sealer, seal
from casework.access.engines import database_url, open_engine, writing
from casework.access.faults import file_named, let_go_if_damaged, plain_fault
from casework.access.guard import watch_of
from casework.access.network import is_on_network
from casework.access.standing import Standing, refused, standing_of
from casework.errors import AlreadySaved, CaseworkError, NotFound, NotPermitted, WorkbookUnavailable
from casework.records import ChangeLog, Setting, Staff, audit
from casework.records.audit import Act, begin_act, end_act
from casework.records.base import now
from casework.records.population_rows import settle
from casework.reference import Agency, agency
from casework.terms import CHINA, _
from casework.workbook.attempts import (
    Attempt,
    Moment,
    attempting,
    is_known_key,
    key_of_act,
    moment_of,
    refuse_if_changed,
)

if TYPE_CHECKING:
    from casework.workbook.assessor_sheets import AssessorSheets
    from casework.workbook.badges import Badges
    from casework.workbook.benefits import Benefits
    from casework.workbook.bereaved import Bereaved
    from casework.workbook.boards import Boards
    from casework.workbook.campaign_gifts import CampaignGifts
    from casework.workbook.campaigns import Campaigns
    from casework.workbook.capacity import Capacity
    from casework.workbook.caseloads import Caseloads
    from casework.workbook.consents import Consents
    from casework.workbook.contacts import Contacts
    from casework.workbook.crossings import Crossings
    from casework.workbook.days import Days
    from casework.workbook.delegations import Delegations
    from casework.workbook.drafts import Drafts
    from casework.workbook.family import Family
    from casework.workbook.goals import Goals
    from casework.workbook.hardship import Hardship
    from casework.workbook.helpers import Helpers
    from casework.workbook.identity import Identity
    from casework.workbook.intake import Intake
    from casework.workbook.issues import Issues
    from casework.workbook.keeping import Keeping
    from casework.workbook.life import Life
    from casework.workbook.merging import Merging
    from casework.workbook.money import Money
    from casework.workbook.needs import Needs
    from casework.workbook.opinions import Opinions
    from casework.workbook.orders import Orders
    from casework.workbook.outings import Outings
    from casework.workbook.pair_rounds import PairRounds
    from casework.workbook.pairs import Pairs
    from casework.workbook.payments import Payments
    from casework.workbook.people import People
    from casework.workbook.photos import Photos
    from casework.workbook.plans import Plans
    from casework.workbook.privacy import Privacy
    from casework.workbook.programmes import Programmes
    from casework.workbook.providers import Providers
    from casework.workbook.reconciling import Reconciling
    from casework.workbook.reviews import Reviews
    from casework.workbook.rights import Rights
    from casework.workbook.rosters import Rosters
    from casework.workbook.rulebook import Rulebook
    from casework.workbook.self_checks import SelfChecks
    from casework.workbook.sharing import Sharing
    from casework.workbook.signing import Signing
    from casework.workbook.staffing import Staffing
    from casework.workbook.supposing import Supposing
    from casework.workbook.tasks import Tasks
    from casework.workbook.trail import Trail
    from casework.workbook.trainings import Trainings
    from casework.workbook.travel import Travel
    from casework.workbook.undoing import Undoing
    from casework.workbook.unit_returns import UnitReturns
    from casework.workbook.usage import Usage

__all__ = ["Actor", "Workbook", "open_workbook"]

_OWN_ACTS = 1_000
_AREAS = {
    "assessor_sheets": "AssessorSheets",
    "badges": "Badges",
    "benefits": "Benefits",
    "bereaved": "Bereaved",
    "boards": "Boards",
    "campaign_gifts": "CampaignGifts",
    "campaigns": "Campaigns",
    "capacity": "Capacity",
    "caseloads": "Caseloads",
    "consents": "Consents",
    "contacts": "Contacts",
    "crossings": "Crossings",
    "days": "Days",
    "delegations": "Delegations",
    "drafts": "Drafts",
    "family": "Family",
    "goals": "Goals",
    "hardship": "Hardship",
    "helpers": "Helpers",
    "identity": "Identity",
    "intake": "Intake",
    "issues": "Issues",
    "keeping": "Keeping",
    "life": "Life",
    "merging": "Merging",
    "money": "Money",
    "needs": "Needs",
    "opinions": "Opinions",
    "orders": "Orders",
    "outings": "Outings",
    "payments": "Payments",
    "pair_rounds": "PairRounds",
    "pairs": "Pairs",
    "photos": "Photos",
    "people": "People",
    "plans": "Plans",
    "privacy": "Privacy",
    "programmes": "Programmes",
    "providers": "Providers",
    "reconciling": "Reconciling",
    "reviews": "Reviews",
    "rights": "Rights",
    "rosters": "Rosters",
    "rulebook": "Rulebook",
    "self_checks": "SelfChecks",
    "sharing": "Sharing",
    "signing": "Signing",
    "staffing": "Staffing",
    "supposing": "Supposing",
    "tasks": "Tasks",
    "trail": "Trail",
    "trainings": "Trainings",
    "travel": "Travel",
    "undoing": "Undoing",
    "unit_returns": "UnitReturns",
    "usage": "Usage",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff, or the account of the computer where none was chosen.

    Attributes
    ----------
    staff_id : int or None
    name : str
        What is written down with every change.
    role : str
        ``caseworker``, ``supervisor``, ``leader``, ``analyst``, ``administrator`` or ``volunteer``.
    """

    staff_id: int | None
    name: str
    role: str


class Workbook:
    """One agency's workbook, opened for one person at work.

    Parameters
    ----------
    engine : Engine
        An engine of `casework.access.engines` on a database with the present tables.
    acting : str or None
        Login of the member of staff who acts; None writes the account of the computer.
    today : date or None
        The day to work on; None takes the calendar of China.
    """

    assessor_sheets: AssessorSheets
    badges: Badges
    benefits: Benefits
    bereaved: Bereaved
    boards: Boards
    campaign_gifts: CampaignGifts
    campaigns: Campaigns
    capacity: Capacity
    caseloads: Caseloads
    consents: Consents
    contacts: Contacts
    crossings: Crossings
    days: Days
    delegations: Delegations
    drafts: Drafts
    family: Family
    goals: Goals
    hardship: Hardship
    helpers: Helpers
    identity: Identity
    intake: Intake
    issues: Issues
    keeping: Keeping
    life: Life
    merging: Merging
    money: Money
    needs: Needs
    opinions: Opinions
    orders: Orders
    outings: Outings
    payments: Payments
    pair_rounds: PairRounds
    pairs: Pairs
    people: People
    photos: Photos
    plans: Plans
    privacy: Privacy
    programmes: Programmes
    providers: Providers
    reconciling: Reconciling
    reviews: Reviews
    rights: Rights
    rosters: Rosters
    rulebook: Rulebook
    self_checks: SelfChecks
    sharing: Sharing
    signing: Signing
    staffing: Staffing
    supposing: Supposing
    tasks: Tasks
    trail: Trail
    trainings: Trainings
    travel: Travel
    undoing: Undoing
    unit_returns: UnitReturns
    usage: Usage

    def __init__(
        self, engine: Engine, *, acting: str | None = None, today: date | None = None
    ) -> None:
        self.engine = engine
        self._today = today
        self._acting = acting
        self._seal = Sealer(engine)
        self._own: deque[int] = deque(maxlen=_OWN_ACTS)

    def __getattr__(self, name: str) -> Any:
        """Open an area of the workbook when it is first used."""
        if name not in _AREAS:
            raise AttributeError(name)
        area = getattr(import_module(f"casework.workbook.{name}"), _AREAS[name])(self)
        setattr(self, name, area)
        return area

    @property
    def today(self) -> date:
        """The day it is at the office: the only place where the clock is read."""
        return self._today or _appointed_day() or datetime.now(CHINA).date()

    @cached_property
    def agency(self) -> Agency:
        """The configuration of the agency this workbook was made for."""
        with self.reading() as session:
            setting = session.get(Setting, "agency")
        if setting is None:
            raise NotFound(
                _("This workbook belongs to no agency yet. Run: casework init --agency NAME")
            )
        found = agency(str(setting.value))
        if found.instruments_on or found.readings or found.scoring:
            # Only then: reading every instrument takes longer than opening the workbook.
            from casework.instruments.choices import check_choices

            check_choices(
                f"agencies/{found.code}/agency.toml",
                found.instruments_on,
                found.readings,
                found.scoring,
            )
        return found

    @cached_property
    def actor(self) -> Actor:
        """Who acts in this workbook: whoever logged in, where the database keeps accounts."""
        if self.standing is not None:
            return Actor(self.standing.staff_id, self.standing.name, self.standing.role)
        if self._acting is None:
            return Actor(None, getpass.getuser(), "supervisor")
        with self.reading() as session:
            found = session.scalar(select(Staff).where(Staff.login == self._acting))
            if found is None:
                raise NotFound(_("No member of staff has the login {login}.", login=self._acting))
            return Actor(found.id, found.name, found.role)

    @cached_property
    def standing(self) -> Standing | None:
        """The account under whose rules this workbook is open; None for a trusted team's."""
        if self.engine.dialect.name == "sqlite":
            return None
        with self.engine.connect() as connection:
            return standing_of(connection)

    @property
    def draws_up_plans(self) -> bool:
        """Whether whoever acts sees all that plans rest on: of the own people, or as the owner."""
        return self.standing is None or self.standing.role in ("caseworker", "planner")

    @property
    def keeps_register(self) -> bool:
        """Whether whoever acts sees and settles the register of everybody: registrar or owner."""
        return self.standing is None or self.standing.role == "registrar"

    @property
    def trusts_who_acts(self) -> bool:
        """Whether whoever sits at the computer may say who acts: a file is one trusted team's."""
        return self.engine.dialect.name == "sqlite"

    def act_as(self, login: str | None) -> Actor:
        """Go on as another member of staff; what follows is written down under that name.

        Raises
        ------
        NotFound
            If there is no such login; whoever acted before goes on acting.
        NotPermitted
            If the database knows who acts, and it is somebody else.
        """
        if self.standing is not None and login != self.standing.login:
            raise NotPermitted(
                _(
                    "You are logged in as {login}, and act as nobody else here.",
                    login=self.standing.login,
                )
            )
        before, self._acting = self._acting, login
        self.__dict__.pop("actor", None)
        try:
            return self.actor
        except CaseworkError:
            self._acting = before
            raise

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write everything or nothing; committed at the end of the block.

        The population is brought up to date with it: exactly the people who were touched.

        Raises
        ------
        WorkbookUnavailable
            If the database does not answer, cannot be written or is full: nothing was written.
        """
        committing, by = False, self.actor.name
        self._expect_log(writing=True)
        try:
            with (
                _said_plainly(),
                Session(writing(self.engine), expire_on_commit=False, info=self._info) as session,
                session.begin(),
            ):
                act = begin_act(session.connection(), by, getpass.getuser())
                session.info["act"] = act.number
                yield session
                if self.draws_up_plans or self.keeps_register:
                    settle(session)
                self._end(session, act)
                committing = True
        except WorkbookUnavailable as fault:
            # A file that could not be written was not; a server may have, before it fell silent.
            fault.unsure = committing and self.engine.dialect.name != "sqlite"
            raise
        except IntegrityError as error:
            if not is_known_key(error):
                raise
            raise AlreadySaved(
                _("This was saved already, the first time. It was not saved again.")
            ) from None
        except self.engine.dialect.loaded_dbapi.Error as error:  # of the driver: rows in bulk
            let_go_if_damaged(error, self.engine)
            raise (plain_fault(error, self.engine) or error) from None
        self._own.append(act.number)
        self._confirm(act)
        self._seal()

    def _end(self, session: Session, act: Act) -> None:
        """Write what is written last in a transaction."""
        session.flush()
        connection = session.connection()
        end_act(connection, act)
        if connection.dialect.name == "sqlite":  # where nobody waits for it
            seal(connection, whole=False)

    def _expect_log(self, *, writing: bool) -> None:
        """Work with the log that is on the disk, whatever was done to the file meanwhile."""
        watch = watch_of(self.engine)
        if watch is not None and not watch.stands() and not watch.renew() and writing:
            raise WorkbookUnavailable(_not_saved())

    def _confirm(self, act: Act) -> None:
        """See that what was committed went into the log that is on the disk."""
        watch = watch_of(self.engine)
        if watch is None or watch.stands():
            return
        if watch.renew():
            with self.engine.connect() as connection:
                if connection.scalar(select(audit.c.id).where(audit.c.act == act.number).limit(1)):
                    return
        raise WorkbookUnavailable(_not_saved())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read from one consistent state of the workbook.

        Raises
        ------
        WorkbookUnavailable
            If the database does not answer or cannot be read.
        """
        self._expect_log(writing=False)
        with (
            _said_plainly(),
            Session(self.engine, expire_on_commit=False, info=self._info) as session,
        ):
            yield session

    @property
    def _info(self) -> dict[str, Any]:
        """What those who are handed a session need to know of who uses it."""
        return {"role": self.standing.role} if self.standing else {}

    @property
    def last_act(self) -> int | None:
        """The number of what was last written here; None where nothing was."""
        return self._own[-1] if self._own else None

    def moment(self) -> Moment:
        """Note what has been written by now, for a screen that is about to be read."""
        with self.reading() as session:
            return moment_of(session)

    def attempting(self, moment: Moment, key: str | None = None) -> AbstractContextManager[None]:
        """Write what a form holds that was read at a moment: never over what others wrote since.

        Parameters
        ----------
        key : str or None
            Of the form, so that saving it again after a lost answer raises `AlreadySaved`.
        """
        return attempting(Attempt(moment, frozenset(self._own), key))

    def log(
        self,
        session: Session,
        action: str,
        subject_kind: str,
        subject_id: int | None = None,
        *,
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Write down what is being done, in the same transaction as its effect.

        Raises
        ------
        ChangedMeanwhile
            If a form does it, and somebody else changed the same since it was read.
        """
        refuse_if_changed(session, action, subject_kind, subject_id, before, after)
        session.add(
            ChangeLog(
                at=now(),
                by=self.actor.name,
                action=action,
                subject_kind=subject_kind,
                subject_id=subject_id,
                before=before,
                after=after,
                act=session.info.get("act"),
                client_key=key_of_act(session),
            )
        )

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def _not_saved() -> str:
    return _(
        "Not saved: something else on this computer, such as a copy or a synchronisation, had "
        "opened the file of the workbook. What you wrote is still there; save it again."
    )


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Say in a sentence that the database refused something, whatever the statement was."""
    try:
        yield
    except DBAPIError as error:
        if not refused(error):
            raise
        raise NotPermitted(
            _(
                "Your role does not allow this here. Ask your supervisor, or whoever looks after "
                "the installation."
            )
        ) from None


def _appointed_day() -> date | None:
    """Give the day that ``CASEWORK_TODAY`` names: dashboards served as of a day work on it."""
    named = os.environ.get("CASEWORK_TODAY")
    return date.fromisoformat(named) if named else None


def _refuse_file_under_hub(url: URL) -> None:
    """Refuse a file where several people have accounts: it lets everybody do everything."""
    if url.get_backend_name() == "sqlite" and any(
        one.startswith("JUPYTERHUB_") for one in os.environ
    ):
        raise NotPermitted(
            _(
                "A workbook in a file is for one trusted team at one computer and cannot be opened "
                "under JupyterHub. Use PostgreSQL there: --db postgresql://…"
            )
        )


def _refuse_file_on_network(url: URL) -> None:
    """Refuse a file that others reach over the network: two computers at it damage it."""
    path = file_named(url) if url.get_backend_name() == "sqlite" else None
    if path is not None and is_on_network(path):
        raise NotPermitted(
            _(
                "The workbook {file} lies on a network drive. Two computers that write to it "
                "damage it: keep it on a disk of one computer, or use PostgreSQL for several.",
                file=path.name,
            )
        )


def open_workbook(
    db: str | None = None,
    *,
    agency: str | None = None,
    acting: str | None = None,
    today: date | None = None,
) -> Workbook:
    """Open a workbook; with an agency, make or migrate it first.

    Parameters
    ----------
    db : str or None
        SQLAlchemy URL or file path; None takes ``CASEWORK_DB``, else the local file.
    agency : str or None
        Name of a folder under ``data/agencies``: create or migrate the workbook and load that
        agency's configuration. Running it again changes nothing.
    acting : str or None
        Login of the member of staff who acts; where the database keeps accounts it is whoever
        logged in.
    today : date or None
        The day to work on; None for the real one.

    Raises
    ------
    NotFound
        If there is no workbook yet, or no such agency.
    WorkbookOutdated
        If the workbook was made by another version and no agency is given.
    """
    from casework.workbook.founding import found_workbook, require_present

    url = database_url(db)
    _refuse_file_under_hub(url)
    _refuse_file_on_network(url)
    engine = open_engine(url)
    try:
        if agency is not None:
            found_workbook(engine, agency)
        else:
            require_present(engine)
    except BaseException:
        engine.dispose()
        raise
    return Workbook(engine, acting=acting, today=today)
