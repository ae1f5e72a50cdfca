-- name: platform_person :many slow
-- What the platform keeps: the events of an account, what it did and what was done to it. Answers under Idempotency-Keys are
-- deleted after a day; they may hold secrets, so only their routes are told.
SELECT 'stoa.event' AS "table!", to_jsonb(e)::text AS "data!" FROM stoa.event e WHERE e.aggregate_id = :id
UNION ALL SELECT 'stoa.audit', to_jsonb(a)::text FROM stoa.audit a WHERE a.actor = :id
UNION ALL SELECT 'stoa.audit', to_jsonb(a)::text FROM stoa.audit a WHERE a.subject_id = :id::text AND a.actor IS DISTINCT FROM :id
UNION ALL SELECT 'stoa.idempotency', jsonb_build_object('route', i.route, 'status', i.status, 'created_at', i.created_at)::text
FROM stoa.idempotency i WHERE i.scope = :id;

-- name: platform_person_events_erase :exec write
-- The account's events lose what names the person. Consumers that read them again take nothing from them that is newer.
UPDATE stoa.event SET data = (data::jsonb - 'phone' || '{"name": "erased", "email": "erased@erased.invalid"}')::json
WHERE aggregate_id = :id AND data::jsonb ? 'email';

-- name: platform_person_keys_erase :exec write
-- The answers given under the account's Idempotency-Keys.
DELETE FROM stoa.idempotency WHERE scope = :id;
