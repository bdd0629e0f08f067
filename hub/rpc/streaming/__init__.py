"""The channel ``stream``: many calls over one WebSocket, and results that come one by one."""
