-- migrate: expand
-- The term of each leadership (by its advisory lock's key): one higher with each leader. A leader's transactions lock
-- their row in share mode, so the next leader's term waits for those under way, and those that come later are refused.

CREATE TABLE stoa.leader (
	key bigint PRIMARY KEY,
	term bigint NOT NULL
);
