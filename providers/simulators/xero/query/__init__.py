"""Reading lists: the where language, order, filters and pages."""
