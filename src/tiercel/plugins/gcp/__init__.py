"""Google Cloud: buckets and objects, BigQuery."""
