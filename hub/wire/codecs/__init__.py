"""Values as bytes and back: JSON, MessagePack, Protobuf. A value means the same on each of them."""
