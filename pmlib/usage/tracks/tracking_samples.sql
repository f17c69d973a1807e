-- Some values of each property of text, by hash, of the last week and of those before it: to be looked at, never shown.
SELECT tracked_week = $last AS now, the_samples AS samples
FROM tracked_rows
GROUP BY now
ORDER BY now
