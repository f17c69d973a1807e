-- For each week and part of the people: people, sessions and events, the sums over people that intervals need, and the
-- median length of sessions that have one. Lengths are in microseconds.
WITH
    persons AS (
        SELECT
            week,
            part,
            person,
            count(*) AS sessions,
            sum(events) AS events,
            count_if(lasted > $engaged OR events >= 2) AS engaged,
            count_if(events = 1) AS single,
            max(lasted) AS longest
        FROM visits JOIN visit_parts USING (person)
        GROUP BY week, part, person
    ),
    counts AS (
        SELECT
            week,
            part,
            count(*) AS people,
            sum(sessions) AS sessions,
            sum(sessions * sessions) AS sessions2,
            sum(events) AS events,
            sum(events * events) AS events2,
            sum(events * sessions) AS events_sessions,
            sum(engaged) AS engaged,
            sum(engaged * engaged) AS engaged2,
            sum(engaged * sessions) AS engaged_sessions,
            sum(single) AS single,
            max(sessions) AS most,
            max(longest) AS longest
        FROM persons
        GROUP BY week, part
    ),
    lengths AS (
        SELECT week, part, quantile_cont(lasted, 0.5) AS median
        FROM visits JOIN visit_parts USING (person)
        WHERE events >= 2
        GROUP BY week, part
    )
SELECT counts.*, lengths.median
FROM counts LEFT JOIN lengths USING (week, part)
ORDER BY week, part
