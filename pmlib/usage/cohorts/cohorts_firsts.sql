-- Those whose first start of all meets the condition too; of several at the same moment one is enough.
SELECT user_id
FROM events
WHERE the_start
GROUP BY user_id
HAVING min(ts) = min(ts) FILTER (WHERE the_match)
ORDER BY user_id
