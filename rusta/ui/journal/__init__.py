"""The DevLog app and its commands: how a person, and she, read and write her journals."""
