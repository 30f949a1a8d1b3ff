"""The daily sweep in SQL: the laws of `models.supervision`, for every work item that needs a look at once."""
