-- migrate: expand
-- Couriers whose accounts were disabled before 0060 stayed on the lists: the events that commerce stored them from say so. Of one
-- whose event is no longer in the log, the next change of the account tells.
UPDATE commerce.courier c
SET available = false, retired = true, version = c.version + 1
FROM stoa.event e
WHERE NOT c.retired AND e.aggregate_id = c.id AND e.aggregate_seq = c.seq AND e.type = 'account.changed'
  AND (e.data ->> 'disabled' = 'true' OR e.data ->> 'role' IS DISTINCT FROM 'courier');
