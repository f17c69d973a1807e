-- How many were active since a day and never did the event that makes new.
SELECT count(*) AS people
FROM (
    SELECT user_id
    FROM events
    GROUP BY user_id
    HAVING count_if(event = $birth) = 0 AND count_if((event = $event OR $event = '') AND day >= $begin) > 0
) AS unborn
