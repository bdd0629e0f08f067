"""Types made of plain parts, carried by msgspec; Pydantic has the last word on all others."""
