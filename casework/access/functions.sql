-- Who asks, whom they may see, and the few ways across a rule. Written by `casework init`.
-- All of it belongs to casework_keeper, who cannot log in; every function fixes its search path and
-- asks session_user, which no SET ROLE and no setting changes. @tables@ is the schema of the tables.

CREATE SCHEMA IF NOT EXISTS access;
ALTER SCHEMA access OWNER TO casework_keeper;
REVOKE ALL ON SCHEMA access FROM PUBLIC;

CREATE TABLE IF NOT EXISTS access.account (
  login name PRIMARY KEY,
  role text NOT NULL,
  staff_id integer REFERENCES @tables@.staff (id),
  unit_id integer REFERENCES @tables@.organisation (id),
  granted_at timestamptz NOT NULL DEFAULT now(),
  granted_by text NOT NULL DEFAULT session_user,
  closed_at timestamptz,
  closed_by text
);
ALTER TABLE access.account DROP CONSTRAINT IF EXISTS account_role_check;
ALTER TABLE access.account ADD CONSTRAINT account_role_check CHECK (role IN (@roles@));
CREATE TABLE IF NOT EXISTS access.glass (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login name NOT NULL,
  person_id integer NOT NULL,
  reason text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(),
  until timestamptz NOT NULL,
  seen_at timestamptz,
  seen_by text
);
CREATE TABLE IF NOT EXISTS access.policy (key text PRIMARY KEY, value text NOT NULL);
-- In which transaction: nobody looks through glass that may yet be put back as if never broken.
ALTER TABLE access.glass ADD COLUMN IF NOT EXISTS made_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX IF NOT EXISTS glass_login ON access.glass (login, until);
ALTER TABLE access.account ADD COLUMN IF NOT EXISTS reach text NOT NULL DEFAULT 'most';
CREATE TABLE IF NOT EXISTS access.counter (login name PRIMARY KEY);

-- What analysts read: rows that several people have in common, under ids made up for each release.
CREATE SCHEMA IF NOT EXISTS release;
ALTER SCHEMA release OWNER TO casework_keeper;
REVOKE ALL ON SCHEMA release FROM PUBLIC;
CREATE TABLE IF NOT EXISTS release.made (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  of_day date NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  made_by text NOT NULL DEFAULT session_user,
  published integer NOT NULL,
  kept_back integer NOT NULL
);
CREATE TABLE IF NOT EXISTS release.row (
  release_id integer NOT NULL REFERENCES release.made (id),
  row_id text NOT NULL,
  age_band text NOT NULL,
  sex text NOT NULL,
  category text NOT NULL,
  living text NOT NULL,
  mobility text NOT NULL,
  hardship text NOT NULL,
  PRIMARY KEY (release_id, row_id)
);

-- ---------------------------------------------------------------- who asks

CREATE OR REPLACE FUNCTION access.today() RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;

-- The account of whoever logged in: none once it is closed or its holder has left, and none in a
-- transaction that keeps to the state in which it began: it would go on after it was closed.
-- These are asked by nearly every statement. PL/pgSQL keeps their plans; a function in SQL would be
-- planned anew by each statement, which was measured at 19 ms a statement instead of 1.
CREATE OR REPLACE FUNCTION access.my_account() RETURNS access.account
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_one access.account;
  today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;  -- as access.today() has it
BEGIN
  SELECT a.* INTO found_one
  FROM access.account a LEFT JOIN @tables@.staff s ON s.id = a.staff_id
  WHERE a.login = session_user AND a.closed_at IS NULL
    AND current_setting('transaction_isolation') LIKE 'read %'
    AND (s.active_from IS NULL OR s.active_from <= today)
    AND (s.active_to IS NULL OR s.active_to >= today);
  RETURN found_one;
END $$;

CREATE OR REPLACE FUNCTION access.my_role() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ BEGIN RETURN (access.my_account()).role; END $$;

CREATE OR REPLACE FUNCTION access.my_staff() RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ BEGIN RETURN (access.my_account()).staff_id; END $$;

CREATE OR REPLACE FUNCTION access.at_work() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ BEGIN RETURN access.my_role() IS NOT NULL; END $$;

-- The name that is written down: with the login where two people share it.
CREATE OR REPLACE FUNCTION access.my_name() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.account := access.my_account();
BEGIN
  IF me.login IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN COALESCE((
    SELECT s.name || CASE WHEN EXISTS (
        SELECT 1 FROM @tables@.staff o WHERE o.name = s.name AND o.id <> s.id
      ) THEN ' (' || me.login || ')' ELSE '' END
    FROM @tables@.staff s WHERE s.id = me.staff_id), me.login::text);
END $$;

-- ---------------------------------------------------------------- whom they may see

-- Units of a supervisor: the own one and all below; with no unit the whole agency, and 0 stands for
-- people of no unit.
CREATE OR REPLACE FUNCTION access.my_units() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.account := access.my_account();
BEGIN
  IF me.role IS DISTINCT FROM 'supervisor' THEN
    RETURN '{}';
  END IF;
  IF me.unit_id IS NULL THEN
    RETURN ARRAY(SELECT o.id FROM @tables@.organisation o) || 0;
  END IF;
  RETURN ARRAY(
    WITH RECURSIVE below(id) AS (
      SELECT me.unit_id
      UNION
      SELECT o.id FROM @tables@.organisation o JOIN below b ON o.parent_id = b.id
    ) SELECT id FROM below);
END $$;

-- Whether a supervisor's units are all there are: then no set of persons has to be made.
CREATE OR REPLACE FUNCTION access.sees_whole() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.account := access.my_account();
  units integer[];
