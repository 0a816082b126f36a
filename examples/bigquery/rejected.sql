-- What could not be loaded, and why: counts per reason, with the newest example of each. The column `record` holds the whole
-- record as it arrived.
--
-- Replace:  my-project.stitch_delighted  by your dataset
DECLARE days INT64 DEFAULT 7;

SELECT
  table_name,
  reason,
  COUNT(*) AS records,
  MIN(_sdc_rejected_at) AS first_at,
  MAX(_sdc_rejected_at) AS last_at,
  ARRAY_AGG(record ORDER BY _sdc_rejected_at DESC LIMIT 1)[OFFSET(0)] AS example
FROM `my-project.stitch_delighted._sdc_rejected`
WHERE _sdc_rejected_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
GROUP BY table_name, reason
ORDER BY records DESC;
