-- Events per day and type in the last days, by the time at which they were received (UTC). The condition on _sdc_received_at makes
-- BigQuery read only the partitions of those days' months.
--
-- Replace:  my-project.stitch_delighted.data  by your table
--           event_type                        by the column that holds the event type
DECLARE days INT64 DEFAULT 30;

SELECT
  DATE(_sdc_received_at) AS day,
  event_type,
  COUNT(*) AS events
FROM `my-project.stitch_delighted.data`
WHERE _sdc_received_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
GROUP BY day, event_type
ORDER BY day DESC, events DESC;
