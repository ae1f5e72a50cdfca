-- name: mail_insert :exec write
-- A requested mail, in the transaction of its cause.
INSERT INTO accounts.mail (id, template, audience, recipient, secret, requested_at)
VALUES (:id, :template, :audience, :recipient, :secret?, :now);

-- name: mail_find :find read
-- A mail, whether an account has its address, may use it, and has verified it.
SELECT m.template, m.audience, m.recipient, m.secret, m.requested_at, m.settled_at,
       (a.id IS NOT NULL) AS "taken!", (a.id IS NOT NULL AND a.disabled_at IS NULL) AS "known!", (a.email_verified_at IS NOT NULL) AS "verified!"
FROM accounts.mail m
LEFT JOIN accounts.account a ON a.audience = m.audience AND a.email = m.recipient
WHERE m.id = :id;

-- name: mail_settle :expect(1) write
-- The mail is written or dropped: deletes its secret.
UPDATE accounts.mail SET settled_at = :now, outcome = :outcome, secret = NULL WHERE id = :id AND settled_at IS NULL;

-- name: mail_purge :get write
-- Deletes up to a batch of mails that were settled long ago; returns how many.
WITH gone AS (
	DELETE FROM accounts.mail
	WHERE id IN (SELECT id FROM accounts.mail WHERE settled_at < :before ORDER BY settled_at LIMIT :batch::bigint
		FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
