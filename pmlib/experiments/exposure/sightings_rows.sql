-- How many rows of exposures there are, by why they do not count.
SELECT
    coalesce(sum(inside + early + late + untimed), 0)::BIGINT AS rows,
    coalesce(sum(inside) FILTER (WHERE arm IS NULL), 0)::BIGINT AS bare,
    coalesce(sum(early), 0)::BIGINT AS early,
    coalesce(sum(late), 0)::BIGINT AS late,
    coalesce(sum(untimed), 0)::BIGINT AS untimed
FROM sightings
