"""The prediction service: the champion's answer over HTTP. It only reads."""
