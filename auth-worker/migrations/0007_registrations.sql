-- Clients that registered themselves (RFC 7591): what manages each registration, and when it expires.
CREATE TABLE registrations (
  client_id TEXT PRIMARY KEY,
  -- A keyed hash of the registration access token (RFC 7592).
  token_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- When a code was last issued to the client, to the day; NULL until the first.
  last_used_at INTEGER,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX registrations_by_expiry ON registrations (expires_at);
-- In a flood the oldest of them go first.
CREATE INDEX registrations_unused ON registrations (created_at) WHERE last_used_at IS NULL;
-- The consents to a client that expires go with it.
CREATE INDEX consents_by_client ON consents (client_id);

-- What these clients do themselves is recorded by the worker, folded. One that was never used leaves nothing behind when it
-- goes: strangers make as many as they like.
DROP TRIGGER audit_client_registered;
CREATE TRIGGER audit_client_registered AFTER INSERT ON clients WHEN NEW.record ->> '$.registered_by' IS NULL BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_registered', 'success', NEW.client_id, 'operator');
END;

DROP TRIGGER audit_client_changed;
CREATE TRIGGER audit_client_changed AFTER UPDATE OF record ON clients
  WHEN OLD.record IS NOT NEW.record AND OLD.disabled IS NEW.disabled AND NEW.record ->> '$.registered_by' IS NULL
BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_changed', 'success', NEW.client_id, 'operator');
END;

DROP TRIGGER audit_client_deleted;
CREATE TRIGGER audit_client_deleted AFTER DELETE ON clients
  WHEN NOT EXISTS (SELECT 1 FROM registrations WHERE client_id = OLD.client_id AND last_used_at IS NULL)
BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_deleted', 'success', OLD.client_id, CASE
      WHEN OLD.record ->> '$.registered_by' IS NULL THEN 'operator'
      WHEN EXISTS (SELECT 1 FROM registrations WHERE client_id = OLD.client_id AND expires_at <= unixepoch()) THEN 'server'
      ELSE 'client' END);
END;

DROP TRIGGER ending_client_deleted;
CREATE TRIGGER ending_client_deleted AFTER DELETE ON clients
  WHEN NOT EXISTS (SELECT 1 FROM registrations WHERE client_id = OLD.client_id AND last_used_at IS NULL)
BEGIN
  INSERT OR REPLACE INTO endings (subject, at) VALUES (OLD.client_id, unixepoch());
END;
