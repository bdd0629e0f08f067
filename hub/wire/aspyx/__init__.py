"""The calls of aspyx-service, so that its clients work unmodified: JSON, MessagePack, Protobuf."""
