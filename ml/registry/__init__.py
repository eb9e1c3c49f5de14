"""Saved models: files, versions, model cards, promotion and the champion."""
