"""How dates look, by language (Django's ``FORMAT_MODULE_PATH``)."""
