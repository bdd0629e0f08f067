"""Feature flags for a team's programs, evaluated over REST in OpenFeature's own protocol."""
