"""What travels: errors and their encodings. Knows no Django."""
