-- A client that registered itself has changed its name, or where it sends its users back to: what they consented to was
-- another. They are asked again.
CREATE TRIGGER consents_client_changed AFTER UPDATE OF record ON clients
  WHEN NEW.record ->> '$.registered_by' = 'self'
    AND (OLD.record ->> '$.client_name' IS NOT NEW.record ->> '$.client_name'
      OR OLD.record -> '$.redirect_uris' IS NOT NEW.record -> '$.redirect_uris')
BEGIN
  DELETE FROM consents WHERE client_id = NEW.client_id;
END;
