-- Lines that could not be split; an open quote swallows several, which are one error. Threads report a line twice.
SELECT coalesce(sum(lines), 0)::BIGINT AS lines
FROM (
    SELECT max(len(string_split(rtrim(coalesce(csv_line, ''), chr(10)), chr(10)))) AS lines
    FROM reject_errors AS errors
    JOIN reject_scans AS scans USING (scan_id, file_id)
    WHERE scan_id > $after
    GROUP BY scans.file_path, errors.line
)
