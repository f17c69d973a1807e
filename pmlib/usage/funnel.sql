-- The moments from which a funnel is counted: for each person and week of entry, when one of the steps' events
-- happened, which (its place in the list of names) and whether an entry may begin there.
-- A week stands alone: the longest chain that begins in it decides; a person's longest is that of the best week.
WITH
    taken AS (
        SELECT user_id, event, ts, day, list_position($names, event) AS name
        FROM events
        WHERE list_contains($names, event)
    ),
    entries AS (
        SELECT
            user_id,
            day - ((isodow(day) - $week_start + 7) % 7)::INTEGER AS week,
            dense_rank() OVER (ORDER BY user_id) AS person,
            row_number() OVER (ORDER BY user_id, week) AS entry
        FROM taken
        WHERE name = 1 AND day BETWEEN $since AND $until AND ts <= $matured
        GROUP BY user_id, week
    )
SELECT
    entries.entry,
    entries.person,
    (entries.week - $since) // 7 AS week,
    epoch_us(taken.ts) AS moment,
    taken.name - 1 AS name,
    taken.name = 1 AND taken.day < entries.week + 7 AND taken.day <= $until AND taken.ts <= $matured AS opens
FROM entries JOIN taken ON taken.user_id = entries.user_id
WHERE taken.day BETWEEN entries.week AND entries.week + 7 + $window_days
ORDER BY entries.entry, taken.ts
