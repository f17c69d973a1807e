-- For each arm its units, and those for which the mark came. "the_mark" stands for its column.
SELECT pmlib_arm AS arm, count(*) AS units, count(the_mark) AS marked
FROM marked
GROUP BY pmlib_arm
ORDER BY pmlib_arm
