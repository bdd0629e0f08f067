"""Protobuf (proto3) for the types of operations: messages, a lock of field numbers, a codec."""
