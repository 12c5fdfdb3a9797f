"""The desk: what a person at a screen sees of an open Roundhouse, and what they do with it."""
