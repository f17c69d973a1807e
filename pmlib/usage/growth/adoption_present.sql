-- Who was active in the weeks looked at, and on how many days.
SELECT user_id, count(*) AS days
FROM (SELECT DISTINCT user_id, day FROM events WHERE day BETWEEN $since AND $until) AS present
GROUP BY user_id
