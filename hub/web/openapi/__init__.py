"""One OpenAPI 3.1 document for operations, ninja routes and registry resources."""