BEGIN
  IF me.role IS DISTINCT FROM 'supervisor' THEN
    RETURN false;
  ELSIF me.unit_id IS NULL THEN
    RETURN true;  -- as my_units() has it
  END IF;
  units := access.my_units();
  RETURN NOT EXISTS (SELECT 1 FROM @tables@.organisation o WHERE o.id <> ALL(units));
END $$;

-- How many of all people a supervisor sees, as last measured: few, part or most. Policies choose by it
-- in which of two forms they ask the same thing: by an index where it is few, in one go over all where
-- it is most. IMMUTABLE, so that the server knows it while it plans; were it out of date, a statement
-- would be slower and its rows the same.
CREATE OR REPLACE FUNCTION access.reach() RETURNS text
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN COALESCE((SELECT a.reach FROM access.account a WHERE a.login = session_user), 'most');
END $$;

CREATE OR REPLACE FUNCTION access.measure_reach() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS DISTINCT FROM 'planner'
     AND NOT pg_has_role(session_user, 'casework_keeper', 'MEMBER') THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  WITH RECURSIVE below(login, id) AS (
    SELECT a.login, a.unit_id FROM access.account a WHERE a.role = 'supervisor'
    UNION
    SELECT b.login, o.id FROM @tables@.organisation o JOIN below b ON o.parent_id = b.id
  ), held AS (
    SELECT p.unit_id, count(*) AS n FROM @tables@.person p GROUP BY 1
  ), counted AS (
    SELECT b.login, COALESCE(sum(h.n), 0) AS n FROM below b LEFT JOIN held h ON h.unit_id = b.id
    WHERE b.id IS NOT NULL GROUP BY 1
  ), told AS (
    SELECT c.login, CASE WHEN c.n <= 3000 AND c.n * 8 < w.n THEN 'few'
                         WHEN c.n * 3 < w.n THEN 'part' ELSE 'most' END AS reach
    FROM counted c, (SELECT sum(n) AS n FROM held) w
  )
  UPDATE access.account a SET reach = COALESCE(t.reach, 'most')
  FROM access.account b LEFT JOIN told t ON t.login = b.login
  WHERE a.login = b.login AND a.reach <> COALESCE(t.reach, 'most');
END $$;

CREATE OR REPLACE FUNCTION access.my_persons() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.account := access.my_account();
  today date := access.today();  -- once, not for each seat
BEGIN
  IF me.role IS DISTINCT FROM 'caseworker' THEN
    RETURN '{}';
  END IF;
  RETURN ARRAY(
    SELECT DISTINCT m.person_id FROM @tables@.care_team_member m
    WHERE m.staff_id = me.staff_id AND m.superseded_at IS NULL
      AND (m.valid_from IS NULL OR m.valid_from <= today)
      AND (m.valid_to IS NULL OR m.valid_to >= today));
END $$;

-- Through broken glass: a caseworker sees somebody else's person, a supervisor the words about one of
-- the own units.
CREATE OR REPLACE FUNCTION access.glass_persons() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.account := access.my_account();
BEGIN
  IF me.role IS NULL OR me.role NOT IN ('caseworker', 'supervisor') THEN
    RETURN '{}';
  END IF;
  RETURN ARRAY(
    SELECT DISTINCT g.person_id FROM access.glass g
    WHERE g.login = me.login AND g.until > now()
      AND g.made_in IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND (me.role = 'caseworker' OR access.may_write(g.person_id)));
END $$;

-- Asked by nearly every statement of a caseworker, once for each table: so what `my_account` and
-- `my_persons` say stands here once more as one query, and glass is looked at only where some is
-- broken. A test holds the two together.
CREATE OR REPLACE FUNCTION access.read_persons() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
  found_ones integer[];
BEGIN
  found_ones := ARRAY(
    SELECT m.person_id FROM access.account a
    JOIN @tables@.staff s ON s.id = a.staff_id
    JOIN @tables@.care_team_member m ON m.staff_id = a.staff_id
    WHERE a.login = session_user AND a.role = 'caseworker' AND a.closed_at IS NULL
      AND current_setting('transaction_isolation') LIKE 'read %'
      AND (s.active_from IS NULL OR s.active_from <= today)
      AND (s.active_to IS NULL OR s.active_to >= today)
      AND m.superseded_at IS NULL
      AND (m.valid_from IS NULL OR m.valid_from <= today)
      AND (m.valid_to IS NULL OR m.valid_to >= today));
  IF EXISTS (SELECT 1 FROM access.glass g WHERE g.login = session_user AND g.until > now()) THEN
    found_ones := found_ones || access.glass_persons();
  END IF;
  RETURN found_ones;
END $$;

CREATE OR REPLACE FUNCTION access.unit_persons() RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1000 AS $$
DECLARE
  units integer[] := access.my_units();
