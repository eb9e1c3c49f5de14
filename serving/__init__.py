"""The champion's answer for a flight that somebody asks about, over HTTP. It only reads."""
