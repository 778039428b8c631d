"""The REST API and its event streams: ``app.create_app``, and ``late.LateApp`` around it."""
