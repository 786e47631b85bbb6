-- Usernames are compared in lower case. A name that is in use in lower case already stays as it is.
UPDATE users SET username = lower(username)
WHERE username <> lower(username)
  AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.username = lower(users.username))
  AND NOT EXISTS (
    SELECT 1 FROM users AS other
    WHERE lower(other.username) = lower(users.username) AND other.user_id < users.user_id
  );
