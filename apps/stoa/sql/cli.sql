-- name: cli_event_list :many read
-- The log after a position; of one type when `type` is not null.
SELECT e.position, e.id, e.type, e.aggregate, e.aggregate_id, e.aggregate_seq, e.occurred_at, e.source, e.data
FROM stoa.event e
WHERE e.position > :after AND (:type?::text IS NULL OR e.type = :type?)
ORDER BY e.position
LIMIT :max::bigint;

-- name: cli_event_tail :get read
-- The position after which the last `count` events lie.
SELECT coalesce(min(last.position) - 1, 0) AS "after!"
FROM (SELECT e.position FROM stoa.event e WHERE :type?::text IS NULL OR e.type = :type? ORDER BY e.position DESC LIMIT :count::bigint) last;

-- name: cli_server :get read
SELECT current_setting('server_version') AS "version!", current_setting('server_version_num')::bigint AS "number!",
	clock_timestamp() AS "now!";

-- name: cli_demo_login_list :many read
-- One demo account of each role: the first made.
SELECT DISTINCT ON (a.audience, a.role) a.audience, a.role, a.email
FROM accounts.account a
WHERE (a.email LIKE '%@example.com' OR a.email LIKE '%@stoa.example') AND a.disabled_at IS NULL
ORDER BY a.audience DESC, a.role, a.created_at, a.email;

-- name: cli_mail_waiting :get read
-- Mails that should have been written by now.
SELECT count(*) AS "count!" FROM accounts.mail WHERE settled_at IS NULL AND requested_at < :before;
