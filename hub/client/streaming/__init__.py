"""The client's side of the channel ``stream``: connections that many calls share."""
