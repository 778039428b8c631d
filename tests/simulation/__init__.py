"""The engine in a world without servers: flows built in code, a virtual clock, replies that go
wrong."""
