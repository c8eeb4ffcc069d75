"""Why a build failed, read from what it printed: matchers are data, the rules of order are code."""
