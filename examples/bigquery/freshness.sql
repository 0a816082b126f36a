-- How fresh each table of a dataset is: when it was last loaded, how many rows arrived within a day, and how long a row waited
-- from its receipt to its load.
--
-- `_sdc_loads` is written every five minutes and at the end of a run, so this may be five minutes old. For the exact time of one
-- table, query the table itself (second query).
--
-- Replace:  my-project.stitch_delighted  by your dataset
SELECT
  table_name,
  MAX(finished_at) AS last_loaded_at,
  TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), MAX(finished_at), MINUTE) AS minutes_ago,
  SUM(IF(finished_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY), `rows`, 0)) AS rows_in_24_hours,
  SUM(IF(finished_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY), rejected, 0)) AS rejected_in_24_hours
FROM `my-project.stitch_delighted._sdc_loads`
WHERE event = 'loaded'
  AND finished_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 31 DAY)
GROUP BY table_name
ORDER BY last_loaded_at;

SELECT
  MAX(_sdc_received_at) AS last_received_at,
  MAX(_sdc_batched_at) AS last_batched_at,
  APPROX_QUANTILES(TIMESTAMP_DIFF(_sdc_batched_at, _sdc_received_at, SECOND), 100)[OFFSET(50)] AS median_seconds,
  MAX(TIMESTAMP_DIFF(_sdc_batched_at, _sdc_received_at, SECOND)) AS longest_seconds
FROM `my-project.stitch_delighted.data`
WHERE _sdc_received_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY);
