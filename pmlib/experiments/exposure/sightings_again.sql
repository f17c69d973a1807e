-- How many units that count were also exposed before units were taken in.
SELECT count(*) AS units
FROM anchors
WHERE EXISTS (SELECT 1 FROM sightings WHERE sightings.unit = anchors.pmlib_unit AND sightings.early > 0)
