-- No login makes or reads large objects: nothing of ours is one, and anybody could fill the disk
-- of the server with them. They belong to the superuser: one who founds a workbook says this with
-- the rules; where the owner is no superuser, the installation says it as postgres.
DO $$
DECLARE one regprocedure;
BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    FOR one IN SELECT oid FROM pg_catalog.pg_proc
      WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite'))
        AND has_function_privilege('public', oid, 'EXECUTE')
    LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
    END LOOP;
  END IF;
END $$;
