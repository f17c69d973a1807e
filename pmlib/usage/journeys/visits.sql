-- Every event with the moment its visit began, and the name of the event before it. A visit is known by its person, its
-- thread (the product's own session where events name one, else the same for all) and the moment it began.
-- Events of one instant stand in the order of their names; those alike count once.
CREATE OR REPLACE TEMP TABLE visit_moments AS
WITH
    taken AS (
        SELECT visit_people.person, visit_names.name, given.ts, given.day, given.session
        FROM (SELECT user_id, event, ts, day, the_session AS session FROM events WHERE day >= $since) AS given
        JOIN visit_people ON visit_people.user_id = given.user_id
        JOIN visit_names ON visit_names.event = given.event
    ),
    marked AS (
        SELECT
            person,
            hash(session) AS thread,
            name,
            ts,
            day,
            lag(name) OVER moment AS before,
            lag(ts) OVER moment AS earlier,
            lag(day) OVER moment AS yesterday
        FROM taken
        WHERE session IS NOT NULL
        WINDOW moment AS (PARTITION BY person, hash(session) ORDER BY ts, name)
    )
SELECT
    person,
    thread,
    name,
    ts,
    day,
    before,
    earlier IS NOT DISTINCT FROM ts AS tied,
    max(
        CASE
            WHEN coalesce(
                epoch_us(ts) - epoch_us(earlier) >= $gap OR ($midnight AND day <> yesterday), earlier IS NULL
            ) THEN ts
        END
    ) OVER (PARTITION BY person, thread ORDER BY ts, name ROWS UNBOUNDED PRECEDING) AS began
FROM marked
WHERE earlier IS DISTINCT FROM ts OR before IS DISTINCT FROM name
