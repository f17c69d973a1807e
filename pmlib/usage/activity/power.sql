-- People of each part by the number of days on which they were active in the window.
SELECT part, place, bit_count(returns & CAST($window AS BIT)) AS days, count(*) AS people, count_if(first > $born) AS young
FROM activity
WHERE bit_count(returns & CAST($window AS BIT)) > 0 AND (NOT $settled OR first <= $born)
GROUP BY ALL
ORDER BY place, days