BEGIN
  IF 0 = ANY(units) OR access.sees_whole() THEN
    RETURN QUERY SELECT p.id FROM @tables@.person p;
  ELSE
    RETURN QUERY SELECT p.id FROM @tables@.person p WHERE p.unit_id = ANY(units);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION access.unit_staff(staff integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  units integer[] := access.my_units();
BEGIN
  RETURN EXISTS (SELECT 1 FROM @tables@.staff s
    WHERE s.id = staff AND COALESCE(s.unit_id, 0) = ANY(units));
END $$;

-- ---------------------------------------------------------------- asked before anything else

-- A condition that somebody types may be tried on a hidden row before the rule about rows is, if the
-- server holds it to be harmless and cheap; EXPLAIN ANALYZE then tells whether the rule was asked at
-- all, and so whether the row is like that: one letter after the other. What costs nothing in the
-- server's reckoning is tried first, and looking something up in what these give costs nothing. So
-- each table has a second rule (`first_...`) in this form, which lets no hidden row through.
CREATE OR REPLACE FUNCTION access.acts_as(role text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ BEGIN RETURN COALESCE(access.my_role() = role, false); END $$;

CREATE OR REPLACE FUNCTION access.my_person_keys() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  persons text[] := access.read_persons()::text[];
BEGIN
  RETURN jsonb_object(persons, persons);
END $$;

-- Of a supervisor's persons, by number; none where the units are all there are.
CREATE OR REPLACE FUNCTION access.my_person_marks() RETURNS boolean[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  units integer[];
  marks boolean[];
  one integer;
BEGIN
  IF access.sees_whole() THEN
    RETURN NULL;
  END IF;
  units := access.my_units();
  marks := array_fill(false, ARRAY[COALESCE((SELECT max(p.id) FROM @tables@.person p), 0)]);
  FOR one IN SELECT p.id FROM @tables@.person p WHERE p.unit_id = ANY(units) LOOP
    marks[one] := true;
  END LOOP;
  RETURN marks;
END $$;

CREATE OR REPLACE FUNCTION access.my_unit_keys() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  units text[] := access.my_units()::text[];
BEGIN
  IF access.sees_whole() THEN
    units := units || '0'::text;
  END IF;
  RETURN jsonb_object(units, units);
END $$;

CREATE OR REPLACE FUNCTION access.my_glass_keys() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  persons text[] := access.glass_persons()::text[];
BEGIN
  RETURN jsonb_object(persons, persons);
END $$;

-- The own name, the own number, and the names under which one's drafts are kept.
CREATE OR REPLACE FUNCTION access.my_own_keys() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  drafts text[] := access.my_drafts();
  mine text[] := array_remove(drafts || substr(drafts[1], length('staff:') + 1), NULL);
BEGIN
  RETURN jsonb_object(mine, mine);
END $$;

-- Rounds of assessors in which a sheet is outstanding.
CREATE OR REPLACE FUNCTION access.my_dark_rounds() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  dark text[] := ARRAY(
    SELECT DISTINCT s.round_key FROM @tables@.assessor_sheet s WHERE s.handed_in_at IS NULL);
BEGIN
  RETURN jsonb_object(dark, dark);
END $$;

-- Whether one person is the asker's to write about: the same as the sets above, for one row.
CREATE OR REPLACE FUNCTION access.may_write(person integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.account := access.my_account();
  today date := access.today();  -- once, not for each seat
  units integer[];
BEGIN
  IF me.role = 'caseworker' THEN
    RETURN EXISTS (
      SELECT 1 FROM @tables@.care_team_member m
      WHERE m.person_id = person AND m.staff_id = me.staff_id AND m.superseded_at IS NULL
        AND (m.valid_from IS NULL OR m.valid_from <= today)
        AND (m.valid_to IS NULL OR m.valid_to >= today));
  ELSIF me.role = 'supervisor' THEN
    units := access.my_units();
    RETURN EXISTS (SELECT 1 FROM @tables@.person p
      WHERE p.id = person AND (COALESCE(p.unit_id, 0) = ANY(units) OR access.sees_whole()));
  END IF;
  RETURN false;
END $$;

-- What others did to one thing of a person since a moment at which it was read. Whoever may write
-- about the person is told; for the rest of the transaction nobody else comes between.
CREATE OR REPLACE FUNCTION access.later_changes(its_kind text, its_id integer, seen text)
RETURNS TABLE (act bigint, at timestamptz, by text, action text, part text, rows jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moment pg_snapshot := seen::pg_snapshot;
  era bigint := pg_snapshot_xmax(seen::pg_snapshot)::text::bigint & ~4294967295::bigint;
  whose integer := CASE its_kind
    WHEN 'person' THEN its_id
    WHEN 'need' THEN (SELECT t.person_id FROM @tables@.need t WHERE t.id = its_id)
    WHEN 'goal' THEN (SELECT t.person_id FROM @tables@.goal t WHERE t.id = its_id)
    WHEN 'issue' THEN (SELECT t.person_id FROM @tables@.issue t WHERE t.id = its_id)
    WHEN 'task' THEN (SELECT t.person_id FROM @tables@.task t WHERE t.id = its_id)
    WHEN 'service_plan' THEN
      (SELECT t.person_id FROM @tables@.service_plan t WHERE t.id = its_id)
    WHEN 'rights_request' THEN
      (SELECT t.person_id FROM @tables@.rights_request t WHERE t.id = its_id)
  END;
BEGIN
  IF whose IS NULL OR NOT access.may_write(whose) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('casework ' || its_kind), its_id);
  RETURN QUERY SELECT c.act, c.at, c.by, c.action,
    COALESCE(c.after->>'item', c.before->>'item', c.after->>'wish', c.after->>'instrument'),
    (SELECT jsonb_agg(jsonb_build_object('action', a.action, 'kind', a.kind, 'row_id', a.row_id,
                                         'before', a.before, 'after', a.after) ORDER BY a.id)
     FROM @tables@.audit a WHERE its_kind <> 'person' AND a.act = c.act AND a.last_id IS NULL
       AND a.action IN ('insert', 'update') AND a.kind IN ('need', 'goal', 'goal_reading',
         'issue', 'issue_step', 'task', 'service_plan', 'plan_item'))
  FROM @tables@.change_log c
  WHERE c.subject_kind = its_kind AND c.subject_id = its_id
    AND c.xmin::text::bigint NOT IN (0, 1, 2)
    AND NOT pg_visible_in_snapshot((era | c.xmin::text::bigint)::text::xid8, moment)
    AND c.act IS DISTINCT FROM NULLIF(current_setting('casework.act', true), '')::bigint
  ORDER BY c.id;
END $$;

-- What somebody's own act changed, so that it can be taken back.
CREATE OR REPLACE FUNCTION access.rows_of_my_act(its_act bigint)
RETURNS TABLE (action text, kind text, row_id bigint, before jsonb, after jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT a.action, a.kind, a.row_id, a.before, a.after FROM @tables@.audit a
  WHERE a.act = its_act AND a.login = session_user AND a.action <> 'read'
    AND (a.person_id IS NULL OR access.may_write(a.person_id))
    AND a.kind NOT IN ('person_identifier', 'related_person')
  ORDER BY a.id;
END $$;

-- Under which names somebody's drafts are kept.
CREATE OR REPLACE FUNCTION access.my_drafts() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ BEGIN RETURN ARRAY['staff:' || access.my_staff(), access.my_name()]; END $$;

CREATE OR REPLACE FUNCTION access.has_nobody(contact integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT access.at_work()
    AND NOT EXISTS (SELECT 1 FROM @tables@.contact_person p WHERE p.contact_id = contact)
$$;

-- ---------------------------------------------------------------- numbers and phones

CREATE OR REPLACE FUNCTION access.require_reason(reason text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF length(btrim(COALESCE(reason, ''))) < 2 THEN
    RAISE EXCEPTION 'a reason is missing' USING ERRCODE = '22023';
  END IF;
  RETURN left(translate(btrim(reason), E'\r\n', '  '), 500);
END $$;

CREATE OR REPLACE FUNCTION access.note(action text, person integer, told jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- To the server's log as well: that line stays when the transaction is rolled back.
  RAISE LOG 'casework % login=% person=% %', action, session_user, person, told;
  INSERT INTO @tables@.change_log (at, by, action, subject_kind, subject_id, after)
  VALUES (date_trunc('second', now()), COALESCE(access.my_name(), session_user::text), action,
          'person', person, told);
  -- Whoever asks who has read a case is told of it as well.
  IF action IN ('reveal_number', 'reveal_phones', 'break_glass', 'export_person') THEN
    PERFORM @tables@.audit_reading(person, action);
  END IF;
END $$;

-- Whether the asker may be told the numbers of a person: of the own people, and through broken glass.
CREATE OR REPLACE FUNCTION access.may_reveal(person integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT COALESCE(person = ANY(access.read_persons()) OR access.my_role() = 'registrar', false)
$$;

CREATE OR REPLACE FUNCTION access.masked_numbers(person integer)
RETURNS TABLE (id integer, kind text, masked text, problem text, source text, recorded_by text,
               recorded_at timestamptz, reason text, superseded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT i.id, i.kind,
    CASE WHEN length(COALESCE(i.normal, i.value)) >= 15
      THEN left(COALESCE(i.normal, i.value), 6) || '********' || right(COALESCE(i.normal, i.value), 4)
      ELSE '****' END,
    i.problem, i.source, i.recorded_by, i.recorded_at, i.reason, i.superseded_at
  FROM @tables@.person_identifier i
  WHERE i.person_id = person AND access.may_reveal(person)
  ORDER BY i.id
$$;

-- What an account asked for lately is counted in a sequence of its own: what is written into one stays
-- when the transaction is taken back. The number is the six seconds it was written in (13 bits) and how
-- many were asked for in each of the last ten times six seconds (5 bits each, the latest lowest).
CREATE OR REPLACE FUNCTION access.make_counters() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one name;
BEGIN
  FOR one IN SELECT a.login FROM access.account a
    WHERE NOT EXISTS (SELECT 1 FROM access.counter c WHERE c.login = a.login) LOOP
    EXECUTE format('CREATE SEQUENCE access.%I MINVALUE 0 START 0', 'asked_' || md5(one));
    INSERT INTO access.counter (login) VALUES (one);
  END LOOP;
END $$;

-- Refuse the thirty-first number within a minute.
CREATE OR REPLACE FUNCTION access.count_reveal() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  counter regclass := format('access.%I', 'asked_' || md5(session_user));
  slot bigint := floor(extract(epoch FROM clock_timestamp()) / 6)::bigint % 8192;
  told bigint;
  asked bigint;
BEGIN
  -- Sessions of one account take turns, by a row that nobody else can hold.
  PERFORM 1 FROM access.counter c WHERE c.login = session_user FOR UPDATE;
  EXECUTE format('SELECT last_value FROM %s', counter) INTO told;
  asked := ((told & ((1::bigint << 50) - 1)) << (5 * LEAST((slot - (told >> 50) + 8192) % 8192, 10))::integer)
    & ((1::bigint << 50) - 1);
  IF (SELECT sum((asked >> (5 * i)) & 31) FROM generate_series(0, 9) i) >= 30 THEN
    RAISE LOG 'casework reveal throttled login=%', session_user;
    RAISE EXCEPTION 'too many numbers at once' USING ERRCODE = '42501';
  END IF;
  PERFORM setval(counter, (slot << 50) + asked + 1);
END $$;

CREATE OR REPLACE FUNCTION access.reveal_number(identifier integer, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  why text := access.require_reason(reason);
  held @tables@.person_identifier;
BEGIN
  SELECT * INTO held FROM @tables@.person_identifier i WHERE i.id = identifier;
  IF held.id IS NULL OR NOT access.may_reveal(held.person_id) THEN
    RAISE EXCEPTION 'no such number' USING ERRCODE = '42501';
  END IF;
  PERFORM access.count_reveal();
  PERFORM access.note('reveal_number', held.person_id,
                      jsonb_build_object('number', held.id, 'reason', why));
  RETURN COALESCE(held.normal, held.value);
END $$;

-- Phones of people who are not one's own: supervisors in their units.
CREATE OR REPLACE FUNCTION access.reveal_phones(person integer, reason text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  why text := access.require_reason(reason);
BEGIN
  IF NOT (access.may_write(person) OR access.may_reveal(person)) THEN
    RAISE EXCEPTION 'no such person' USING ERRCODE = '42501';
  END IF;
  PERFORM access.note('reveal_phones', person, jsonb_build_object('reason', why));
  RETURN QUERY SELECT f.value FROM @tables@.fact f
    WHERE f.person_id = person AND f.code IN ('mobile', 'landline')
      AND f.superseded_at IS NULL AND (f.valid_to IS NULL OR f.valid_to >= access.today())
    ORDER BY f.code DESC, f.id;
END $$;

-- Put a number in the place of those on file; give the ids of those, and the new one last.
CREATE OR REPLACE FUNCTION access.set_number(
  person integer, typed text, checked text, trouble text, origin text, why text
) RETURNS integer[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held integer[];
  made integer;
BEGIN
  IF access.my_role() IS DISTINCT FROM 'caseworker' OR NOT access.may_write(person) THEN
    RAISE EXCEPTION 'no such person' USING ERRCODE = '42501';
  END IF;
  IF checked IS NOT NULL AND checked !~ '^[0-9]{17}[0-9X]$' THEN
    RAISE EXCEPTION 'this is no resident number' USING ERRCODE = '22023';
  END IF;
  WITH gone AS (
    UPDATE @tables@.person_identifier i SET superseded_at = date_trunc('second', now())
    WHERE i.person_id = person AND i.kind = 'resident_id' AND i.superseded_at IS NULL
    RETURNING i.id
  ) SELECT COALESCE(array_agg(id ORDER BY id), '{}') INTO held FROM gone;
  INSERT INTO @tables@.person_identifier
    (person_id, kind, value, normal, problem, recorded_at, recorded_by, source, reason)
  VALUES (person, 'resident_id', typed, checked, trouble, date_trunc('second', now()),
          access.my_name(), origin, why)
  RETURNING id INTO made;
  RETURN held || made;
END $$;

-- What supervisors are told of words about health, hardship and how to reach somebody: that they are
-- there, since when and by whom; what they say only through broken glass.
CREATE OR REPLACE FUNCTION access.kept_facts(person integer) RETURNS SETOF @tables@.fact
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one @tables@.fact;
BEGIN
  IF access.my_role() IS DISTINCT FROM 'supervisor' OR NOT access.may_write(person)
     OR access.may_reveal(person) THEN
    RETURN;  -- through broken glass they are read as they stand
  END IF;
  FOR one IN SELECT * FROM @tables@.fact f WHERE f.person_id = person AND f.code IN (@private@)
    ORDER BY f.id LOOP
    one.value := CASE one.value WHEN '' THEN '' ELSE '*' END;
    one.note := NULL;
    RETURN NEXT one;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION access.family(person integer) RETURNS SETOF @tables@.related_person
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one @tables@.related_person;
  told boolean := access.may_reveal(person);
BEGIN
  IF access.my_role() IS DISTINCT FROM 'supervisor' OR NOT access.may_write(person) THEN
    RETURN;
  END IF;
  FOR one IN SELECT * FROM @tables@.related_person r WHERE r.person_id = person ORDER BY r.id LOOP
    IF NOT told THEN
      one.name := '*';
      one.phone := NULL;
      one.address := NULL;
      one.unit := NULL;
      one.note := NULL;
    END IF;
    RETURN NEXT one;
  END LOOP;
END $$;

-- ---------------------------------------------------------------- break-glass

-- Look at a person who is not one's own, for some hours, from the next transaction on. Answers the
-- same whoever the number means.
CREATE OR REPLACE FUNCTION access.break_glass(person integer, reason text, hours integer DEFAULT 4)
RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  why text := access.require_reason(reason);
  ends timestamptz := now() + make_interval(hours => LEAST(GREATEST(hours, 1), 24));
BEGIN
  IF COALESCE(access.my_role(), '') NOT IN ('caseworker', 'supervisor') THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  PERFORM access.note('break_glass', person, jsonb_build_object('reason', why, 'until', ends));
  INSERT INTO access.glass (login, person_id, reason, until)
  VALUES (session_user, person, why, ends);
  RETURN ends;
END $$;

-- What supervisors are told: who looked at whom in their units, and why.
CREATE OR REPLACE FUNCTION access.glass_told()
RETURNS TABLE (id bigint, by text, person_id integer, reason text, opened_at timestamptz,
               until timestamptz, seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.id, COALESCE(s.name, g.login::text), g.person_id, g.reason, g.opened_at, g.until,
         g.seen_at
  FROM access.glass g
  JOIN @tables@.person p ON p.id = g.person_id
  LEFT JOIN access.account a ON a.login = g.login
  LEFT JOIN @tables@.staff s ON s.id = a.staff_id
  WHERE (COALESCE(p.unit_id, 0) = ANY(access.my_units()) OR access.sees_whole())
    AND g.login <> session_user
  ORDER BY g.id DESC
$$;

-- How many numbers and phones each asked for since a day, of people of the own units.
CREATE OR REPLACE FUNCTION access.reveals_told(since date)
RETURNS TABLE (by text, numbers bigint, phones bigint, copies bigint, people bigint,
               last_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.by, count(*) FILTER (WHERE c.action = 'reveal_number'),
         count(*) FILTER (WHERE c.action = 'reveal_phones'),
         count(*) FILTER (WHERE c.action = 'export_person'), count(DISTINCT c.subject_id), max(c.at)
  FROM @tables@.change_log c JOIN @tables@.person p ON p.id = c.subject_id
  WHERE c.action IN ('reveal_number', 'reveal_phones', 'export_person')
    AND c.subject_kind = 'person' AND c.at >= (since::timestamp AT TIME ZONE 'Asia/Shanghai')
    AND (COALESCE(p.unit_id, 0) = ANY(access.my_units()) OR access.sees_whole())
  GROUP BY c.by ORDER BY count(*) DESC, c.by
$$;

-- What was looked at, of a reading that the asker sees: the values of changes stay kept.
CREATE OR REPLACE FUNCTION access.reading_of(entry bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one @tables@.audit;
BEGIN
  SELECT * INTO one FROM @tables@.audit a WHERE a.id = entry AND a.action = 'read';
  IF one.id IS NULL OR NOT COALESCE(access.may_write(one.person_id)
      OR access.may_reveal(one.person_id) OR access.my_role() = 'auditor', false) THEN
    RETURN NULL;
  END IF;
  RETURN one.after ->> 'what';
END $$;

CREATE OR REPLACE FUNCTION access.glass_seen(which bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE access.glass g SET seen_at = now(), seen_by = access.my_name()
  WHERE g.id = which AND g.seen_at IS NULL AND g.login <> session_user AND EXISTS (
    SELECT 1 FROM @tables@.person p
    WHERE p.id = g.person_id
      AND (COALESCE(p.unit_id, 0) = ANY(access.my_units()) OR access.sees_whole()));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such notice' USING ERRCODE = '42501';
  END IF;
END $$;

-- ---------------------------------------------------------------- what is derived

-- Take away the rows of the population that are to be written again: only of people noted as due.
CREATE OR REPLACE FUNCTION access.clear_population(persons integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  due integer[];
BEGIN
  IF COALESCE(access.my_role(), '') NOT IN ('caseworker', 'registrar', 'planner') THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  SELECT array_agg(d.person_id) INTO due FROM @tables@.population_due d
  WHERE d.person_id = ANY(persons)
    AND (access.my_role() <> 'caseworker' OR access.may_write(d.person_id));
  DELETE FROM @tables@.population p WHERE p.person_id = ANY(due);
  DELETE FROM @tables@.population_due d WHERE d.person_id = ANY(due);
END $$;

-- Rows that say nothing any more once two records are one; the change log keeps what they said.
CREATE OR REPLACE FUNCTION access.drop_rows(which text, ids integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS DISTINCT FROM 'registrar' THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  IF which = 'contact_person' THEN
    DELETE FROM @tables@.contact_person c WHERE c.id = ANY(ids);
  ELSIF which = 'person_search' THEN
    DELETE FROM @tables@.person_search s WHERE s.person_id = ANY(ids);
  ELSE
    RAISE EXCEPTION 'not of this table' USING ERRCODE = '42501';
  END IF;
END $$;

-- Which of the own people have somebody around them whom one does not look after, so that their
-- plan is left to whoever sees all. Of a shared place that is not asked of others' dossiers: the
-- answer would tell who lives there.
CREATE OR REPLACE FUNCTION access.reaches_beyond(groups text[]) RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mine integer[] := access.my_persons();
BEGIN
  IF access.my_role() IS DISTINCT FROM 'caseworker' THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  IF EXISTS (SELECT 1 FROM unnest(groups) g WHERE g <> 'spouse') THEN
    RETURN mine;
  END IF;
  RETURN ARRAY(
    SELECT r.person_id FROM @tables@.related_person r
    WHERE 'spouse' = ANY(groups) AND r.relationship = 'spouse' AND r.superseded_at IS NULL
      AND r.person_id = ANY(mine) AND r.other_person_id <> ALL(mine)
    UNION
    SELECT r.other_person_id FROM @tables@.related_person r
    WHERE 'spouse' = ANY(groups) AND r.relationship = 'spouse' AND r.superseded_at IS NULL
      AND r.other_person_id = ANY(mine) AND r.person_id <> ALL(mine));
END $$;

-- Open a dossier for the spouse of one of the own people who died; the care team goes over.
CREATE OR REPLACE FUNCTION access.open_spouse(related integer, pinyin text, initials text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held @tables@.related_person;
  lost @tables@.person;
  made integer;
BEGIN
  SELECT * INTO held FROM @tables@.related_person r WHERE r.id = related FOR UPDATE;
  SELECT * INTO lost FROM @tables@.person p WHERE p.id = held.person_id;
  IF access.my_role() IS DISTINCT FROM 'caseworker' OR NOT access.may_write(held.person_id)
     OR held.relationship IS DISTINCT FROM 'spouse' OR held.superseded_at IS NOT NULL
     OR held.other_person_id IS NOT NULL OR lost.died_on IS NULL THEN
    RAISE EXCEPTION 'nobody to take on' USING ERRCODE = '42501';
  END IF;
  INSERT INTO @tables@.person (name, name_pinyin, name_initials, unit_id, version)
  VALUES (held.name, pinyin, initials, lost.unit_id, 1) RETURNING id INTO made;
  INSERT INTO @tables@.care_team_member
    (person_id, role, staff_id, name, phone, organisation_id, valid_from, recorded_at, recorded_by)
  SELECT made, m.role, m.staff_id, m.name, m.phone, m.organisation_id, access.today(),
         date_trunc('second', now()), access.my_name()
  FROM @tables@.care_team_member m
  WHERE m.person_id = lost.id AND m.superseded_at IS NULL
    AND (m.valid_from IS NULL OR m.valid_from <= access.today())
    AND (m.valid_to IS NULL OR m.valid_to >= LEAST(lost.died_on, access.today()));
  PERFORM access.note('open_spouse', made, jsonb_build_object('after', lost.id));
  RETURN made;
END $$;

-- How many rows of a kind have passed their time: a figure of the whole workbook, of nobody.
CREATE OR REPLACE FUNCTION access.past_their_time(kind text, until timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF COALESCE(access.my_role(), '') NOT IN ('supervisor', 'administrator', 'registrar') THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  RETURN CASE kind
    WHEN 'draft' THEN (SELECT count(*) FROM @tables@.draft d WHERE d.saved_at < until)
    WHEN 'roster' THEN (SELECT count(*) FROM @tables@.import_row r
      JOIN @tables@.import_batch b ON b.id = r.batch_id
      WHERE b.imported_at < until AND r.cells IS NOT NULL)
    WHEN 'journal' THEN (SELECT count(*) FROM @tables@.change_log c
      WHERE c.at < until AND (c.before IS NOT NULL OR c.after IS NOT NULL))
    ELSE 0 END;
END $$;

-- Throw one's own draft away. No login holds the right to delete: it would be the right to lock.
CREATE OR REPLACE FUNCTION access.drop_draft(its_form text, its_subject text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM @tables@.draft d WHERE d.owner = ANY(access.my_drafts())
    AND d.form = its_form AND d.subject = its_subject;
END $$;

-- Count a change of somebody's dossier; what the population says of them is the same as before.
CREATE OR REPLACE FUNCTION access.next_version(persons integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mine integer[];
BEGIN
  IF access.my_role() IS DISTINCT FROM 'supervisor' THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  SELECT array_agg(i) INTO mine FROM unnest(persons) AS i WHERE access.may_write(i)
    AND NOT EXISTS (SELECT 1 FROM @tables@.population_due d WHERE d.person_id = i);
  UPDATE @tables@.person p SET version = version + 1 WHERE p.id = ANY(mine);
  DELETE FROM @tables@.population_due d WHERE d.person_id = ANY(mine);
END $$;

-- What a person is found by never takes the number from the client.
CREATE OR REPLACE FUNCTION access.fill_search() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.at_work() THEN
    NEW.resident_id := COALESCE((
      SELECT lower(COALESCE(i.normal, i.value)) FROM @tables@.person_identifier i
      WHERE i.person_id = NEW.person_id AND i.superseded_at IS NULL ORDER BY i.id DESC LIMIT 1), '');
  END IF;
  RETURN NEW;
END $$;

-- Whoever keeps the register and the run for everybody change tasks as what they do follows from it:
-- what people decide about a task, whose it is, why it is not done, that it is, is not theirs.
CREATE OR REPLACE FUNCTION access.guard_task() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who text;
  settled boolean := (NEW.excused_on, NEW.cancelled_on) IS DISTINCT FROM
                     (OLD.excused_on, OLD.cancelled_on);
BEGIN
  IF NOT settled AND (NEW.given_on, NEW.done_on, NEW.owner_id) IS NOT DISTINCT FROM
                     (OLD.given_on, OLD.done_on, OLD.owner_id) THEN
    RETURN NEW;
  END IF;
  who := access.my_role();
  IF who IN ('registrar', 'planner') AND (
    NEW.given_on IS DISTINCT FROM OLD.given_on
    OR NEW.done_on IS DISTINCT FROM OLD.done_on
    OR (who = 'registrar' AND NEW.owner_id IS DISTINCT FROM OLD.owner_id)
    OR (settled AND COALESCE(NEW.reason, '') NOT LIKE 'auto:%'
                AND COALESCE(OLD.reason, '') NOT LIKE 'auto:%')
  ) THEN
    RAISE EXCEPTION 'this is for whoever looks after the person' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

-- Rows go over to another person only with the record they belong to: when two records are made one,
-- or parted again. What the audit holds of that nobody can forge.
CREATE OR REPLACE FUNCTION access.guard_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() = 'registrar' AND OLD.person_id IS NOT NULL AND NEW.person_id IS NOT NULL
     AND NOT EXISTS (
       SELECT 1 FROM @tables@.audit a WHERE a.kind = 'person'
         AND (a.person_id, a.row_id) IN ((OLD.person_id, OLD.person_id), (NEW.person_id, NEW.person_id))
         AND (OLD.person_id + NEW.person_id - a.row_id)::text
           IN (a.before ->> 'merged_into_id', a.after ->> 'merged_into_id')) THEN
    RAISE EXCEPTION 'these records are two people' USING ERRCODE = '42501';
  END IF;
  RETURN NULL;
END $$;

-- A row that says nothing any more is thrown away only of a record that was made one with another.
CREATE OR REPLACE FUNCTION access.guard_dropped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() = 'registrar' AND NOT EXISTS (
      SELECT 1 FROM @tables@.audit a WHERE a.kind = 'person' AND a.row_id = OLD.person_id
        AND a.person_id = OLD.person_id AND a.after ->> 'merged_into_id' IS NOT NULL) THEN
    RAISE EXCEPTION 'this record is a person' USING ERRCODE = '42501';
  END IF;
  RETURN NULL;
END $$;

-- Steps of a plan that need a supervisor are refused to everybody else, whoever writes the SQL.
-- Assessors answer alone: the sheets of a round are shown once nobody's is outstanding.
CREATE OR REPLACE FUNCTION access.all_handed_in(round text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT access.at_work() AND NOT EXISTS (
    SELECT 1 FROM @tables@.assessor_sheet s WHERE s.round_key = round AND s.handed_in_at IS NULL)
$$;

-- Each hands in the own sheet, once; what was handed in is what it was.
CREATE OR REPLACE FUNCTION access.guard_sheet() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.handed_in_at IS NOT NULL AND NEW.staff_id IS DISTINCT FROM access.my_staff() THEN
      RAISE EXCEPTION 'nobody answers for another assessor' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.banding, NEW.assessed_on, NEW.mode, NEW.informant, NEW.answers, NEW.context, NEW.unable,
      NEW.measured, NEW.total, NEW.level, NEW.handed_in_at)
     IS DISTINCT FROM
     (OLD.banding, OLD.assessed_on, OLD.mode, OLD.informant, OLD.answers, OLD.context, OLD.unable,
      OLD.measured, OLD.total, OLD.level, OLD.handed_in_at)
     AND (OLD.handed_in_at IS NOT NULL OR OLD.staff_id IS DISTINCT FROM access.my_staff()) THEN
    RAISE EXCEPTION 'a sheet is handed in once, by its assessor' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION access.guard_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  acting text := access.my_role();
  step text;
BEGIN
  IF acting IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' AND (NEW.origin <> 'rules' OR EXISTS (
        SELECT 1 FROM access.policy p WHERE p.key = 'plan_approval' AND p.value = 'all')) THEN
      RAISE EXCEPTION 'a plan begins as a draft' USING ERRCODE = '42501';
    END IF;
    NEW.decided_by := NULL;
    NEW.decided_at := NULL;
    RETURN NEW;
  END IF;
  IF (NEW.decided_by, NEW.decided_at) IS DISTINCT FROM (OLD.decided_by, OLD.decided_at)
     OR OLD.state <> NEW.state THEN
    step := OLD.state || '>' || NEW.state;
    IF acting = 'supervisor' THEN
      IF NEW.decided_at IS DISTINCT FROM OLD.decided_at AND NEW.decided_at IS NOT NULL THEN
        NEW.decided_by := access.my_name();
        NEW.decided_at := date_trunc('second', now());
      END IF;
    ELSIF acting = 'registrar' THEN
      -- Records made one, and parted again: plans end, and those that were in force come back. What
      -- was decided stays as it was, and nothing comes into force that never was.
      IF (NEW.decided_by, NEW.decided_at) IS DISTINCT FROM (OLD.decided_by, OLD.decided_at)
         OR (NEW.state IN ('approved', 'active') AND (OLD.state NOT IN ('revised', 'closed')
           OR (OLD.decided_at IS NULL AND OLD.origin <> 'rules'))) THEN
        RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
      END IF;
    ELSIF step NOT IN ('draft>submitted', 'submitted>draft', 'approved>active', 'active>revised',
                       'approved>revised', 'draft>closed', 'approved>closed', 'active>closed') THEN
      RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
    ELSIF OLD.state <> 'submitted'
       AND (NEW.decided_by, NEW.decided_at) IS DISTINCT FROM (OLD.decided_by, OLD.decided_at) THEN
      RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
    END IF;
    IF step = 'draft>submitted' THEN
      NEW.submitted_by := access.my_name();
      NEW.submitted_at := date_trunc('second', now());
    END IF;
  END IF;
  RETURN NEW;
END $$;

-- Whoever verifies a service is written down by the database.
CREATE OR REPLACE FUNCTION access.guard_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS NOT NULL AND NEW.verified_on IS DISTINCT FROM OLD.verified_on THEN
    NEW.verified_by := access.my_name();
  END IF;
  RETURN NEW;
END $$;

-- Whoever approves or pays is a supervisor, and written down by the database.
CREATE OR REPLACE FUNCTION access.guard_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS NULL OR TG_OP = 'INSERT' THEN
    RETURN NEW;
  END IF;
  IF NEW.approved_on IS DISTINCT FROM OLD.approved_on THEN
    NEW.approved_by := access.my_name();
  END IF;
  IF NEW.paid_on IS DISTINCT FROM OLD.paid_on THEN
    NEW.paid_by := access.my_name();
  END IF;
  IF (NEW.approved_on, NEW.paid_on, NEW.returned_on)
     IS DISTINCT FROM (OLD.approved_on, OLD.paid_on, OLD.returned_on)
     AND access.my_role() <> 'supervisor' THEN
    RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
  END IF;
  -- Who is no supervisor takes back what nobody has approved yet.
  IF NEW.cancelled_on IS DISTINCT FROM OLD.cancelled_on AND access.my_role() <> 'supervisor'
     AND (OLD.approved_on IS NOT NULL OR OLD.recorded_by IS DISTINCT FROM access.my_name()) THEN
    RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION access.guard_hardship() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.decision IS NOT NULL THEN
      RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.decision, NEW.decided_on, NEW.decided_by, NEW.decision_reason)
     IS DISTINCT FROM (OLD.decision, OLD.decided_on, OLD.decided_by, OLD.decision_reason) THEN
    IF access.my_role() <> 'supervisor' OR OLD.decision IS NOT NULL THEN
      RAISE EXCEPTION 'this step is for a supervisor' USING ERRCODE = '42501';
    END IF;
    NEW.decided_by := access.my_name();
  END IF;
  RETURN NEW;
END $$;

-- ---------------------------------------------------------------- what is released

CREATE OR REPLACE FUNCTION access.released() RETURNS SETOF release.row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF COALESCE(access.my_role(), '') NOT IN ('analyst', 'supervisor') THEN
    RETURN;
  END IF;
  -- The latest only: two releases beside each other tell who came and went.
  RETURN QUERY SELECT r.* FROM release.row r
    WHERE r.release_id = (SELECT max(m.id) FROM release.made m);
END $$;

-- ---------------------------------------------------------------- accounts

-- Close an account at once: the next statement of an open session finds nothing.
CREATE OR REPLACE FUNCTION access.close_account(whose name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF access.my_role() IS DISTINCT FROM 'administrator' THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  UPDATE access.account SET closed_at = now(), closed_by = access.my_name()
  WHERE login = whose AND closed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such account' USING ERRCODE = '22023';
  END IF;
END $$;

CREATE OR REPLACE FUNCTION access.accounts()
RETURNS TABLE (login name, role text, staff_id integer, name text, unit text,
               granted_at timestamptz, closed_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF COALESCE(access.my_role(), '') NOT IN ('administrator', 'auditor') THEN
    RAISE EXCEPTION 'not for this role' USING ERRCODE = '42501';
  END IF;
  RETURN QUERY SELECT a.login, a.role, a.staff_id, s.name, o.name, a.granted_at, a.closed_at
  FROM access.account a
  LEFT JOIN @tables@.staff s ON s.id = a.staff_id
  LEFT JOIN @tables@.organisation o ON o.id = a.unit_id
  ORDER BY a.login;
END $$;
