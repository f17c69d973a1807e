-- Times cut to the whole local hour.
SELECT
    * REPLACE (
        ts - (
            ts AT TIME ZONE 'UTC' AT TIME ZONE the_zone
            - date_trunc('hour', ts AT TIME ZONE 'UTC' AT TIME ZONE the_zone)
        ) AS ts
    )
