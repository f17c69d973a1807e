-- All moments of those who may enter a funnel, whatever they did: as in funnel.sql, an event that is not in the list of
-- names has the number that comes after all.
SELECT
    ((users.person - $first) << $bits) + epoch_us(e.ts) - $base AS code,
    coalesce(n.name, $others)::UTINYINT AS name
FROM events AS e
JOIN funnel_users AS users ON users.user_id = e.user_id
LEFT JOIN (SELECT unnest($names) AS event, unnest(range(len($names))) AS name) AS n ON n.event = e.event
WHERE e.ts BETWEEN $since AND $until AND users.person >= $first AND users.person < $first + $size
