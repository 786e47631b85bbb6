-- What a change of a registration has ended, until it has been announced: the row is written in the
-- transaction of the change, whoever makes it, and deleted when the rest is done. A user's sessions and grants end in
-- their own objects; a client's end is published to resource servers.
CREATE TABLE endings (
  -- A user's or a client's id: no client's begins with `u_`.
  subject TEXT PRIMARY KEY,
  -- The id of the act: an end that is announced twice counts once.
  id TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
  at INTEGER NOT NULL,
  -- The administrator.
  actor TEXT NOT NULL DEFAULT 'operator'
) STRICT;

CREATE TRIGGER ending_user_disabled AFTER UPDATE OF disabled ON users WHEN NEW.disabled = 1 BEGIN
  INSERT OR REPLACE INTO endings (subject, at) VALUES (NEW.user_id, unixepoch());
END;

CREATE TRIGGER ending_user_deleted AFTER DELETE ON users BEGIN
  INSERT OR REPLACE INTO endings (subject, at) VALUES (OLD.user_id, unixepoch());
END;

-- Grants that began before `not_before` have ended, also those of an isolate that still had a copy of a disabled client.
CREATE TRIGGER ending_client_disabled AFTER UPDATE OF disabled, record ON clients
  WHEN NEW.disabled > OLD.disabled OR NEW.record ->> '$.not_before' IS NOT OLD.record ->> '$.not_before'
BEGIN
  INSERT OR REPLACE INTO endings (subject, at)
    VALUES (NEW.client_id, coalesce(NEW.record ->> '$.not_before', unixepoch()));
END;

CREATE TRIGGER ending_client_deleted AFTER DELETE ON clients BEGIN
  INSERT OR REPLACE INTO endings (subject, at) VALUES (OLD.client_id, unixepoch());
END;
