-- The audit says who has changed a client: what the worker does by itself is no change by the operator.
--
-- Hashes of a client's secret that the worker has renewed after a rotation of OSTIARY_SECRET: the client is the same.
ALTER TABLE clients ADD COLUMN hashes_renewed INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER audit_client_changed;
CREATE TRIGGER audit_client_changed AFTER UPDATE OF record ON clients
  WHEN OLD.record IS NOT NEW.record AND OLD.disabled IS NEW.disabled AND NEW.record ->> '$.registered_by' IS NULL
    AND OLD.hashes_renewed IS NEW.hashes_renewed
BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_changed', 'success', NEW.client_id, 'operator');
END;

-- A row without a registration is made to disable a client that is described elsewhere.
DROP TRIGGER audit_client_registered;
CREATE TRIGGER audit_client_registered AFTER INSERT ON clients
  WHEN NEW.record ->> '$.registered_by' IS NULL AND NEW.record <> '{}'
BEGIN
  INSERT INTO audit (version, at, event, outcome, client_id, actor)
    VALUES (1, unixepoch(), 'client_registered', 'success', NEW.client_id, 'operator');
END;
