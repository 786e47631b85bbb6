-- Registrations are changed by statements from outside, and signing keys by whichever isolate comes first: the database
-- records both by itself. What the administration's API does is recorded by the worker, with the administrator.
CREATE TRIGGER audit_user_registered AFTER INSERT ON users BEGIN
  INSERT INTO audit (version, at, event, outcome, subject, actor)
    VALUES (1, unixepoch(), 'user_registered', 'success', NEW.user_id, 'operator');
END;

CREATE TRIGGER audit_user_changed AFTER UPDATE OF username, password_hash, roles ON users
  WHEN OLD.username IS NOT NEW.username OR OLD.password_hash IS NOT NEW.password_hash OR OLD.roles IS NOT NEW.roles
BEGIN
  INSERT INTO audit (version, at, event, outcome, subject, actor, detail)
    VALUES (1, unixepoch(), 'user_changed', 'success', NEW.user_id, 'operator', trim(
      iif(OLD.username IS NEW.username, '', 'username ') ||
      iif(OLD.password_hash IS NEW.password_hash, '', 'password ') ||
      iif(OLD.roles IS NEW.roles, '', 'roles ')));
END;

CREATE TRIGGER audit_user_deleted AFTER DELETE ON users BEGIN
  INSERT INTO audit (version, at, event, outcome, subject, actor)
    VALUES (1, unixepoch(), 'user_deleted', 'success', OLD.user_id, 'operator');
END;

CREATE TRIGGER audit_client_registered AFTER INSERT ON clients BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_registered', 'success', NEW.client_id, 'operator');
END;

-- Disabling and enabling write to the record too, and are recorded by the worker.
CREATE TRIGGER audit_client_changed AFTER UPDATE OF record ON clients
  WHEN OLD.record IS NOT NEW.record AND OLD.disabled IS NEW.disabled
BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_changed', 'success', NEW.client_id, 'operator');
END;

CREATE TRIGGER audit_client_deleted AFTER DELETE ON clients BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_deleted', 'success', OLD.client_id, 'operator');
END;

CREATE TRIGGER audit_key_created AFTER INSERT ON signing_keys BEGIN
  INSERT INTO audit (version, at, event, outcome, actor, detail)
    VALUES (1, unixepoch(), 'key_created', 'success', 'server', NEW.kid);
END;

CREATE TRIGGER audit_key_state AFTER UPDATE OF state ON signing_keys WHEN OLD.state IS NOT NEW.state BEGIN
  INSERT INTO audit (version, at, event, outcome, actor, detail)
    VALUES (1, unixepoch(), iif(NEW.state = 'active', 'key_activated', 'key_retired'), 'success', 'server', NEW.kid);
END;

CREATE TRIGGER audit_key_resealed AFTER UPDATE OF sealed_private ON signing_keys
  WHEN OLD.sealed_private IS NOT NEW.sealed_private AND NEW.sealed_private <> ''
BEGIN
  INSERT INTO audit (version, at, event, outcome, actor, detail)
    VALUES (1, unixepoch(), 'key_resealed', 'success', 'server', NEW.kid);
END;

CREATE TRIGGER audit_key_deleted AFTER DELETE ON signing_keys BEGIN
  INSERT INTO audit (version, at, event, outcome, actor, detail)
    VALUES (1, unixepoch(), 'key_deleted', 'success', 'server', OLD.kid);
END;
