"""The DevLog app and its commands: how a user, and the agent, read and write the journals."""
