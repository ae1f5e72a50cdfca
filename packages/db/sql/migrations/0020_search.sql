-- migrate: expand
-- What a search compares: text without case and accents, so that "cafe" finds "Café" and "strasse" finds "Straße". NFKD takes
-- the accents off; letters that no accent makes are listed. Needs a database in UTF-8 and a server with ICU.
CREATE FUNCTION stoa.folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(
        translate(regexp_replace(normalize(lower($1 COLLATE "und-x-icu"), NFKD), '[\u0300-\u036f\u200c\u200d]', '', 'g'), 'øđłħıς', 'odlhiσ'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
$$;

-- The words of a query as patterns of LIKE, the longest first: rows that match all have them anywhere, in any order. An index is
-- asked for the first: folded LIKE (patterns)[1] AND folded LIKE ALL (patterns).
CREATE FUNCTION stoa.search_patterns(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(word) DESC, word)
    FROM regexp_split_to_table(stoa.folded($1), '\s+') AS word WHERE word <> ''
$$;
