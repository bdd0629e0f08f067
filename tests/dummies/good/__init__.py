"""Everything in order: an action, a route, a GraphQL type and a task."""
