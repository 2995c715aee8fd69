"""What a run is told: one TOML file, or the options of the command line, validated as a whole."""

from descend.config.run import RunConfig

__all__ = ["RunConfig"]
