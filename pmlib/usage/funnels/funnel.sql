-- The moments from which a funnel is counted, one number each: who (a part of the people at a time), and microseconds
-- since the base in the low bits; beside it which event, as it stands in the list of names.
SELECT
    ((users.person - $first) << $bits) + epoch_us(e.ts) - $base AS code,
    n.name::UTINYINT AS name
FROM events AS e
JOIN (SELECT unnest($names) AS event, unnest(range(len($names))) AS name) AS n ON n.event = e.event
JOIN funnel_users AS users ON users.user_id = e.user_id
WHERE e.ts BETWEEN $since AND $until AND users.person >= $first AND users.person < $first + $size
