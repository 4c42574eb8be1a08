"""HTTP in: health, metrics, the API of `/v1`, and problem+json for every refusal."""
