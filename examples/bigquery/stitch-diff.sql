-- Stitch and tap-webhooks side by side: events that one side has and the other lacks, by hour.
--
-- Point the provider at both (most take several webhooks), let both run for a day or two, and run this. Both sides receive an
-- event at about the same time, but not at the very same: an hour in the middle of the window should show no difference, and
-- its edges are cut by one hour.
--
-- An event is known by its id. Where the payload has none, use a digest of what the sender wrote, which is the same on both
-- sides: see "digest" below. Name the fields one by one, and cast numbers and times to STRING: the two sides may keep them in
-- columns of different types.
--
-- Replace:  my-project.stitch_delighted_old.data  by the table that Stitch fills
--           my-project.stitch_delighted.data      by the table that target-bigquery fills
--           event_id                              by the event's own id, in both places
DECLARE from_time TIMESTAMP DEFAULT TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY);
DECLARE to_time TIMESTAMP DEFAULT TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR);

WITH stitch AS (
  SELECT
    CAST(event_id AS STRING) AS event_key,
    -- digest: TO_HEX(SHA256(TO_JSON_STRING(STRUCT(event_type, CAST(event_data.id AS STRING))))) AS event_key,
    MIN(_sdc_received_at) AS received_at,
    COUNT(*) AS copies
  FROM `my-project.stitch_delighted_old.data`
  WHERE _sdc_received_at BETWEEN from_time AND to_time
  GROUP BY event_key
),
own AS (
  SELECT
    CAST(event_id AS STRING) AS event_key,
    -- digest: TO_HEX(SHA256(TO_JSON_STRING(STRUCT(event_type, CAST(event_data.id AS STRING))))) AS event_key,
    MIN(_sdc_received_at) AS received_at,
    COUNT(*) AS copies
  FROM `my-project.stitch_delighted.data`
  WHERE _sdc_received_at BETWEEN from_time AND to_time
  GROUP BY event_key
)
SELECT
  TIMESTAMP_TRUNC(COALESCE(own.received_at, stitch.received_at), HOUR) AS hour,
  COUNT(stitch.event_key) AS events_at_stitch,
  COUNT(own.event_key) AS events_here,
  COUNTIF(own.event_key IS NULL) AS missing_here,
  COUNTIF(stitch.event_key IS NULL) AS missing_at_stitch,
  -- A provider that gets no answer sends again. tap-webhooks knows such a delivery by its id, where the provider gives one.
  SUM(IFNULL(stitch.copies, 1) - 1) AS copies_at_stitch,
  SUM(IFNULL(own.copies, 1) - 1) AS copies_here,
  ARRAY_AGG(IF(own.event_key IS NULL, stitch.event_key, NULL) IGNORE NULLS LIMIT 5) AS some_missing_here,
  ARRAY_AGG(IF(stitch.event_key IS NULL, own.event_key, NULL) IGNORE NULLS LIMIT 5) AS some_missing_at_stitch
FROM stitch
FULL OUTER JOIN own ON own.event_key = stitch.event_key
WHERE COALESCE(own.received_at, stitch.received_at)
  BETWEEN TIMESTAMP_ADD(from_time, INTERVAL 1 HOUR) AND TIMESTAMP_SUB(to_time, INTERVAL 1 HOUR)
GROUP BY hour
ORDER BY hour;
