-- How often each value of the properties with few values came, by event and week; `place` is the property's, from 1.
WITH held AS (
    SELECT tracked_event AS event, tracked_week AS week, the_values AS maps
    FROM tracked_rows
    WHERE tracked_event IN $names
    GROUP BY tracked_event, tracked_week
),

each_property AS (SELECT event, week, unnest(range(1, len(maps) + 1)) AS place, unnest(maps) AS counts FROM held),

each_value AS (SELECT event, week, place, unnest(map_entries(counts)) AS pair FROM each_property)

SELECT event, place, pair.key AS value, list(week ORDER BY week) AS weeks, list(pair.value ORDER BY week) AS n
FROM each_value
GROUP BY event, place, value
ORDER BY event, place, value
