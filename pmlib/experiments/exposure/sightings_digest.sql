-- Tells one table of sightings from another, whatever the order of their rows.
SELECT concat_ws(' ', count(*), sum(CAST(hash(sightings) AS HUGEINT))) AS digest
FROM sightings
